"""What a commitment is still worth when the horizon ends."""

from typing import Any

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups, Order


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


def credit_usd_per_hour(g: Groups, order: Order) -> float:
    """Returns the rate at which an order's hours after the horizon are valued before the use share: min(contract, market)."""
    offer = g.offers[order[0]]
    contract = g.usd_per_hour[order] + g.upfront_usd[order] / (g.hours_inside[order] + g.hours_after[order])
    return min(contract, g.market_usd_per_hour.get((offer["node_type"], offer["region"]), contract))
