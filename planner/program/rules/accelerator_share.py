"""No more of the fleet on one accelerator than allowed."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups
from planner.program.policy_groups import weighed


@family(
    "rule",
    r"\sum_{f \in a} accelerators_f (rent_{f,t,b} + hold_{f,t}) \le value_l \sum_f accelerators_f (rent_{f,t,b} + hold_{f,t})"
    r" \quad \forall l,\ a \in l,\ t \in l,\ b",
    "accelerators",
)
def accelerator_share(m: pyo.ConcreteModel, g: Groups) -> None:
    """The accelerators rented or held of one accelerator are in every block at most a share of all that are there.

    A limit without a scope holds for each accelerator apart, one without a period in every period.
    """
    rows = g.policy.shares("accelerator_share_max", "accelerator")
    m.ACCELERATOR_SHARES = pyo.Set(initialize=list(rows), dimen=4)

    @m.Constraint(m.ACCELERATOR_SHARES)
    def accelerator_share(m: pyo.ConcreteModel, limit: str, scope: str, t: str, b: str) -> object:
        return weighed(m, rows[limit, scope, t, b]) <= 0
