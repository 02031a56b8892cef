"""Replicas stand on whole nodes."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"\sum_{k,o,p \in (n,r)} gpus_o \cdot deploy_{k,o,p,t,b} + accelerators_n \sum_v devote_{n,r,v,t,b}"
    r" \le accelerators_n \Big(\sum_{f \in (n,r)} rent_{f,t,b}"
    r" + hold_{f,t}\Big) \quad \forall n,r,t,b",
    "accelerators",
)
def cover(m: pyo.ConcreteModel, g: Groups) -> None:
    """The accelerators of all replicas on a node type in a region are at most those of the nodes that run there.

    Exact while replica sizes on a node type form a divisor chain that ends in the node size (or in whole multiples of
    it): then replicas sorted by size fill nodes without a hole (first fit decreasing leaves no unusable rest). Replicas with
    a role count by the whole nodes devoted to them (`disaggregation`).
    """
    m.BAYS = pyo.Set(initialize=list(g.deployments_of_bay), dimen=4)

    @m.Constraint(m.BAYS)
    def cover(m: pyo.ConcreteModel, n: str, r: str, t: str, b: str) -> object:
        used = pyo.quicksum(g.options[d[1]]["gpus"] * m.deploy[d] for d in g.disaggregation.loose_of_bay[n, r, t, b])
        fabrics = g.disaggregation.fabrics_of_bay.get((n, r, t, b), [])
        used += pyo.quicksum(g.accelerators[n] * m.devote[fabric] for fabric in fabrics)
        offers = g.offers_of_bay[n, r]
        rented = pyo.quicksum(m.rent[f, t, b] for f in offers if (f, t, b) in m.RENTALS)
        held = pyo.quicksum(m.hold[f, t] for f in offers if (f, t) in m.HOLDINGS)
        return used - g.accelerators[n] * (rented + held) <= 0
