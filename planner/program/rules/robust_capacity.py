"""Replicas carry what a few workloads ask for beyond their forecast."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"\sum_{w \in k} load_{w,o,p,t,b} + robust\_budget \cdot guard_{k,o,p,t,b} + \sum_{w \in k} surge_{w,o,p,t,b}"
    r" \le utilisation\_max \cdot up\_share_{o,p} \cdot deploy_{k,o,p,t,b} \quad \forall k,o,p,t,b;"
    r" \qquad guard_{k,o,p,t,b} + surge_{w,o,p,t,b} \ge robust\_deviation\_share \cdot load_{w,o,p,t,b} \quad \forall w,o,p,t,b,"
    r" \qquad load_{w,o,p,t,b} = serve_{w,o,p,t,b} / requests\_per\_s_{w,o}",
    "replicas",
)
def robust_capacity(m: pyo.ConcreteModel, g: Groups) -> None:
    r"""The replicas of a pool stay within the utilisation allowed if in a block a few of its workloads exceed their forecast.

    Each workload may ask for up to `robust_deviation_share` more than its forecast, those of one pool together for no more
    than `robust_budget` full deviations in a block; every route keeps its share of its workload's traffic. So for every z
    with 0 <= z_w <= 1 and sum of z over the pool at most the budget,

        sum_w (1 + share z_w) load_w <= utilisation_max deploy.

    By linear duality (Bertsimas and Sim 2004, The price of robustness, Operations Research 52:35-53, theorem 1) the worst
    z of a row costs min {budget guard + sum_w surge_w : guard + surge_w >= share load_w}: exact for any budget. Rows of
    different replicas meet their own worst z, which is the same as all of them meeting every z. A pool of one workload
    needs min(budget, 1) of its deviation. `up_share` is that of `capacity`. The rule `capacity` is implied.
    """
    m.GUARDED = pyo.Set(initialize=g.risk.guarded, dimen=5)
    m.SURGES = pyo.Set(initialize=g.risk.surges, dimen=5)
    m.guard = pyo.Var(m.GUARDED, domain=pyo.NonNegativeReals)
    m.surge = pyo.Var(m.SURGES, domain=pyo.NonNegativeReals)

    @m.Constraint(m.GUARDED)
    def robust_capacity(m: pyo.ConcreteModel, k: str, o: str, p: str, t: str, b: str) -> object:
        routes = g.routes_of_deployment[k, o, p, t, b]
        worst = pyo.quicksum(g.service.load(r) * m.serve[r] + m.surge[r] for r in routes)
        most = g.utilisation_max * g.policy.up_share[o, p] * m.deploy[k, o, p, t, b]
        return worst + g.risk.robust_budget * m.guard[k, o, p, t, b] - most <= 0

    @m.Constraint(m.SURGES)
    def robust_surge(m: pyo.ConcreteModel, w: str, o: str, p: str, t: str, b: str) -> object:
        load = g.risk.robust_deviation_share / g.requests_per_s[w, o] * m.serve[w, o, p, t, b]
        return load - m.guard[g.pool_of[w], o, p, t, b] - m.surge[w, o, p, t, b] <= 0
