"""The coefficient tables regrouped for the program: every sum a rule takes is prepared here, before any model exists."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from planner.options.coefficients import COMMITTED_KINDS, RENTED_KINDS, Coefficients
from planner.options.places import is_spot_place, region_of_place, zone_of_offer, zone_of_place
from planner.program.disaggregation_groups import DisaggregationGroups
from planner.program.goal_groups import GoalGroups
from planner.program.headroom_groups import HeadroomGroups
from planner.program.lookups import grouped, lookup, rows_by
from planner.program.loss_groups import LossGroups
from planner.program.money_groups import MoneyGroups
from planner.program.policy_groups import PolicyGroups
from planner.program.quality_groups import QualityGroups
from planner.program.quota_groups import QuotaGroups
from planner.program.risk_groups import RiskGroups
from planner.program.savings_groups import SavingsGroups
from planner.program.service_groups import ServiceGroups
from planner.program.slice_groups import SliceGroups
from planner.program.spare_groups import SpareGroups
from planner.program.team_groups import TeamGroups
from planner.program.variety_groups import VarietyGroups

Slot = tuple[str, str]
"""(period, block)"""
Deployment = tuple[str, str, str, str, str]
"""(pool, option, place, period, block); a place is a region, or region/provider for replicas over several nodes."""
Route = tuple[str, str, str, str, str]
"""(workload, option, place, period, block)"""
Rental = tuple[str, str, str]
"""(offer, period, block)"""
Order = tuple[str, str]
"""(offer, period of signature)"""
Bay = tuple[str, str]
"""(node_type, zone); a zone is a region, or region!spot"""


@dataclass(frozen=True)
class Groups:
    """Sparse index sets and prepared sums of one planning problem; coefficients carry their column's name."""

    coefficients: Coefficients

    @cached_property
    def policy(self) -> PolicyGroups:
        """What the families on money, supply and policy sum over."""
        return PolicyGroups(self)

    @cached_property
    def service(self) -> ServiceGroups:
        """What the families on traffic sum over."""
        return ServiceGroups(self)

    @cached_property
    def slices(self) -> SliceGroups:
        """Workloads made of equal parts."""
        return SliceGroups(self)

    @cached_property
    def quotas(self) -> QuotaGroups:
        """What limits on accelerators of a kind sum over."""
        return QuotaGroups(self)

    @cached_property
    def variety(self) -> VarietyGroups:
        """What caps on distinct options or models at a site sum over."""
        return VarietyGroups(self)

    @cached_property
    def teams(self) -> TeamGroups:
        """Who could carry whose traffic after a loss."""
        return TeamGroups(self)

    @cached_property
    def spares(self) -> SpareGroups:
        """What limits on spare replicas sum over."""
        return SpareGroups(self)

    @cached_property
    def losses(self) -> LossGroups:
        """What limits on the loss of a region sum over."""
        return LossGroups(self)

    @cached_property
    def disaggregation(self) -> DisaggregationGroups:
        """What disaggregated serving sums over."""
        return DisaggregationGroups(self)

    @cached_property
    def money(self) -> MoneyGroups:
        """What the families on contracts and time sum over."""
        return MoneyGroups(self)

    @cached_property
    def headroom(self) -> HeadroomGroups:
        """Replicas that share a queue."""
        return HeadroomGroups(self)

    @cached_property
    def savings(self) -> SavingsGroups:
        """Promises to spend by the hour, and what they pay for."""
        return SavingsGroups(self)

    @cached_property
    def quality(self) -> QualityGroups:
        """What mean quality floors sum over."""
        return QualityGroups(self)

    @cached_property
    def slots(self) -> list[Slot]:
        """Periods and their blocks, in order."""
        blocks, position = self.coefficients.blocks, {period: i for i, period in enumerate(self.periods)}
        return sorted(zip(blocks["period"], blocks["block"], strict=True), key=lambda slot: position[slot[0]])

    @cached_property
    def periods(self) -> list[str]:
        """Periods in order."""
        return self.coefficients.periods.sort_values("position")["period"].tolist()

    @cached_property
    def hours(self) -> dict[Slot, float]:
        """Hours of each slot, weighed by the probability of its scenario: what costs by the hour are summed with."""
        return lookup(self.coefficients.blocks, ["period", "block"], "hours")

    @cached_property
    def goals(self) -> GoalGroups:
        """What the plan is to be best at."""
        return GoalGroups(self)

    @cached_property
    def risk(self) -> RiskGroups:
        """Scenarios of the slots."""
        return RiskGroups(self)

    @cached_property
    def period_hours(self) -> dict[str, float]:
        """Hours of each period."""
        return dict(zip(self.coefficients.periods["period"], self.coefficients.periods["hours"], strict=True))

    @cached_property
    def demand(self) -> dict[tuple[str, str, str], float]:
        """Offered rate by (workload, period, block), where it is not zero; 1/s."""
        frame = self.coefficients.demand
        return lookup(frame[frame["requests_per_s"] > 0], ["workload", "period", "block"], "requests_per_s")

    @cached_property
    def requests_per_s(self) -> dict[tuple[str, str], float]:
        """Rate of one replica by (workload, option); 1/s."""
        return lookup(self.coefficients.rates, ["workload", "option"], "requests_per_s")

    @cached_property
    def utilisation_max(self) -> float:
        """Largest mean load of a replica."""
        return self.coefficients.limit("utilisation_max")

    @cached_property
    def pool_of(self) -> dict[str, str]:
        """Pool of each workload."""
        return dict(zip(self.coefficients.pools["workload"], self.coefficients.pools["pool"], strict=True))

    @cached_property
    def replicas_min(self) -> dict[str, int]:
        """Fewest replicas by pool, where asked for."""
        least: dict[str, int] = {}
        pools = self.coefficients.pools.sort_values("pool", kind="stable")
        for pool, count in zip(pools["pool"], pools["replicas_min"], strict=True):
            least[str(pool)] = max(least.get(str(pool), 0), int(count))
        return {pool: count for pool, count in least.items() if count > 0}

    @cached_property
    def options(self) -> dict[str, Mapping[str, Any]]:
        """Row of each option."""
        return rows_by(self.coefficients.options, "option")

    @cached_property
    def offers(self) -> dict[str, Mapping[str, Any]]:
        """Row of each offer."""
        return rows_by(self.coefficients.offers, "offer")

    @cached_property
    def region_of(self) -> dict[str, str]:
        """Region of each place."""
        return {place: region_of_place(place) for _, place in self._places}

    @cached_property
    def zone_of_offer(self) -> dict[str, str]:
        """Zone of each offer's nodes: its region, marked where they are spot nodes."""
        return {name: zone_of_offer(row["region"], row["kind"]) for name, row in self.offers.items()}

    @cached_property
    def _places(self) -> list[tuple[str, str]]:
        """(option, place) pairs in table order."""
        options, sites = self.coefficients.options, self.coefficients.sites
        on_fabric = set(options.loc[(options["nodes_per_replica"] > 1) | (options["role"] != "aggregated"), "option"])
        spanning = {name: f"{zone}/{self.offers[name]['provider']}" for name, zone in self.zone_of_offer.items()}
        places = [
            (option, (spanning if option in on_fabric else self.zone_of_offer)[offer])
            for option, offer in zip(sites["option"], sites["offer"], strict=True)
        ]
        return list(dict.fromkeys(places))

    @cached_property
    def egress_usd_per_request(self) -> dict[tuple[str, str], float]:
        """Egress price by allowed (workload, region); a pair that is not here is not eligible."""
        allowed = self.coefficients.paths[self.coefficients.paths["is_allowed"]]
        return lookup(allowed, ["workload", "region"], "egress_usd_per_request")

    @cached_property
    def network_ms(self) -> dict[tuple[str, str], float]:
        """Network round trip by allowed (workload, region); ms."""
        allowed = self.coefficients.paths[self.coefficients.paths["is_allowed"]]
        return lookup(allowed, ["workload", "region"], "network_ms")

    @cached_property
    def network_ms_max(self) -> dict[tuple[str, str], float]:
        """Longest network round trip with which (workload, option) keeps its promises; ms, infinite where any does."""
        frame = self.coefficients.rates.assign(network_ms_max=self.coefficients.rates["network_ms_max"].fillna(math.inf))
        return lookup(frame, ["workload", "option"], "network_ms_max")

    def _is_near(self, workload: str, option: str, region: str) -> bool:
        """Says whether a workload may use a region, and reaches it within the time its promises leave on an option."""
        key = (workload, region)
        return key in self.network_ms and self.network_ms[key] <= self.network_ms_max[workload, option]

    @cached_property
    def unroutable(self) -> list[tuple[str, str, str]]:
        """(workload, period, block) with demand that nothing may answer or turn away: then there is no plan."""
        return self.service.unanswerable

    @cached_property
    def routes(self) -> list[Route]:
        """Eligible (workload, option, place, period, block): a rate, an allowed region near enough, and demand exist."""
        places = defaultdict(list)
        for option, place in self._places:
            places[option].append(place)
        pairs = [
            (workload, option, place)
            for workload, option in self.requests_per_s
            for place in places[option]
            if self.disaggregation.answers(workload, option, place)
            and self._is_near(workload, option, self.region_of[place])
            and (not is_spot_place(place) or workload in self.policy.spot_share_max)
        ]
        return [(*pair, *slot) for pair in pairs for slot in self.slots if (pair[0], *slot) in self.service.open_slots]

    @cached_property
    def working(self) -> list[Deployment]:
        """(pool, option, place, period, block) that some route or handover needs, each once."""
        return list(dict.fromkeys([*self.routes_of_deployment, *self.disaggregation.handovers_of_prefill]))

    @cached_property
    def deployments(self) -> list[Deployment]:
        """What may run: what works, and what waits for later."""
        return list(dict.fromkeys([*self.working, *self.money.waiting]))

    @cached_property
    def routes_of_demand(self) -> dict[tuple[str, str, str], list[Route]]:
        """Routes by (workload, period, block); empty where nothing is eligible."""
        return {**{key: [] for key in self.demand}, **grouped(self.routes, lambda r: (r[0], r[3], r[4]))}

    @cached_property
    def routes_of_deployment(self) -> dict[Deployment, list[Route]]:
        """Routes by the deployment that carries them."""
        return grouped(self.routes, lambda r: (self.pool_of[r[0]], *r[1:]))

    @cached_property
    def bay_of(self) -> dict[tuple[str, str], Bay]:
        """(node_type, zone) by (option, place)."""
        return {(o, p): (self.options[o]["node_type"], zone_of_place(p)) for o, p in self._places}

    @cached_property
    def deployments_of_bay(self) -> dict[tuple[str, str, str, str], list[Deployment]]:
        """Deployments by (node_type, region, period, block)."""
        return grouped(self.deployments, lambda d: (*self.bay_of[d[1], d[2]], d[3], d[4]))

    @cached_property
    def spanning_of_fabric(self) -> dict[tuple[str, str, str, str, str], list[Deployment]]:
        """Deployments over several nodes by (node_type, region, provider, period, block)."""
        spanning = [d for d in self.deployments if self.options[d[1]]["nodes_per_replica"] > 1]
        return grouped(spanning, lambda d: (*self.bay_of[d[1], d[2]], d[2].split("/")[1], d[3], d[4]))

    @cached_property
    def deployments_of_pool(self) -> dict[tuple[str, str, str], list[Deployment]]:
        """Deployments of replicas that answer requests by (pool, period, block)."""
        return grouped(list(self.routes_of_deployment), lambda d: (d[0], d[3], d[4]))

    @cached_property
    def _offers_in_use(self) -> list[str]:
        """Offers whose bay some deployment can use."""
        used = {key[:2] for key in self.deployments_of_bay}
        return [name for name, row in self.offers.items() if (row["node_type"], self.zone_of_offer[name]) in used]

    @cached_property
    def accelerators(self) -> dict[str, int]:
        """Accelerators of a node by node type."""
        return {str(row["node_type"]): int(row["accelerators"]) for row in self.offers.values()}

    @cached_property
    def rented_offers(self) -> list[str]:
        """Offers paid by the hour in use."""
        return [name for name in self._offers_in_use if self.offers[name]["kind"] in RENTED_KINDS]

    @cached_property
    def committed_offers(self) -> list[str]:
        """Offers held for a term."""
        return [name for name in self._offers_in_use if self.offers[name]["kind"] in COMMITTED_KINDS]

    @cached_property
    def rentals(self) -> list[Rental]:
        """(offer, period, block) of the offers paid by the hour, where the cap is not zero."""
        return [(o, t, b) for o in self.rented_offers for t, b in self.slots if self.nodes_max[o, t] > 0]

    @cached_property
    def holdings(self) -> list[Order]:
        """(offer, period) in which some commitment of the offer can be alive."""
        return [(o, t) for o in self.committed_offers for t in self.periods if self.orders_alive[o, t]]

    @cached_property
    def orders(self) -> list[Order]:
        """(offer, period of signature) of commitments whose nodes arrive inside the horizon."""
        last = len(self.periods)
        lead = {o: int(self.offers[o]["lead_time_periods"]) for o in self.committed_offers}
        return [(o, t) for o in self.committed_offers for i, t in enumerate(self.periods) if i + lead[o] < last]

    @cached_property
    def orders_alive(self) -> dict[Order, list[Order]]:
        """Orders whose nodes are there, by (offer, period): signed in (t - lead - term, t - lead]."""
        alive: dict[Order, list[Order]] = {(o, t): [] for o in self.committed_offers for t in self.periods}
        for offer, start in self.orders:
            first = self.periods.index(start) + int(self.offers[offer]["lead_time_periods"])
            for period in self.periods[first : first + int(self.offers[offer]["term_periods"])]:
                alive[offer, period].append((offer, start))
        return alive

    @cached_property
    def offers_of_bay(self) -> dict[Bay, list[str]]:
        """Offers by (node_type, zone)."""
        return grouped(list(self._offers_in_use), lambda o: (self.offers[o]["node_type"], self.zone_of_offer[o]))

    @cached_property
    def nodes_max(self) -> dict[tuple[str, str], int]:
        """Supply cap by (offer, period)."""
        return {key: int(value) for key, value in lookup(self.coefficients.supply, ["offer", "period"], "nodes_max").items()}

    @cached_property
    def usd_per_hour(self) -> dict[tuple[str, str], float]:
        """Price of a node-hour by (offer, period)."""
        return lookup(self.coefficients.prices, ["offer", "period"], "usd_per_hour")

    @cached_property
    def upfront_usd(self) -> dict[tuple[str, str], float]:
        """Price paid at signature by (offer, period)."""
        return lookup(self.coefficients.prices, ["offer", "period"], "upfront_usd")

    @cached_property
    def residual_usd(self) -> dict[tuple[str, str], float]:
        """Paid beside it and had back at the end of the term, a node."""
        return lookup(self.coefficients.prices, ["offer", "period"], "residual_usd")

    @cached_property
    def mean_period_hours(self) -> float:
        """Mean length of a period; a term runs this long in every period after the horizon."""
        return float(self.coefficients.periods["hours"].mean())

    @cached_property
    def hours_inside(self) -> dict[Order, float]:
        """Hours of a commitment's term inside the horizon, by order."""
        inside = dict.fromkeys(self.orders, 0.0)
        for (_, period), orders in self.orders_alive.items():
            for order in orders:
                inside[order] += self.period_hours[period]
        return inside

    @cached_property
    def hours_after(self) -> dict[Order, float]:
        """Hours of a commitment's term after the horizon, by order."""
        after = {}
        for offer, start in self.orders:
            first = self.periods.index(start) + int(self.offers[offer]["lead_time_periods"])
            beyond = first + int(self.offers[offer]["term_periods"]) - len(self.periods)
            after[offer, start] = max(0, beyond) * self.mean_period_hours
        return after

    @cached_property
    def market_usd_per_hour(self) -> dict[Bay, float]:
        """Forecast market price after the horizon: cheapest on-demand node-hour of the last period, by bay."""
        last = self.periods[-1]
        market: dict[Bay, float] = {}
        for name, row in self.offers.items():
            if row["kind"] == "on_demand":
                bay = (row["node_type"], row["region"])
                market[bay] = min(market.get(bay, float("inf")), self.usd_per_hour[name, last])
        return market
