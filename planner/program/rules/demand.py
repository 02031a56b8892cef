"""All demand is served, bought by the token, or turned away at a price."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups

TINY = 1e-4
"""Requests per second under which a row is divided by its demand."""


@family(
    "rule",
    r"\sum_{o,p} serve_{w,o,p,t,b} + \sum_a call_{w,a,t,b} + refuse_{w,t,b} = requests\_per\_s_{w,t,b} \quad \forall w,t,b",
    "requests/s",
)
def demand(m: pyo.ConcreteModel, g: Groups) -> None:
    """The traffic of a workload in a slot is spread over its eligible options, places and API offers, whole.

    Only a workload with a price for it may leave a rest that is turned away. Of a cascade the first models count here;
    interruptible workloads answer to `interruptible` instead. Rows of tiny demand are divided by it: engines take a millionth
    of a request for nothing.
    """
    m.DEMANDS = pyo.Set(initialize=g.service.fixed, dimen=3)

    @m.Constraint(m.DEMANDS)
    def demand(m: pyo.ConcreteModel, w: str, t: str, b: str) -> object:
        answered = pyo.quicksum(m.serve[route] for route in g.service.answering_routes[w, t, b])
        answered += pyo.quicksum(m.call[call] for call in g.service.answering_calls[w, t, b])
        refused = pyo.quicksum(m.refuse[key] for key in [(w, t, b)] if key in m.REFUSALS)
        asked, is_possible = g.demand[w, t, b], (w, t, b) not in g.service.unanswerable
        if asked < TINY:
            answered, refused, asked = answered / asked, refused / asked, 1.0
        return answered + refused == asked if is_possible else pyo.Constraint.Infeasible
