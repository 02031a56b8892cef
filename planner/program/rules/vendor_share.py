"""No more of the fleet from one vendor than allowed."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups
from planner.program.policy_groups import weighed


@family(
    "rule",
    r"\sum_{f \in v} accelerators_f (rent_{f,t,b} + hold_{f,t}) \le value_l \sum_f accelerators_f (rent_{f,t,b} + hold_{f,t})"
    r" \quad \forall l,\ v \in l,\ t \in l,\ b",
    "accelerators",
)
def vendor_share(m: pyo.ConcreteModel, g: Groups) -> None:
    """The accelerators rented or held of one vendor of the accelerator are in every block at most a share of all that are there.

    A limit without a scope holds for each vendor apart, one without a period in every period.
    """
    rows = g.policy.shares("vendor_share_max", "vendor")
    m.VENDOR_SHARES = pyo.Set(initialize=list(rows), dimen=4)

    @m.Constraint(m.VENDOR_SHARES)
    def vendor_share(m: pyo.ConcreteModel, limit: str, scope: str, t: str, b: str) -> object:
        return weighed(m, rows[limit, scope, t, b]) <= 0
