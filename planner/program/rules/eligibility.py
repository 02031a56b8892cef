"""Traffic goes only where every promise holds."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "index",
    r"serve_{w,o,p,t,b} \text{ exists only if } (w,o) \in rates,\ (w, region_p) \in paths_{allowed},"
    r"\ network\_ms_{w,region_p} \le network\_ms\_max_{w,o},\ (o,p) \in sites,\ requests\_per\_s_{w,t,b} > 0",
    "columns",
)
def eligibility(m: pyo.ConcreteModel, g: Groups) -> None:
    """A route exists only on an option that keeps the workload's SLOs and quality floor, in a region it may use.

    Kept by the index: `rates` has no row for a pair that breaks a latency promise or a floor, `paths` no allowed row
    for a region outside the residency lists. Nothing is added; the check is that ROUTES has nothing else.
    """
    allowed = set(g.egress_usd_per_request)
    wrong = [r for r in m.ROUTES if (r[0], r[1]) not in g.requests_per_s or (r[0], g.region_of[r[2]]) not in allowed]
    if wrong:
        raise AssertionError(f"routes that no promise allows: {wrong[:3]}")
