"""What a commitment is still worth when the horizon ends."""

from typing import Any

import pyomo.environ as pyo

from planner.program.credit import credit_usd_per_hour
from planner.program.family import family
from planner.program.groups import Groups


@family(
    "cost",
    r"-\sum_{f,t} terminal\_use\_share \cdot hours\_after_{f,t} \cdot"
    r" \min(contract\_usd\_per\_hour_{f,t}, market\_usd\_per\_hour_{f}) \cdot commit_{f,t}",
    "usd",
)
def terminal_credit(m: pyo.ConcreteModel, g: Groups) -> Any:
    """The hours of a commitment after the horizon are credited at the lower of contract and market, times a use share.

    The contract rate spreads the upfront price over the term. The market price is the cheapest on-demand node-hour of
    the same node type and region in the last period; where none is offered, the contract rate stands.
    """
    share = g.coefficients.limit("terminal_use_share")
    return pyo.quicksum(-share * g.hours_after[o] * credit_usd_per_hour(g, o) * m.commit[o] for o in m.ORDERS)
