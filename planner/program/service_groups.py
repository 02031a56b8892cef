"""What the families on traffic sum over: requests turned away or put off, priorities, cascades, calls by the token."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from planner.tables import records
from planner.units import SECONDS_PER_HOUR, TOKENS_PER_MTOK

if TYPE_CHECKING:
    from planner.program.groups import Deployment, Groups, Route

LEAST_LOAD = 1e-5
"""Replicas that all a deployment may be asked for keeps busy at least: engines take a millionth for nothing."""
Want = tuple[str, str, str]
"""(workload, period, block)"""
Call = tuple[str, str, str, str]
"""(workload, api_offer, period, block)"""
Rebate = tuple[str, str, str, int]
"""(api_offer, period, scenario, number of the tier)"""
Window = tuple[str, str, str]
"""(workload, period, scenario)"""
Home = tuple[str, str, str, str]
"""(workload, home, period, block); a home is an option in a region (`option|region`) or an API offer."""


def raised(busy_replicas: float) -> float:
    """Returns the factor that brings what may be asked for, in busy replicas, to LEAST_LOAD; 1 where it is more or none."""
    return max(1.0, LEAST_LOAD / busy_replicas) if busy_replicas > 0 else 1.0


@dataclass(frozen=True)
class ServiceGroups:
    """Prepared sets of the traffic families; every one is empty where no workload of the problem has such a wish."""

    groups: "Groups"

    @cached_property
    def wishes(self) -> dict[str, Mapping[str, Any]]:
        """Row of the table `service` by workload, where it has one."""
        return {str(row["workload"]): row for row in records(self.groups.coefficients.service)}

    def _wishing(self, name: str) -> set[str]:
        """Returns the workloads whose wish of a name is set."""
        return {workload for workload, row in self.wishes.items() if row[name]}

    @cached_property
    def unserved_usd_per_request(self) -> dict[str, float]:
        """Price of a request that is turned away, by workload that may be; usd."""
        priced = {name: row["unserved_usd_per_request"] for name, row in self.wishes.items()}
        return {name: float(usd) for name, usd in priced.items() if usd is not None}

    @cached_property
    def windows(self) -> dict[Window, list[Want]]:
        """Slots among which an interruptible workload's requests may move, by (workload, period, scenario) with demand."""
        windows: dict[Window, list[Want]] = defaultdict(list)
        for w in sorted(self._wishing("is_interruptible")):
            for t, b in self.groups.slots:
                windows[w, t, self.groups.risk.scenario_of[t, b]].append((w, t, b))
        return {key: slots for key, slots in windows.items() if any(slot in self.groups.demand for slot in slots)}

    @cached_property
    def fixed(self) -> list[Want]:
        """(workload, period, block) with demand that is answered in its own slot."""
        movable = {key[0] for key in self.windows}
        return [key for key in self.groups.demand if key[0] not in movable]

    @cached_property
    def open_slots(self) -> dict[Want, None]:
        """(workload, period, block) in which a workload may be served: with demand, or in a window that has some."""
        return dict.fromkeys([*self.groups.demand, *(slot for slots in self.windows.values() for slot in slots)])

    @cached_property
    def most_requests_per_s(self) -> dict[Want, float]:
        """Most that may be answered in an open slot: its demand, or all requests of its window in this one slot; 1/s."""
        most = {key: self.groups.demand[key] for key in self.fixed}
        for slots in self.windows.values():
            asked = sum(self.groups.demand.get(s, 0.0) * self.groups.hours[s[1:]] for s in slots)
            most |= {s: asked / self.groups.hours[s[1:]] for s in slots}
        return most

    def load(self, route: "Route") -> float:
        """Returns the replicas that one request a second keeps busy on a route: 1 / rate, more where nothing else is asked for.

        All that the workloads of a pool may ask of an option at a place in a slot counts for LEAST_LOAD of a replica at least:
        one replica carries it all the same, so no plan is lost.
        """
        busy = self._busy_most[self.groups.pool_of[route[0]], *route[1:]]
        return raised(busy) / self.groups.requests_per_s[route[0], route[1]]

    @cached_property
    def _busy_most(self) -> "dict[Deployment, float]":
        """Replicas that all that a deployment may be asked for keeps busy."""
        g = self.groups
        return {
            d: math.fsum(self._asked_most(r) / g.requests_per_s[r[0], r[1]] for r in routes)
            for d, routes in g.routes_of_deployment.items()
        }

    def _asked_most(self, route: "Route") -> float:
        """Returns the most requests per second that a route may be asked to answer: of a strong model those passed on."""
        is_first = self.is_first(route[0], str(self.groups.options[route[1]]["model"]))
        share = 1.0 if is_first else self.escalation_share[route[0]]
        return share * self.most_requests_per_s[route[0], route[3], route[4]]

    @cached_property
    def refusals(self) -> list[Want]:
        """(workload, period, block) with demand that may be turned away: at a price, or where serving most is the goal."""
        is_free = self.groups.goals.is_aimed_at("most_served")
        return [key for key in self.groups.demand if is_free or key[0] in self.unserved_usd_per_request]

    @cached_property
    def first_models(self) -> dict[str, set[str]]:
        """Models that answer first, by cascade workload."""
        models: dict[str, set[str]] = defaultdict(set)
        for row in records(self.groups.coefficients.cascades):
            models[str(row["workload"])].add(str(row["model"]))
        return dict(models)

    @cached_property
    def escalation_share(self) -> dict[str, float]:
        """Share of requests that a strong model answers again, by cascade workload."""
        rows = records(self.groups.coefficients.cascades)
        return {str(row["workload"]): float(row["escalation_share"]) for row in rows}

    def is_first(self, workload: str, model: str) -> bool:
        """Says whether a model answers a workload's requests as they come: always, but for the strong models of a cascade."""
        return workload not in self.first_models or model in self.first_models[workload]

    def answer_share(self, workload: str, model: str) -> float:
        """Returns the share of a model's answers that reach the user: a cascade's first answers that are not escalated."""
        is_again = workload in self.first_models and model in self.first_models[workload]
        return 1.0 - self.escalation_share[workload] if is_again else 1.0

    def _routes(self, is_first: bool) -> dict[Want, list["Route"]]:
        grouped: dict[Want, list[Route]] = {key: [] for key in self.open_slots}
        for r in self.groups.routes:
            if self.is_first(r[0], self.groups.options[r[1]]["model"]) == is_first:
                grouped[r[0], r[3], r[4]].append(r)
        return grouped

    @cached_property
    def answering_routes(self) -> dict[Want, list["Route"]]:
        """Routes on which requests of an open slot are answered as they come, empty where there is none."""
        return self._routes(True)

    @cached_property
    def strong_routes(self) -> dict[Want, list["Route"]]:
        """Routes that answer a cascade's requests again."""
        return self._routes(False)

    @cached_property
    def tokens(self) -> dict[tuple[str, str], Mapping[str, Any]]:
        """Tokens of a request by (workload, api_offer) that may answer it."""
        return {(str(r["workload"]), str(r["api_offer"])): r for r in records(self.groups.coefficients.calls)}

    @cached_property
    def api(self) -> dict[tuple[str, str], Mapping[str, Any]]:
        """Row of the table `api` by (api_offer, period)."""
        return {(str(r["api_offer"]), str(r["period"])): r for r in records(self.groups.coefficients.api)}

    @cached_property
    def calls(self) -> list[Call]:
        """(workload, api_offer, period, block) that may be bought by the token."""
        return [
            (w, a, t, b)
            for w, a in self.tokens
            for t, b in self.groups.slots
            if (w, t, b) in self.open_slots and (a, t) in self.api
        ]

    @cached_property
    def api_usd_per_request(self) -> dict[tuple[str, str, str], float]:
        """Price of a request by (workload, api_offer, period): its tokens at their prices; usd."""
        prices = {}
        for w, a, t, _ in self.calls:
            tokens, row = self.tokens[w, a], self.api[a, t]
            cached_usd = row["input_usd_per_mtok"]
            cached_usd = cached_usd if row["cached_input_usd_per_mtok"] is None else row["cached_input_usd_per_mtok"]
            usd = tokens["input_tokens"] * row["input_usd_per_mtok"] + tokens["cached_tokens"] * cached_usd
            prices[w, a, t] = (usd + tokens["output_tokens"] * row["output_usd_per_mtok"]) / TOKENS_PER_MTOK
        return prices

    def _calls(self, is_first: bool) -> dict[Want, list[Call]]:
        grouped: dict[Want, list[Call]] = {key: [] for key in self.open_slots}
        for w, a, t, b in self.calls:
            if self.is_first(w, self.api[a, t]["model"]) == is_first:
                grouped[w, t, b].append((w, a, t, b))
        return grouped

    @cached_property
    def answering_calls(self) -> dict[Want, list[Call]]:
        """Calls that answer requests of an open slot as they come, empty where there is none."""
        return self._calls(True)

    @cached_property
    def strong_calls(self) -> dict[Want, list[Call]]:
        """Calls that answer a cascade's requests again."""
        return self._calls(False)

    @cached_property
    def api_caps(self) -> dict[tuple[str, str, str, str], tuple[float, list[tuple[Call, float]]]]:
        """Rate cap and (call, amount a request) by (api_offer, period, block, requests or tokens), where one is set."""
        caps: dict[tuple[str, str, str, str], tuple[float, list[tuple[Call, float]]]] = {}
        for call in self.calls:
            w, a, t, b = call
            tokens = self.tokens[w, a]
            length = tokens["input_tokens"] + tokens["cached_tokens"] + tokens["output_tokens"]
            for unit, amount in (("requests", 1.0), ("tokens", float(length))):
                most = self.api[a, t][f"{unit}_per_s_max"]
                if most is not None:
                    caps.setdefault((a, t, b, unit), (float(most), []))[1].append((call, amount))
        return caps

    @cached_property
    def rebates(self) -> dict[Rebate, float]:
        """Share off the list price of what is spent in a tier, by tier of an API offer that is sold; tiers count from 1."""
        if self.groups.coefficients.api_tiers.empty:
            return {}
        frame = self.groups.coefficients.api_tiers.sort_values(["api_offer", "usd_from"])
        frame = frame.assign(number=frame.groupby("api_offer").cumcount() + 1)
        tiers = frame[["api_offer", "number", "discount_share"]].itertuples(index=False, name=None)
        sold = dict.fromkeys((a, t) for _, a, t, _ in self.calls)
        return {
            (a, t, s, int(n)): float(share)
            for a, n, share in tiers if share > 0
            for t in self.groups.periods if (a, t) in sold for s in self.groups.risk.probability
        }  # fmt: skip

    @cached_property
    def spending(self) -> dict[tuple[str, str, str], list[tuple[Call, float]]]:
        """(call, usd of one request per second at list price, by the clock) by API offer with tiers, period and scenario."""
        spent: dict[tuple[str, str, str], list[tuple[Call, float]]] = {key[:3]: [] for key in self.rebates}
        for call in self.calls:
            w, a, t, b = call
            key = (a, t, self.groups.risk.scenario_of[t, b])
            if key in spent:
                hours = self.groups.risk.clock_hours[t, b]
                spent[key].append((call, self.api_usd_per_request[w, a, t] * SECONDS_PER_HOUR * hours))
        return spent

    @property
    def token_cash(self) -> Iterator[tuple[str, tuple[str, tuple[str | int, ...], float]]]:
        """Yields (period, (variable, index, usd a unit)) of what tokens cost: calls at list price, less volume tiers."""
        g = self.groups
        for call in self.calls:
            usd = self.api_usd_per_request[call[0], call[1], call[2]] * SECONDS_PER_HOUR * g.hours[call[2], call[3]]
            yield call[2], ("call", call, usd)
        for rebate, share in self.rebates.items():
            yield rebate[1], ("rebate", rebate, -share * g.risk.probability[rebate[2]])

    @cached_property
    def rebate_spans(self) -> dict[Rebate, tuple[float, float]]:
        """(usd from which a tier holds, most usd in it) by tier: to the next tier, or all that may be spent."""
        if self.groups.coefficients.api_tiers.empty:
            return {}
        frame = self.groups.coefficients.api_tiers.sort_values(["api_offer", "usd_from"])
        starts = {str(a): rows["usd_from"].astype(float).tolist() for a, rows in frame.groupby("api_offer")}
        spans = {}
        for a, t, s, n in self.rebates:
            most = sum(usd * self.most_requests_per_s[c[0], c[2], c[3]] for c, usd in self.spending[a, t, s])
            until = min(most, starts[a][n]) if n < len(starts[a]) else most
            spans[a, t, s, n] = (starts[a][n - 1], max(0.0, until - starts[a][n - 1]))
        return spans

    @cached_property
    def unanswerable(self) -> list[Want]:
        """(workload, period, block) with demand that nothing may answer or turn away."""
        refusable = set(self.refusals)
        lonely = [k for k, routes in self.answering_routes.items() if not routes and not self.answering_calls[k]]
        return [key for key in lonely if key in self.groups.demand and key not in refusable]

    @cached_property
    def homes(self) -> dict[Home, list[tuple[str, tuple[str, ...]]]]:
        """(variable, index) of the traffic that a home of an indivisible workload takes, by home."""
        grouped: dict[Home, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
        whole = self._wishing("is_indivisible")
        for r in self.groups.routes:
            if r[0] in whole:
                grouped[r[0], f"{r[1]}|{self.groups.region_of[r[2]]}", r[3], r[4]].append(("serve", r))
        for c in self.calls:
            if c[0] in whole:
                grouped[c].append(("call", c))
        return dict(grouped)

    @cached_property
    def rivals(self) -> dict[Want, list[str]]:
        """Refusable workloads of lower priority that could run on the same nodes, by refusable (workload, period, block)."""
        bays: dict[Want, set[tuple[str, str]]] = {key: set() for key in self.refusals}
        for r in self.groups.routes:
            if (r[0], r[3], r[4]) in bays:
                bays[r[0], r[3], r[4]].add(self.groups.bay_of[r[1], r[2]])
        wishes = {w: self.wishes.get(w) for w, _, _ in self.refusals}
        rank = {w: row["priority"] if row else 0 for w, row in wishes.items()}
        found = {}
        for w, t, b in self.refusals:
            mine = [v for v in rank if rank[v] < rank[w] and bays[w, t, b] & bays.get((v, t, b), set())]
            if mine:
                found[w, t, b] = mine
        return found
