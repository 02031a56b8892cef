"""The least carbon."""

from typing import Any

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups
from planner.program.policy_groups import weighed


@family(
    "goal",
    r"\min \sum_{f,t} power\_kw_{n(f)} \, pue_{r(f)} \, grid\_kg\_co2\_per\_kwh_{r(f)}"
    r" \Big(\sum_b hours_{t,b} \, rent_{f,t,b} + hours_t \, hold_{f,t}\Big)",
    "kg",
)
def least_carbon(m: pyo.ConcreteModel, g: Groups) -> Any:
    """The energy of all nodes that are there, times the grid's intensity, as in the rule `carbon_cap`; over the horizon.

    With scenarios it is the expected emission.
    """
    return weighed(m, [amount for rows in g.policy.carbon_of_period.values() for _, amount in rows])
