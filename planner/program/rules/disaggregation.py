"""Prompts and tokens of a request are worked off by replicas of their own, in balance and on one fabric."""

import math

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups
from planner.program.service_groups import raised


@family(
    "rule",
    r"\sum_{o} hand_{w,o,o',p,t,b} = serve_{w,o',p,t,b} \quad \forall w,o' \text{ decode},p,t,b; \qquad"
    r" load\_factor \sum_{w \in k,o'} hand_{w,o,o',p,t,b} / requests\_per\_s_{w,o}"
    r" \le utilisation\_max \cdot up\_share_{o,p} \cdot deploy_{k,o,p,t,b} \quad \forall k,o \text{ prefill},p,t,b; \qquad"
    r" \sum_{k,o,p \in (n,r,v)} gpus_o \cdot deploy_{k,o,p,t,b} \le accelerators_n \, devote_{n,r,v,t,b} \quad \forall n,r,v,t,b",
    "requests/s, replicas, accelerators",
)
def disaggregation(m: pyo.ConcreteModel, g: Groups) -> None:
    """Every request that a decode replica answers has its prompt from a prefill replica of a pair, which has room for it.

    A pair stands at one place: a provider's fabric in a region, which the cache crosses; so traffic is conserved place by
    place. Decode replicas have their rows in `capacity`; prefill replicas have theirs here, at `load_factor` 1 but for robust
    demand. Where a node type has several providers in a region, nodes that carry such replicas carry no others (`devote`,
    counted in `cover` and `fabric`): with replica sizes in a divisor chain they can always be placed.
    """
    apart = g.disaggregation
    m.DECODES = pyo.Set(initialize=list(apart.handovers_of_route), dimen=5)
    m.PREFILLS = pyo.Set(initialize=list(apart.handovers_of_prefill), dimen=5)

    @m.Constraint(m.DECODES)
    def disaggregation(m: pyo.ConcreteModel, *route: str) -> object:
        return pyo.quicksum(m.hand[h] for h in apart.handovers_of_route[route]) - m.serve[route] == 0  # type: ignore[index]

    @m.Constraint(m.PREFILLS)
    def disaggregation_prefill(m: pyo.ConcreteModel, k: str, o: str, p: str, t: str, b: str) -> object:
        handed = apart.handovers_of_prefill[k, o, p, t, b]
        most = math.fsum(g.service.most_requests_per_s[w, t, b] / g.requests_per_s[w, o] for w in {h[0] for h in handed})
        factor = apart.load_factor * raised(most)
        busy = pyo.quicksum(factor / g.requests_per_s[h[0], o] * m.hand[h] for h in handed)
        return busy - g.utilisation_max * g.policy.up_share[o, p] * m.deploy[k, o, p, t, b] <= 0

    @m.Constraint(m.DEVOTED)
    def disaggregation_nodes(m: pyo.ConcreteModel, n: str, r: str, v: str, t: str, b: str) -> object:
        taken = pyo.quicksum(g.options[d[1]]["gpus"] * m.deploy[d] for d in apart.sharing_of_fabric[n, r, v, t, b])
        return taken - g.accelerators[n] * m.devote[n, r, v, t, b] <= 0
