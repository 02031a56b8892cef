"""What many nodes take off the price."""

from typing import Any

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family("cost", r"-\sum_{f,t,b,n} saved\_usd_{f,t,b,n} \cdot tier_{f,t,b,n}", "usd")
def volume_discount(m: pyo.ConcreteModel, g: Groups) -> Any:
    """Every node of a tier is cheaper by the tier's discount share of its price, all hours of its block or term.

    A discounted order is credited after the horizon at min(discounted contract rate, market), so its saving is the discount
    less what that takes off the credit.
    """
    return pyo.quicksum(-g.money.tiers[key][1] * m.tier[key] for key in m.TIERS)
