"""What an hour of a commitment after the horizon is worth."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.program.groups import Groups, Order


def credit_usd_per_hour(g: "Groups", order: "Order") -> float:
    """Returns the rate at which an order's hours after the horizon are valued before the use share: min(contract, market)."""
    offer = g.offers[order[0]]
    contract = g.usd_per_hour[order] + g.upfront_usd[order] / (g.hours_inside[order] + g.hours_after[order])
    return min(contract, g.market_usd_per_hour.get((offer["node_type"], offer["region"]), contract))
