"""All demand is served."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family("rule", r"\sum_{o,p} serve_{w,o,p,t,b} = requests\_per\_s_{w,t,b} \quad \forall w,t,b", "requests/s")
def demand(m: pyo.ConcreteModel, g: Groups) -> None:
    """The traffic of a workload in a slot is spread over its eligible options and places, whole."""
    m.DEMANDS = pyo.Set(initialize=list(g.routes_of_demand), dimen=3)

    @m.Constraint(m.DEMANDS)
    def demand(m: pyo.ConcreteModel, w: str, t: str, b: str) -> object:
        routes = g.routes_of_demand[w, t, b]
        served = pyo.quicksum(m.serve[route] for route in routes)
        return served == g.demand[w, t, b] if routes else pyo.Constraint.Infeasible
