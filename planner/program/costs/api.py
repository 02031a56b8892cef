"""Answers bought by the token."""

from typing import Any

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups
from planner.units import SECONDS_PER_HOUR


@family(
    "cost",
    r"\sum_{w,a,t,b} \frac{input_w \, input\_usd_{a,t} + cached_w \, cached\_usd_{a,t} + output_w \, output\_usd_{a,t}}{10^6}"
    r" \cdot 3600 \, hours_{t,b} \cdot call_{w,a,t,b}",
    "usd",
)
def api(m: pyo.ConcreteModel, g: Groups) -> Any:
    """Every request answered by an API costs its tokens at the seller's prices; cached prompt tokens at theirs."""
    return pyo.quicksum(
        g.service.api_usd_per_request[w, a, t] * SECONDS_PER_HOUR * g.hours[t, b] * m.call[w, a, t, b] for w, a, t, b in m.CALLS
    )
