"""What is pledged to be spent pays for nodes on demand at a discount."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"\sum_f usd\_per\_hour_{f,\tau} (1 - discount\_share_{s,f}) \, apply_{s,\tau,f,t,b} \le pledge_{s,\tau}"
    r" \quad \forall s, \tau, t \in term, b; \qquad \sum_{s,\tau} apply_{s,\tau,f,t,b} \le rent_{f,t,b} \quad \forall f,t,b",
    "usd/h",
)
def savings_plan(m: pyo.ConcreteModel, g: Groups) -> None:
    """In each block the discounted price of the nodes that a pledge pays for is at most the pledge, each node paid for once.

    Sellers apply a plan to the usage with the largest saving (as a share of its price) first. For one pledge that is the
    split of least cost here: a knapsack of fractions, filled by saving over discounted price, which orders usage alike.
    Where several pledges hold together the best split among them is taken; a seller's own order can save less.
    """
    m.PLEDGE_SLOTS = pyo.Set(initialize=list(g.savings.applied_of_pledge), dimen=4)
    m.SAVED_RENTALS = pyo.Set(initialize=list(g.savings.applied_of_rental), dimen=3)

    @m.Constraint(m.PLEDGE_SLOTS)
    def savings_plan(m: pyo.ConcreteModel, s: str, signed: str, t: str, b: str) -> object:
        applied = g.savings.applied_of_pledge[s, signed, t, b]
        paid = pyo.quicksum(g.savings.usd_per_hour[s, signed, key[2]] * m.apply[key] for key in applied)
        return paid - m.pledge[s, signed] <= 0

    @m.Constraint(m.SAVED_RENTALS)
    def savings_once(m: pyo.ConcreteModel, f: str, t: str, b: str) -> object:
        return pyo.quicksum(m.apply[key] for key in g.savings.applied_of_rental[f, t, b]) - m.rent[f, t, b] <= 0
