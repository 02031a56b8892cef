"""The price of change."""

from typing import Any

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family("cost", r"switching\_usd\_per\_node \sum_{n,r,t,s} probability_s \, start_{n,r,t,s}", "usd")
def switching(m: pyo.ConcreteModel, g: Groups) -> Any:
    """Every node that a bay has more than in the period before costs its start: set-up, moving weights and traffic."""
    price, chance = g.money.switching_usd_per_node, g.risk.probability
    return pyo.quicksum(price * chance[key[3]] * m.start[key] for key in m.STARTS)
