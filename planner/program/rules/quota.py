"""No more accelerators of a kind than one may hold, whatever machines they stand in."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"\sum_{f \in a} accelerators_f \big(rent_{f,t,b} + hold_{f,t}\big) \le accelerators\_max_{a,t} \quad \forall a,t,b",
    "accelerators",
)
def quota(m: pyo.ConcreteModel, g: Groups) -> None:
    """The accelerators of a kind on all nodes rented or held in a block are at most the quota, over offers and node types."""
    m.QUOTAS = pyo.Set(initialize=list(g.quotas.accelerators_max), dimen=3)

    @m.Constraint(m.QUOTAS)
    def quota(m: pyo.ConcreteModel, limit: str, t: str, b: str) -> object:
        rented = pyo.quicksum(size * m.rent[key] for size, key in g.quotas.rentals_of_quota[limit, t, b])
        held = pyo.quicksum(size * m.hold[key] for size, key in g.quotas.holdings_of_quota[limit, t, b])
        most = g.quotas.accelerators_max[limit, t, b]
        has_nodes = g.quotas.rentals_of_quota[limit, t, b] or g.quotas.holdings_of_quota[limit, t, b]
        return rented + held <= most if has_nodes else pyo.Constraint.Skip
