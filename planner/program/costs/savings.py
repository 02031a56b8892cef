"""What savings plans cost and save."""

from typing import Any

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "cost",
    r"\sum_{s,\tau} (hours\_inside_{s,\tau} + hours\_after_{s,\tau}) \, pledge_{s,\tau}"
    r" - \sum_{s,\tau,f,t,b} usd\_per\_hour_{f,t} \, hours_{t,b} \, apply_{s,\tau,f,t,b}",
    "usd",
)
def savings(m: pyo.ConcreteModel, g: Groups) -> Any:
    """A pledge is paid in every hour of its term, used or not; nodes that it pays for are not paid on demand, as in `rent`."""
    pledged = pyo.quicksum(g.savings.pledged_hours[key] * m.pledge[key] for key in m.PLEDGES)
    return pledged - pyo.quicksum(g.usd_per_hour[key[2], key[3]] * g.hours[key[3], key[4]] * m.apply[key] for key in m.APPLIED)
