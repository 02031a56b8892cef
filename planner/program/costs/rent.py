"""Nodes paid by the hour."""

from typing import Any

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family("cost", r"\sum_{f,t,b} usd\_per\_hour_{f,t} \cdot hours_{t,b} \cdot rent_{f,t,b}", "usd")
def rent(m: pyo.ConcreteModel, g: Groups) -> Any:
    """On-demand nodes cost their price, owned nodes their running cost, in each hour of the blocks they run in."""
    return pyo.quicksum(g.usd_per_hour[f, t] * g.hours[t, b] * m.rent[f, t, b] for f, t, b in m.RENTALS)
