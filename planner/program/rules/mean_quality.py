"""Good enough on average."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"\sum_{w,o,p,b} (score_{v(o)} - floor_l) \, a_{w,o} \, hours_{t,b} \, serve_{w,o,p,t,b}"
    r" + \sum_{w,a,b} (score_a - floor_l) \, a_{w,a} \, hours_{t,b} \, call_{w,a,t,b} \ge 0 \quad \forall l,t",
    "points x requests/s x hours",
)
def mean_quality(m: pyo.ConcreteModel, g: Groups) -> None:
    """The mean score of the answers of a limit's pool, or of all, is at least its floor in each of its periods.

    The mean is over requests answered, on one benchmark; a variant that nobody scored counts as 0 points. Of a cascade's
    first answers the share that is escalated does not count (a = 1 - escalation_share), the strong answer counts instead.
    With several scenarios it holds in each.
    """
    m.MEANS = pyo.Set(initialize=list(g.quality.margins), dimen=3)

    @m.Constraint(m.MEANS)
    def mean_quality(m: pyo.ConcreteModel, limit: str, t: str, s: str) -> object:
        return pyo.quicksum(points * m.component(name)[index] for name, index, points in g.quality.margins[limit, t, s]) >= 0
