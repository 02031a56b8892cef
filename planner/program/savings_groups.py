"""What the families on savings plans sum over: promises to spend, and the nodes on demand that they pay for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.program.groups import Groups

Pledge = tuple[str, str]
"""(savings plan, period of signature)"""
Applied = tuple[str, str, str, str, str]
"""(savings plan, period of signature, offer, period, block)"""


@dataclass(frozen=True)
class SavingsGroups:
    """Prepared sums of savings plans; every one is empty where the instance has none."""

    groups: "Groups"

    @cached_property
    def discount_share(self) -> dict[str, dict[str, float]]:
        """Discount off the price on demand by plan and offer in use."""
        found: dict[str, dict[str, float]] = {}
        frame = self.groups.coefficients.savings_plans
        rented = set(self.groups.rented_offers)
        for plan, offer, share in frame[["savings_plan", "offer", "discount_share"]].itertuples(index=False, name=None):
            if offer in rented:
                found.setdefault(plan, {})[offer] = float(share)
        return found

    @cached_property
    def term_periods(self) -> dict[str, int]:
        """Periods of a plan's term."""
        frame = self.groups.coefficients.savings_plans
        return dict(zip(frame["savings_plan"], frame["term_periods"].astype(int), strict=True))

    @cached_property
    def pledges(self) -> list[Pledge]:
        """(plan, period) in which a plan may be signed."""
        return [(plan, t) for plan in self.discount_share for t in self.groups.periods]

    @cached_property
    def alive(self) -> dict[Pledge, list[str]]:
        """Periods of the horizon in which a pledge holds."""
        places = {t: i for i, t in enumerate(self.groups.periods)}
        return {(s, t): self.groups.periods[places[t] : places[t] + self.term_periods[s]] for s, t in self.pledges}

    @cached_property
    def usd_per_hour(self) -> dict[tuple[str, str, str], float]:
        """Price of a node-hour that a pledge pays for, by (plan, period of signature, offer)."""
        price = self.groups.usd_per_hour
        return {(s, t, f): price[f, t] * (1 - share) for s, t in self.pledges for f, share in self.discount_share[s].items()}

    @cached_property
    def applied(self) -> list[Applied]:
        """Nodes that a pledge may pay for; it is paid anyway, so also where the price on demand has fallen below it."""
        g = self.groups
        slots_of = {t: [slot for slot in g.slots if slot[0] == t] for t in g.periods}
        rentals = set(g.rentals)
        return [
            (s, signed, f, t, b)
            for (s, signed), periods in self.alive.items()
            for t, b in (slot for t in periods for slot in slots_of[t])
            for f in self.discount_share[s]
            if (f, t, b) in rentals
        ]

    @cached_property
    def applied_of_pledge(self) -> dict[tuple[str, str, str, str], list[Applied]]:
        """What a pledge may pay for, by (plan, period of signature, period, block)."""
        return _grouped(self.applied, (0, 1, 3, 4))

    @cached_property
    def applied_of_rental(self) -> dict[tuple[str, str, str], list[Applied]]:
        """What may pay for the nodes of an offer, by (offer, period, block)."""
        return _grouped(self.applied, (2, 3, 4))

    @cached_property
    def hours_inside(self) -> dict[tuple[Pledge, str], float]:
        """Hours of a pledge in a period of the horizon, weighed as its blocks are."""
        hours = dict.fromkeys(self.groups.periods, 0.0)
        for (t, _), length in self.groups.hours.items():
            hours[t] += length
        return {(pledge, t): hours[t] for pledge, periods in self.alive.items() for t in periods}

    @cached_property
    def hours_after(self) -> dict[Pledge, float]:
        """Hours of a pledge after the horizon: its periods there are as long as the mean period."""
        left = {pledge: self.term_periods[pledge[0]] - len(periods) for pledge, periods in self.alive.items()}
        return {pledge: count * self.groups.mean_period_hours for pledge, count in left.items()}

    @cached_property
    def pledged_hours(self) -> dict[Pledge, float]:
        """Hours in which a pledge is paid, used or not."""
        inside = {p: sum(self.hours_inside[p, t] for t in periods) for p, periods in self.alive.items()}
        return {pledge: hours + self.hours_after[pledge] for pledge, hours in inside.items()}

    @cached_property
    def worth_share(self) -> Mapping[Pledge, float]:
        """Worth of a usd pledged for an hour after the horizon, at most 1.

        It is the price on demand, in the last period, of what the usd would buy of the offer that is best to buy then, whether or
        not it is in use.
        """
        price, last = self.groups.usd_per_hour, self.groups.periods[-1]
        frame = self.groups.coefficients.savings_plans[["savings_plan", "offer", "discount_share"]]
        rows = [(str(s), str(f), float(share)) for s, f, share in frame.itertuples(index=False, name=None)]
        worth = {
            (s, t): max(_ratio(price[f, last], price[f, t] * (1 - share)) for plan, f, share in rows if plan == s)
            for s, t in self.pledges
        }
        return {pledge: min(1.0, ratio) for pledge, ratio in worth.items()}


def _ratio(market: float, pledged: float) -> float:
    return market / pledged if pledged > 0 else 1.0


def _grouped(applied: list[Applied], places: tuple[int, ...]) -> dict[Any, list[Applied]]:
    found: dict[Any, list[Applied]] = {}
    for one in applied:
        found.setdefault(tuple(one[i] for i in places), []).append(one)
    return found
