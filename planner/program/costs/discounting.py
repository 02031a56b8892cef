"""Later money is worth less."""

from typing import Any

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups
from planner.program.policy_groups import weighed


@family(
    "cost", r"\sum_{x} \big((1 + discount\_rate\_per\_year)^{-years_x} - 1\big) usd_x \quad \text{over all cash flows } x", "usd"
)
def discounting(m: pyo.ConcreteModel, g: Groups) -> Any:
    """The present value of all flows less their sum, so that the objective is the present value at the horizon's start.

    What is paid in a period falls in its middle, an upfront price at the start of the period of signature, the hours of a
    term after the horizon (and the credit for them) in the middle of periods of mean length, a volume discount on an order
    as the order's net cost does.
    """
    return weighed(m, g.money.flows)
