"""Requests turned away."""

from typing import Any

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups
from planner.units import SECONDS_PER_HOUR


@family("cost", r"\sum_{w,t,b} unserved\_usd\_per\_request_w \cdot 3600 \, hours_{t,b} \cdot refuse_{w,t,b}", "usd")
def unserved(m: pyo.ConcreteModel, g: Groups) -> Any:
    """Every request turned away costs its workload's price; a workload without a price is served whole.

    Only where serving most is a goal may a workload without a price be turned away, for nothing.
    """
    usd = g.service.unserved_usd_per_request
    priced = [key for key in m.REFUSALS if key[0] in usd]
    return pyo.quicksum(usd[w] * SECONDS_PER_HOUR * g.hours[t, b] * m.refuse[w, t, b] for w, t, b in priced)
