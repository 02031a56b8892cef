"""The least expected cost."""

from typing import Any

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family("goal", r"\min \sum_{term} cost_{term}", "usd")
def least_cost(m: pyo.ConcreteModel, g: Groups) -> Any:
    """The cost terms add up; what is paid by the hour is weighed with the probability of its scenario."""
    return pyo.quicksum(m.cost[name] for name in m.cost)
