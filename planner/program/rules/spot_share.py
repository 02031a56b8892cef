"""No more of the fleet on nodes that may be taken back than allowed."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups
from planner.program.policy_groups import weighed


@family(
    "rule",
    r"\sum_{f \text{ spot}} accelerators_f \, rent_{f,t,b} \le value_l \sum_f accelerators_f (rent_{f,t,b} + hold_{f,t})"
    r" \quad \forall l,\ t \in l,\ b",
    "accelerators",
)
def spot_share(m: pyo.ConcreteModel, g: Groups) -> None:
    """The accelerators of spot nodes are in every block at most a share of all that are there."""
    rows = g.policy.shares("spot_share_max", "kind")
    m.SPOT_SHARES = pyo.Set(initialize=list(rows), dimen=4)

    @m.Constraint(m.SPOT_SHARES)
    def spot_share(m: pyo.ConcreteModel, limit: str, scope: str, t: str, b: str) -> object:
        return weighed(m, rows[limit, scope, t, b]) <= 0
