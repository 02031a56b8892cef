"""No more cash than there is."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups
from planner.program.policy_groups import weighed


@family(
    "rule",
    r"\sum_{t \in l} \Big(\sum_{f,b} usd\_per\_hour_{f,t} \, hours_{t,b} \, rent_{f,t,b}"
    r" + \sum_{f} (upfront\_usd_{f,t} + residual\_usd_{f,t}) \, commit_{f,t}"
    r" + \sum_{(f,\tau) \text{ alive in } t} usd\_per\_hour_{f,\tau} \, hours_t \, commit_{f,\tau}"
    r" + \sum_{w,o,p,b} egress_{w,r(p)} \, 3600 \, hours_{t,b} \, serve_{w,o,p,t,b}"
    r" + \sum_{w,a,b} api_{w,a,t} \, 3600 \, hours_{t,b} \, call_{w,a,t,b}"
    r" - \sum_{a,n} discount\_share_{a,n} \, rebate_{a,t,n}"
    r" + \sum_{s,\tau} hours\_inside_{s,\tau,t} \, pledge_{s,\tau}"
    r" - \sum_{s,\tau,f,b} usd\_per\_hour_{f,t} \, hours_{t,b} \, apply_{s,\tau,f,t,b}\Big) \le value_l \quad \forall l",
    "usd",
)
def budget(m: pyo.ConcreteModel, g: Groups) -> None:
    """The cash paid in a limit's period, or in the whole horizon, is at most the budget.

    Cash is what suppliers are paid, undiscounted: rent in the block of use, a commitment's upfront price in the period of
    its signature (with the residual that comes back when its term ends) and its hourly price in every period of its term
    inside the horizon, egress, tokens bought less their volume tiers, what is pledged to savings plans less the rent that they
    pay. Hours after the horizon, the terminal credit and internal prices are no cash of the horizon; discounts on many nodes do
    not lower it (a budget is kept without them). With several scenarios it holds in each of them.
    """
    m.BUDGETS = pyo.Set(initialize=list(g.policy.budgets))
    value = g.policy.most("budget_usd")

    @m.Constraint(m.BUDGETS)
    def budget(m: pyo.ConcreteModel, limit: str) -> object:
        paid = g.policy.budgets[limit]
        return weighed(m, paid) <= value[limit] if paid else pyo.Constraint.Skip
