"""A cheaper tier is reached node by node."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"tier_{f,t,b,n} \le width_{f,n} \, reached_{f,t,b,n}, \qquad tier_{f,t,b,n} + (n - 1) \, reached_{f,t,b,n} \le x_{f,t,b},"
    r" \quad reached \in \{0, 1\} \quad \forall f,t,b,n",
    "nodes",
)
def price_tiers(m: pyo.ConcreteModel, g: Groups) -> None:
    """The nodes of a lot in a tier are those from its first node on, up to the next tier: min(width, x - n + 1), or none.

    A lot is what is rented of an offer in a block, or one order of it. Tiers are incremental: the nodes before a tier keep
    their price. The rows allow fewer nodes in a tier; the cost term `volume_discount` takes as many as they allow.
    """
    m.reached = pyo.Var(m.TIERS, domain=pyo.Binary)

    @m.Constraint(m.TIERS, ["width", "from"])
    def price_tiers(m: pyo.ConcreteModel, f: str, t: str, b: str, n: int, side: str) -> object:
        key = (f, t, b, n)
        if side == "width":
            return m.tier[key] - g.money.tiers[key][0] * m.reached[key] <= 0
        return m.tier[key] + (n - 1) * m.reached[key] - (m.rent[f, t, b] if b else m.commit[f, t]) <= 0
