"""No order smaller than the seller takes."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"nodes\_min_f \, open_{f,t,b} \le x_{f,t,b}"
    r" \le nodes\_max_{f,t} \, open_{f,t,b}, \quad open \in \{0, 1\}, \qquad x = rent_{f,t,b}"
    r" \text{ or } commit_{f,t} \quad \forall f,t,b",
    "nodes",
)
def orders_min(m: pyo.ConcreteModel, g: Groups) -> None:
    """The nodes of an order, or rented in a block, are none or at least the offer's minimum."""
    m.LOTS = pyo.Set(initialize=list(g.money.orders_min), dimen=3)
    m.open_lot = pyo.Var(m.LOTS, domain=pyo.Binary)

    @m.Constraint(m.LOTS, ["least", "most"])
    def orders_min(m: pyo.ConcreteModel, f: str, t: str, b: str, side: str) -> object:
        nodes = m.rent[f, t, b] if b else m.commit[f, t]
        if side == "least":
            return g.money.orders_min[f, t, b] * m.open_lot[f, t, b] - nodes <= 0
        return nodes - g.money.lot_max((f, t, b)) * m.open_lot[f, t, b] <= 0
