"""What the families on contracts and time sum over: volume tiers, minimum orders, node starts, present values."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from planner.program.credit import credit_usd_per_hour
from planner.units import HOURS_PER_YEAR, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from planner.program.groups import Groups

Lot = tuple[str, str, str]
"""(offer, period, block) of nodes rented, or (offer, period of signature, "") of an order"""
Tier = tuple[str, str, str, int]
"""A lot, and the first node of a tier of its price."""
Start = tuple[str, str, str, str]
"""(node_type, zone, period, scenario)"""
Launch = tuple[str, str, str, str]
"""(option, place, period, scenario)"""
Step = tuple[str, str, str]
"""(period before, period, block)"""
Flow = tuple[str, tuple[str | int, ...], float]
"""(variable, index, usd a unit of it)"""


@dataclass(frozen=True)
class MoneyGroups:
    """Prepared sums of the families on contracts and time; every one is empty where the instance has no such wish."""

    groups: "Groups"

    @cached_property
    def lots(self) -> list[Lot]:
        """Nodes rented (not the owned ones) by block, and orders, of the offers in use."""
        g = self.groups
        return [*(r for r in g.rentals if g.offers[r[0]]["kind"] != "owned"), *((f, t, "") for f, t in g.orders)]

    def lot_max(self, lot: Lot) -> int:
        """Returns the most nodes that a lot can have: its supply cap, of an order the least of the periods it is there."""
        offer, period, block = lot
        if block:
            return self.groups.nodes_max[offer, period]
        alive = [t for (f, t), orders in self.groups.orders_alive.items() if f == offer and (offer, period) in orders]
        return min(self.groups.nodes_max[offer, t] for t in alive)

    @cached_property
    def orders_min(self) -> dict[Lot, int]:
        """Fewest nodes of a lot that is not empty, where more than one."""
        frame = self.groups.coefficients.orders_min
        least = dict(zip(frame["offer"], frame["nodes_min"].astype(int), strict=True))
        return {lot: least[lot[0]] for lot in self.lots if least.get(lot[0], 0) > 1}

    @cached_property
    def tiers(self) -> dict[Tier, tuple[int, float]]:
        """(most nodes, usd saved a node) of every tier of a lot that its cap can reach."""
        found = {}
        by_offer: dict[str, list[tuple[int, float]]] = {}
        frame = self.groups.coefficients.price_tiers.sort_values("nodes_from")
        for offer, first, share in frame[["offer", "nodes_from", "discount_share"]].itertuples(index=False, name=None):
            by_offer.setdefault(offer, []).append((int(first), float(share)))
        for lot in self.lots:
            tiers = by_offer.get(lot[0], [])
            ends = [first - 1 for first, _ in tiers[1:]] + [self.lot_max(lot)]
            for (first, share), last in zip(tiers, ends, strict=False):
                if share > 0 and min(last, self.lot_max(lot)) >= first:
                    found[*lot, first] = (min(last, self.lot_max(lot)) - first + 1, self._saved_usd(lot, share))
        return found

    def _saved_usd(self, lot: Lot, share: float) -> float:
        """Returns what a discount takes off the price of a node, less what it takes off the credit of an order."""
        g, (offer, period, block) = self.groups, lot
        if block:
            return share * g.usd_per_hour[offer, period] * g.hours[period, block]
        order = (offer, period)
        hours = g.hours_inside[order] + g.hours_after[order]
        charge = g.upfront_usd[order] + g.usd_per_hour[order] * hours
        credit = credit_usd_per_hour(g, order)
        cut = credit - min(credit, charge / hours * (1 - share))
        return share * charge - g.coefficients.limit("terminal_use_share") * g.hours_after[order] * cut

    @cached_property
    def steps(self) -> dict[tuple[str, str], list[Step]]:
        """Blocks in which a period is compared with the one before, by period but the first, and scenario."""
        g = self.groups
        return {
            (now, s): [(before, now, b) for t, b in g.risk.slots_of[s] if t == now and (before, b) in g.hours]
            for before, now in pairwise(g.periods) for s in g.risk.probability
        }  # fmt: skip

    @cached_property
    def starts(self) -> dict[Start, list[Step]]:
        """Blocks that a bay is compared in; empty where nodes that start cost nothing."""
        if self.switching_usd_per_node == 0:
            return {}
        return {(*bay, *key): steps for bay in self.groups.offers_of_bay for key, steps in self.steps.items()}

    @cached_property
    def launches(self) -> dict[Launch, list[Step]]:
        """Blocks that the replicas of an option at a place are compared in; empty where replicas that start cost nothing."""
        if self.migration_usd_per_replica == 0:
            return {}
        there = {(o, p, t) for _, o, p, t, _ in self.groups.deployments}
        places = dict.fromkeys((o, p) for _, o, p, _, _ in self.groups.deployments)
        return {
            (*where, t, s): steps for where in places for (t, s), steps in self.steps.items() if (*where, t) in there
        }  # fmt: skip

    @cached_property
    def waiting(self) -> list[tuple[str, str, str, str, str]]:
        """Deployments of what works in some slot, in all slots; none where replicas that start cost nothing."""
        if self.migration_usd_per_replica == 0:
            return []
        wheres = dict.fromkeys(d[:3] for d in self.groups.working)
        return [(*where, *slot) for where in wheres for slot in self.groups.slots]

    @cached_property
    def deployments_at(self) -> dict[tuple[str, str, str, str], list[tuple[str, str, str, str, str]]]:
        """Deployments of an option at a place in a slot, over the pools, by (option, place, period, block)."""
        grouped: dict[tuple[str, str, str, str], list[tuple[str, str, str, str, str]]] = {}
        for deployment in self.groups.deployments:
            grouped.setdefault(deployment[1:], []).append(deployment)
        return grouped

    @cached_property
    def migration_usd_per_replica(self) -> float:
        """Price of a replica that starts; usd."""
        return self.groups.coefficients.scalar("migration_usd_per_replica")

    @cached_property
    def switching_usd_per_node(self) -> float:
        """Price of a node that starts; usd."""
        return self.groups.coefficients.scalar("switching_usd_per_node")

    @cached_property
    def value_share(self) -> dict[str, tuple[float, float]]:
        """Present value of a usd paid at the start and in the middle of a period, by period."""
        shares, hours = {}, 0.0
        for t in self.groups.periods:
            length = self.groups.period_hours[t]
            shares[t] = (self._value_share(hours), self._value_share(hours + length / 2))
            hours += length
        return shares

    def _value_share(self, hours: float) -> float:
        return float((1.0 + self.groups.coefficients.scalar("discount_rate_per_year")) ** (-hours / HOURS_PER_YEAR))

    @cached_property
    def flows(self) -> list[Flow]:
        """What the present value of every unit of a variable differs from its usd; empty without a discount rate."""
        if self.groups.coefficients.scalar("discount_rate_per_year") == 0:
            return []
        flows = [*self._dated(), *(("commit", order, usd) for order, usd in self._order_change_usd.items())]
        for tier, (_, usd) in self.tiers.items():
            offer, period, block, _ = tier
            change = self.value_share[period][1] - 1 if block else self._order_change_share[offer, period]
            flows.append(("tier", tier, -usd * change))
        for name, keys, price in (
            ("start", self.starts, self.switching_usd_per_node), ("launch", self.launches, self.migration_usd_per_replica),
        ):  # fmt: skip
            chance = self.groups.risk.probability
            flows += [(name, key, price * chance[key[3]] * (self.value_share[key[2]][1] - 1)) for key in keys]
        return [flow for flow in flows if flow[2]]

    def _dated(self) -> list[Flow]:
        """Returns the flows that fall in one period, at its middle: rent, egress, requests turned away, carbon."""
        g, change = self.groups, {t: shares[1] - 1 for t, shares in self.value_share.items()}
        flows: list[Flow] = [("rent", (f, t, b), g.usd_per_hour[f, t] * g.hours[t, b] * change[t]) for f, t, b in g.rentals]
        for r in g.routes:
            price = g.egress_usd_per_request[r[0], g.region_of[r[2]]]
            flows.append(("serve", r, price * SECONDS_PER_HOUR * g.hours[r[3], r[4]] * change[r[3]]))
        for w, t, b in g.service.refusals:
            usd = g.service.unserved_usd_per_request.get(w, 0.0) * SECONDS_PER_HOUR * g.hours[t, b]
            flows.append(("refuse", (w, t, b), usd * change[t]))
        flows += [(variable, key, usd * change[t]) for t, (variable, key, usd) in g.service.token_cash]
        return flows + self._pledged(change) + [(v, i, usd * change[str(i[1])]) for v, i, usd in g.policy.carbon_usd]

    def _pledged(self, change: Mapping[str, float]) -> list[Flow]:
        """Returns the flows of savings plans: pledges, less credit after the horizon, and the rent that they pay."""
        g, usd = self.groups, {}
        use, end, mean = g.coefficients.limit("terminal_use_share"), sum(g.period_hours.values()), g.mean_period_hours
        for pledge in g.savings.pledges:
            usd[pledge] = sum(g.savings.hours_inside[pledge, t] * change[t] for t in g.savings.alive[pledge])
            after = range(round(g.savings.hours_after[pledge] / mean))
            left = 1 - use * g.savings.worth_share[pledge]
            usd[pledge] += left * mean * sum(self._value_share(end + (j + 0.5) * mean) - 1 for j in after)
        flows: list[Flow] = [("pledge", pledge, amount) for pledge, amount in usd.items()]
        for key in g.savings.applied:
            rate = g.usd_per_hour[key[2], key[3]] * g.hours[key[3], key[4]]
            flows.append(("apply", key, -rate * change[key[3]]))
        return flows

    @cached_property
    def _order_change_usd(self) -> Mapping[tuple[str, str], float]:
        """Present value less usd of a node ordered: upfront at the period's start, hours in the middle of theirs, less credit.

        A residual is paid at the start of the period of signature and had back at the end of the term.
        """
        g, changes = self.groups, {}
        use = g.coefficients.limit("terminal_use_share")
        for order in g.orders:
            inside = [t for (f, t), alive in g.orders_alive.items() if f == order[0] and order in alive]
            usd = g.upfront_usd[order] * (self.value_share[order[1]][0] - 1)
            usd += g.residual_usd[order] * (self.value_share[order[1]][0] - self._value_share(self._end_hours(order)))
            usd += g.usd_per_hour[order] * sum(g.period_hours[t] * (self.value_share[t][1] - 1) for t in inside)
            rate = g.usd_per_hour[order] - use * credit_usd_per_hour(g, order)
            changes[order] = usd + rate * sum(g.mean_period_hours * (share - 1) for share in self._after_shares(order))
        return changes

    def _end_hours(self, order: tuple[str, str]) -> float:
        """Returns the hours from the start of the horizon to the end of an order's term; a period beyond has the mean length."""
        g, row = self.groups, self.groups.offers[order[0]]
        last = g.periods.index(order[1]) + int(row["lead_time_periods"]) + int(row["term_periods"])
        inside = sum(g.period_hours[t] for t in g.periods[:last])
        return inside + max(0, last - len(g.periods)) * g.mean_period_hours

    def _after_shares(self, order: tuple[str, str]) -> list[float]:
        """Returns the present value of a usd in the middle of each period that an order's term has after the horizon."""
        end, mean = sum(self.groups.period_hours.values()), self.groups.mean_period_hours
        count = round(self.groups.hours_after[order] / mean)
        first = max(0, self.groups.periods.index(order[1]) + int(self.groups.offers[order[0]]["lead_time_periods"]))
        skipped = max(0, first - len(self.groups.periods))
        return [self._value_share(end + (skipped + j + 0.5) * mean) for j in range(count)]

    @cached_property
    def _order_change_share(self) -> dict[tuple[str, str], float]:
        """Change in value of an order's net cost as a share of it: a discount on it is paid as the order is."""
        g, use = self.groups, self.groups.coefficients.limit("terminal_use_share")
        shares = {}
        for order, change in self._order_change_usd.items():
            hours = g.hours_inside[order] + g.hours_after[order]
            usd = g.upfront_usd[order] + g.usd_per_hour[order] * hours
            usd -= use * g.hours_after[order] * credit_usd_per_hour(g, order)
            shares[order] = change / usd if usd else 0.0
        return shares
