"""The price of moving models."""

from typing import Any

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family("cost", r"migration\_usd\_per\_replica \sum_{o,p,t,s} probability_s \, launch_{o,p,t,s}", "usd")
def migration(m: pyo.ConcreteModel, g: Groups) -> Any:
    """Every replica of an option that a place has more than in the period before costs its start: loading, warming, testing."""
    price, chance = g.money.migration_usd_per_replica, g.risk.probability
    return pyo.quicksum(price * chance[key[3]] * m.launch[key] for key in m.LAUNCHES)
