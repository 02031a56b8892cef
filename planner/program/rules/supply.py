"""No more nodes than the provider lets one have."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"rent_{f,t,b} \le nodes\_max_{f,t}, \qquad hold_{f,t} \le nodes\_max_{f,t} \quad \forall f,t,b",
    "nodes",
)
def supply(m: pyo.ConcreteModel, g: Groups) -> None:
    """The nodes of an offer that run in a block, or are held in a period, are at most its supply cap."""
    m.SUPPLIES = pyo.Set(initialize=[*m.RENTALS, *((f, t, "") for f, t in m.HOLDINGS)], dimen=3)

    @m.Constraint(m.SUPPLIES)
    def supply(m: pyo.ConcreteModel, f: str, t: str, b: str) -> object:
        return (m.rent[f, t, b] if b else m.hold[f, t]) <= g.nodes_max[f, t]
