"""No more distinct models at a site than allowed."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"\sum_{k,\ p \in r} deploy_{k,o,p,t,b} \le replicas\_most_{o,r,t,b} \, host_{m(o),r,t,s} \quad \forall o,r,\ b \in s, \qquad"
    r" \sum_m host_{m,r,t,s} \le value_l, \quad host \in \{0, 1\} \quad \forall l,r,t,s",
    "models",
)
def model_cap(m: pyo.ConcreteModel, g: Groups) -> None:
    """The distinct models of which a replica runs in a region in any block of a period are at most the cap.

    A model counts once, whatever its precisions and layouts. Scope, period, scenarios and `replicas_most` are as in
    `option_cap`. Models answered by an API offer are nobody's site and do not count.
    """
    rows = g.variety.caps["model"]
    m.MODEL_CAPS = pyo.Set(initialize=list(rows), dimen=4)
    m.MODELS_HOSTED = pyo.Set(initialize=[key[1:] for key in g.variety.hosted if key[0] == "model"], dimen=4)

    @m.Constraint(m.MODEL_CAPS)
    def model_cap(m: pyo.ConcreteModel, limit: str, r: str, t: str, s: str) -> object:
        most, hostings = rows[limit, r, t, s]
        return pyo.quicksum(m.host[h] for h in hostings) <= most

    @m.Constraint(m.MODELS_HOSTED)
    def model_hosted(m: pyo.ConcreteModel, o: str, r: str, t: str, b: str) -> object:
        hosting, most, deployments = g.variety.hosted["model", o, r, t, b]
        return pyo.quicksum(m.deploy[d] for d in deployments) - most * m.host[hosting] <= 0
