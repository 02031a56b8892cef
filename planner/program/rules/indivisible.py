"""All traffic of a block in one place."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"\sum_{p \in r} serve_{w,o,p,t,b} \le requests\_per\_s_{w,t,b} \, choose_{w,(o,r),t,b}, \qquad"
    r" \sum_{(o,r)} choose_{w,(o,r),t,b} \le 1 \quad \forall w,t,b",
    "requests/s",
)
def indivisible(m: pyo.ConcreteModel, g: Groups) -> None:
    """What is answered of an indivisible workload in a block is answered by one option in one region, or by one API offer.

    An interruptible workload may answer all requests of its period in one block, so that is its limit there.
    """
    wants = list(dict.fromkeys((w, t, b) for w, _, t, b in g.service.homes))
    m.INDIVISIBLES = pyo.Set(initialize=wants, dimen=3)

    @m.Constraint(m.HOMES)
    def indivisible(m: pyo.ConcreteModel, w: str, home: str, t: str, b: str) -> object:
        taken = pyo.quicksum(m.component(name)[index] for name, index in g.service.homes[w, home, t, b])
        return taken - g.service.most_requests_per_s[w, t, b] * m.choose[w, home, t, b] <= 0

    @m.Constraint(m.INDIVISIBLES)
    def indivisible_once(m: pyo.ConcreteModel, w: str, t: str, b: str) -> object:
        return pyo.quicksum(m.choose[h] for h in m.HOMES if (h[0], h[2], h[3]) == (w, t, b)) <= 1
