"""Expected cost with the worst futures weighed more."""

from typing import Any

import pyomo.environ as pyo

from planner.program.costs import COSTS
from planner.program.family import family
from planner.program.groups import Groups


@family(
    "goal",
    r"\min\ (1 - cvar\_weight) \sum_s probability_s \, cost_s + cvar\_weight \Big(threshold + \frac{1}{cvar\_tail\_share}"
    r" \sum_s probability_s \, excess_s\Big), \qquad excess_s \ge cost_s - threshold \quad \forall s",
    "usd",
)
def tail_cost(m: pyo.ConcreteModel, g: Groups) -> Any:
    r"""The mean cost and the mean cost of the worst futures are weighed against each other.

    The worst futures are those that make up `cvar_tail_share` of the probability: conditional value at risk. By
    Rockafellar and Uryasev (2000, Optimization of conditional value-at-risk, J. Risk 2:21-41, theorem 1) it is the least
    value over all thresholds of threshold + E[(cost - threshold)^+] / share, which is linear once excess_s stands for
    the positive part. cost_s sums the cost terms as scenario s sees them: commitments in full, its own blocks by the clock.

    threshold    cost above which a future counts to the tail   (usd, free)
    excess[s]    cost of scenario s above the threshold          (usd, >= 0)
    """
    risk = g.risk
    seen = {name: risk.seen_in(name) for name in risk.probability}
    terms = [cost for cost in COSTS if cost.name in m.cost]
    m.SCENARIOS = pyo.Set(initialize=list(risk.probability), dimen=1)
    m.threshold = pyo.Var(domain=pyo.Reals)
    m.excess = pyo.Var(m.SCENARIOS, domain=pyo.NonNegativeReals)

    @m.Constraint(m.SCENARIOS)
    def tail_cost(m: pyo.ConcreteModel, s: str) -> object:
        return pyo.quicksum(cost(m, seen[s]) for cost in terms) - m.threshold - m.excess[s] <= 0

    mean = pyo.quicksum(m.cost[name] for name in m.cost)
    tail = m.threshold + pyo.quicksum(chance / risk.cvar_tail_share * m.excess[s] for s, chance in risk.probability.items())
    return (1 - risk.cvar_weight) * mean + risk.cvar_weight * tail
