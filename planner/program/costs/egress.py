"""Bytes that leave a region."""

from typing import Any

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups
from planner.units import SECONDS_PER_HOUR


@family("cost", r"\sum_{w,o,p,t,b} egress\_usd\_per\_request_{w,r(p)} \cdot 3600 \, hours_{t,b} \cdot serve_{w,o,p,t,b}", "usd")
def egress(m: pyo.ConcreteModel, g: Groups) -> Any:
    """Every request served away from its users' region pays for the answer's bytes."""
    priced = [r for r in m.ROUTES if g.egress_usd_per_request[r[0], g.region_of[r[2]]] > 0]
    return pyo.quicksum(
        g.egress_usd_per_request[r[0], g.region_of[r[2]]] * SECONDS_PER_HOUR * g.hours[r[3], r[4]] * m.serve[r] for r in priced
    )
