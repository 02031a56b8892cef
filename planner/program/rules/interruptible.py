"""Work that may wait is done within its period."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"\sum_b hours_{t,b} \Big(\sum_{o,p} serve_{w,o,p,t,b} + \sum_a call_{w,a,t,b} + refuse_{w,t,b}\Big)"
    r" = \sum_b hours_{t,b} \, requests\_per\_s_{w,t,b} \quad \forall w,t",
    "requests/s x hours",
)
def interruptible(m: pyo.ConcreteModel, g: Groups) -> None:
    """Requests of an interruptible workload may be answered in any block of their period; over the period all are.

    A block stands for a slice of every day, so a request waits hours, not weeks. With several scenarios requests stay in
    their own future. Latency promises count from the moment the work is taken up.
    """
    m.WINDOWS = pyo.Set(initialize=list(g.service.windows), dimen=3)

    @m.Constraint(m.WINDOWS)
    def interruptible(m: pyo.ConcreteModel, w: str, t: str, s: str) -> object:
        slots = g.service.windows[w, t, s]
        routes = [m.serve[r] * g.hours[r[3], r[4]] for key in slots for r in g.service.answering_routes[key]]
        calls = [m.call[c] * g.hours[c[2], c[3]] for key in slots for c in g.service.answering_calls[key]]
        refused = [m.refuse[key] * g.hours[key[1:]] for key in slots if key in m.REFUSALS]
        asked = sum(g.demand.get(key, 0.0) * g.hours[key[1:]] for key in slots)
        terms = [*routes, *calls, *refused]
        return pyo.quicksum(terms) == asked if terms else pyo.Constraint.Infeasible
