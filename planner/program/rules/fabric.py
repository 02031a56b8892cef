"""A replica over several nodes stays on one provider's fabric."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"\sum_{k,o \in (n,r,v)} nodes\_per\_replica_o \cdot deploy_{k,o,p,t,b} + devote_{n,r,v,t,b}"
    r" \le \sum_{f \in (n,r,v)} rent_{f,t,b} + hold_{f,t}"
    r" \quad \forall n,r,v,t,b",
    "nodes",
)
def fabric(m: pyo.ConcreteModel, g: Groups) -> None:
    """Whole nodes taken by replicas over several nodes at a provider are at most the nodes held there.

    Nodes devoted to prefill and decode replicas are whole nodes too.
    With `cover` this is exact: such replicas take whole nodes, all others fit in what is left (divisor chain).
    """
    devoted = g.disaggregation.sharing_of_fabric
    m.FABRICS = pyo.Set(initialize=list(dict.fromkeys([*g.spanning_of_fabric, *devoted])), dimen=5)

    @m.Constraint(m.FABRICS)
    def fabric(m: pyo.ConcreteModel, n: str, r: str, v: str, t: str, b: str) -> object:
        spanning = g.spanning_of_fabric.get((n, r, v, t, b), [])
        taken = pyo.quicksum(g.options[d[1]]["nodes_per_replica"] * m.deploy[d] for d in spanning)
        taken += pyo.quicksum(m.devote[key] for key in [(n, r, v, t, b)] if key in m.DEVOTED)
        offers = [f for f in g.offers_of_bay[n, r] if g.offers[f]["provider"] == v]
        rented = pyo.quicksum(m.rent[f, t, b] for f in offers if (f, t, b) in m.RENTALS)
        held = pyo.quicksum(m.hold[f, t] for f in offers if (f, t) in m.HOLDINGS)
        return taken - rented - held <= 0
