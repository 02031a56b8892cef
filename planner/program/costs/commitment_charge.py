"""Commitments paid in full."""

from typing import Any

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "cost",
    r"\sum_{f,t} \big(upfront\_usd_{f,t} + usd\_per\_hour_{f,t} (hours\_inside_{f,t} + hours\_after_{f,t})\big) commit_{f,t}",
    "usd",
)
def commitment_charge(m: pyo.ConcreteModel, g: Groups) -> Any:
    """A commitment costs its upfront price and every hour of its term at the price of its signature, used or not."""
    return pyo.quicksum(
        (g.upfront_usd[order] + g.usd_per_hour[order] * (g.hours_inside[order] + g.hours_after[order])) * m.commit[order]
        for order in m.ORDERS
    )
