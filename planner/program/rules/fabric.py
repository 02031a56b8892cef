"""A replica over several nodes stays on one provider's fabric."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"\sum_{k,o \in (n,r,v)} nodes\_per\_replica_o \cdot deploy_{k,o,p,t,b} \le \sum_{f \in (n,r,v)} rent_{f,t,b} + hold_{f,t}"
    r" \quad \forall n,r,v,t,b",
    "nodes",
)
def fabric(m: pyo.ConcreteModel, g: Groups) -> None:
    """Whole nodes taken by replicas over several nodes at a provider are at most the nodes held there.

    With `cover` this is exact: such replicas take whole nodes, all others fit in what is left (divisor chain).
    """
    m.FABRICS = pyo.Set(initialize=list(g.spanning_of_fabric), dimen=5)

    @m.Constraint(m.FABRICS)
    def fabric(m: pyo.ConcreteModel, n: str, r: str, v: str, t: str, b: str) -> object:
        taken = pyo.quicksum(g.options[d[1]]["nodes_per_replica"] * m.deploy[d] for d in g.spanning_of_fabric[n, r, v, t, b])
        offers = [f for f in g.offers_of_bay[n, r] if g.offers[f]["provider"] == v]
        rented = pyo.quicksum(m.rent[f, t, b] for f in offers if (f, t, b) in m.RENTALS)
        held = pyo.quicksum(m.hold[f, t] for f in offers if (f, t) in m.HOLDINGS)
        return taken - rented - held <= 0
