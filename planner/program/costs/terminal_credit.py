"""What a commitment is still worth when the horizon ends."""

from typing import Any

import pyomo.environ as pyo

from planner.program.credit import credit_usd_per_hour
from planner.program.family import family
from planner.program.groups import Groups


@family(
    "cost",
    r"-\sum_{f,t} terminal\_use\_share \cdot hours\_after_{f,t} \cdot"
    r" \min(contract\_usd\_per\_hour_{f,t}, market\_usd\_per\_hour_{f}) \cdot commit_{f,t}"
    r" - \sum_{s,t} terminal\_use\_share \cdot hours\_after_{s,t} \cdot \min(1, worth_{s,t}) \cdot pledge_{s,t}",
    "usd",
)
def terminal_credit(m: pyo.ConcreteModel, g: Groups) -> Any:
    """The hours of a commitment after the horizon are credited at the lower of contract and market, times a use share.

    The contract rate spreads the upfront price over the term. The market price is the cheapest on-demand node-hour of
    the same node type and region in the last period; where none is offered, the contract rate stands. A usd pledged for an
    hour is credited at the price on demand then of what it would buy, at most at a usd.
    """
    share = g.coefficients.limit("terminal_use_share")
    pledged = pyo.quicksum(-share * g.savings.hours_after[p] * g.savings.worth_share[p] * m.pledge[p] for p in m.PLEDGES)
    return pledged + pyo.quicksum(-share * g.hours_after[o] * credit_usd_per_hour(g, o) * m.commit[o] for o in m.ORDERS)
