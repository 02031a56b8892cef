"""No more calls than a seller answers."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"\sum_w call_{w,a,t,b} \le requests\_per\_s\_max_{a,t}, \qquad"
    r" \sum_w tokens_{w,a} \, call_{w,a,t,b} \le tokens\_per\_s\_max_{a,t} \quad \forall a,t,b",
    "requests/s or tokens/s",
)
def api_cap(m: pyo.ConcreteModel, g: Groups) -> None:
    """The calls of all workloads to an API offer, and their tokens, are at most its rate caps, where it has any."""
    m.API_CAPS = pyo.Set(initialize=list(g.service.api_caps), dimen=4)

    @m.Constraint(m.API_CAPS)
    def api_cap(m: pyo.ConcreteModel, a: str, t: str, b: str, unit: str) -> object:
        most, calls = g.service.api_caps[a, t, b, unit]
        return pyo.quicksum(amount * m.call[call] for call, amount in calls) <= most
