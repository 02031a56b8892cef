"""A price on carbon."""

from typing import Any

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups
from planner.program.policy_groups import weighed


@family(
    "cost",
    r"\frac{carbon\_usd\_per\_tonne}{1000} \sum_{f,t} power\_kw_{n(f)} \, pue_{r(f)} \, grid\_kg\_co2\_per\_kwh_{r(f)}"
    r" \Big(\sum_b hours_{t,b} \, rent_{f,t,b} + hours_t \, hold_{f,t}\Big)",
    "usd",
)
def carbon_price(m: pyo.ConcreteModel, g: Groups) -> Any:
    """Every kilogram that the nodes emit costs the instance's price of carbon, counted as in `carbon_cap`.

    The electricity itself is not a term of its own: it is inside the hourly price of every offer (rent, reservations) and
    inside the running cost of owned and bought nodes, so it is never counted twice.
    """
    return weighed(m, g.policy.carbon_usd)
