"""The most traffic served."""

from typing import Any

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups
from planner.units import SECONDS_PER_HOUR


@family("goal", r"\max \sum_{w,t,b} 3600 \, hours_{t,b} \, (requests\_per\_s_{w,t,b} - refuse_{w,t,b})", "requests")
def most_served(m: pyo.ConcreteModel, g: Groups) -> Any:
    """The requests offered over the horizon less those turned away; with scenarios, expected.

    Where this is a goal, every workload may be turned away: at its price, or for nothing where it has none. What holds the
    fleet back is a budget, or what supply, power and carbon limits leave.
    """
    offered = sum(SECONDS_PER_HOUR * g.hours[t, b] * rate for (_, t, b), rate in g.demand.items())
    return offered - pyo.quicksum(SECONDS_PER_HOUR * g.hours[t, b] * m.refuse[w, t, b] for w, t, b in m.REFUSALS)
