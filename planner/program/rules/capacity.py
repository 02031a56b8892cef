"""A replica serves no more than it can sustain."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"\sum_{w \in k} serve_{w,o,p,t,b} / requests\_per\_s_{w,o}"
    r" \le utilisation\_max \cdot up\_share_{o,p} \cdot deploy_{k,o,p,t,b}"
    r" \quad \forall k,o,p,t,b",
    "replicas",
)
def capacity(m: pyo.ConcreteModel, g: Groups) -> None:
    """The busy replicas of a pool on an option are at most its replicas times the utilisation allowed.

    On spot nodes only the share of replicas counts that is up on average: each node is there for 1 - spot_interruption_share
    of the hours, and a replica over several nodes is up while all of them are. Elsewhere the share is 1.
    Where all that may be asked for is less than a hundred-thousandth of a replica it counts as that: engines take less for
    nothing, and one replica carries either.
    Where the instance asks for pooled headroom the rule `pooled_headroom` stands for this one, but on spot nodes.
    """
    m.PLAIN = pyo.Set(initialize=g.headroom.plain, dimen=5)

    @m.Constraint(m.PLAIN)
    def capacity(m: pyo.ConcreteModel, k: str, o: str, p: str, t: str, b: str) -> object:
        busy = pyo.quicksum(g.service.load(r) * m.serve[r] for r in g.routes_of_deployment[k, o, p, t, b])
        return busy - g.utilisation_max * g.policy.up_share[o, p] * m.deploy[k, o, p, t, b] <= 0
