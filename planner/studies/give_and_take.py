"""What each promise of an instance could give, as slacks and gates on the compiled program of its loosened options."""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.inputs.instance import Instance
from planner.program.build import build_program
from planner.program.compile import Compiled, compile_program
from planner.program.elastic import GIVES, SHARED, Choice, Elastic, Gate, Slack, elastic_program
from planner.program.groups import Groups
from planner.studies.loosening import NO_SCORE, Loosened, looseness, opened_by
from planner.units import SECONDS_PER_HOUR

USD_MIN = 1.0
"""Least price of a step: of two promises that cost nothing to break, neither is broken for fun."""
SPEND_SHARE = {"quality": 10.0, "models": 2.0, "residency": 5.0, "lead": 0.25, "market": 1.0, "layout": 1.0}
"""Price of a step in what its workload (or the fleet) spends: quality by the share of the floor given up, a model list or a
region by the step, a delivery by the period earlier. A latency limit costs the share by which it is loosened. Conventions
that rank ways out which break equally many promises; what each way out costs is the plan that is solved with it."""
SHED_SPEND = 20.0
"""Price of traffic turned away, in what serving it costs."""


@dataclass(frozen=True, eq=False)
class Give:
    """The elastic program of an instance, and what a told promise needs: the true caps and the spend by workload."""

    loosened: Loosened
    instance: Instance
    has_shedding: bool
    """Whether traffic may be turned away."""

    @cached_property
    def caps(self) -> dict[tuple[str, str], int]:
        """Supply as promised, by (offer, period)."""
        return Groups(self.loosened.coefficients).nodes_max

    @cached_property
    def orders_min(self) -> dict[str, int]:
        """Smallest order by offer."""
        table = self.loosened.coefficients.orders_min
        return dict(zip(table["offer"], table["nodes_min"].astype(int).tolist(), strict=True))

    @cached_property
    def nodes_most(self) -> dict[str, int]:
        """Nodes of each node type that carry everything: the largest loosening of a supply cap that is considered."""
        c = self.loosened.coefficients
        rates = c.rates.merge(c.options, on="option")
        sizes = dict(zip(c.offers["node_type"], c.offers["accelerators"], strict=True))
        peak = c.demand.groupby("workload")["requests_per_s"].max()
        best = (rates["requests_per_s"] / rates["gpus"]).groupby([rates["workload"], rates["node_type"]]).max().reset_index()
        largest = rates.groupby("node_type")["gpus"].max()
        least = int(c.pools["replicas_min"].sum())
        most: dict[str, int] = {}
        for node_type, size in sizes.items():
            mine = best[best["node_type"] == node_type]
            used = float((mine["workload"].map(peak) / (c.limit("utilisation_max") * mine[0] * size)).sum())
            nodes_each = math.ceil(largest.get(node_type, 1) / size)
            most[node_type] = math.ceil(used) + nodes_each * (len(peak) + least)
        return most

    @property
    def _accelerators_most(self) -> float:
        return float(sum(nodes * self.groups.accelerators[node_type] for node_type, nodes in self.nodes_most.items()))

    @cached_property
    def groups(self) -> Groups:
        """Prepared groups of the loosened options, supply raised by the most that is considered."""
        c = self.loosened.coefficients
        type_of = dict(zip(c.offers["offer"], c.offers["node_type"], strict=True))
        owned = set(c.offers.loc[c.offers["kind"] == "owned", "offer"])
        more = [0 if o in owned else self.nodes_most[type_of[o]] for o in c.supply["offer"]]
        return Groups(c.with_tables(supply=c.supply.assign(nodes_max=c.supply["nodes_max"] + more)))

    @cached_property
    def compiled(self) -> Compiled:
        """The compiled program of the loosened options."""
        return compile_program(build_program(self.groups))

    @cached_property
    def spend_usd(self) -> dict[str, float]:
        """What each workload would cost alone on its cheapest option and offer, by the fraction of a node."""
        c = self.loosened.coefficients
        price = c.prices.groupby("offer")["usd_per_hour"].mean()
        nodes = c.offers.assign(usd=c.offers["offer"].map(price) / c.offers["accelerators"]).groupby("node_type")["usd"].min()
        rates = c.rates.merge(c.options[["option", "node_type", "gpus"]], on="option")
        each = rates["node_type"].map(nodes) * rates["gpus"] / (rates["requests_per_s"] * c.limit("utilisation_max"))
        cheapest = each.groupby(rates["workload"]).min()
        load = c.demand.merge(c.blocks, on=["period", "block"])
        hours = (load["requests_per_s"] * load["hours"]).groupby(load["workload"]).sum()
        return {str(w): float(cheapest.get(w, 0.0) * hours[w]) for w in hours.index}

    @property
    def fleet_usd(self) -> float:
        """What all workloads would cost so."""
        return max(USD_MIN, math.fsum(self.spend_usd.values()))

    def elastic(self) -> Elastic:
        """Returns the elastic program."""
        gates = [*self._route_gates(), *self._region_gates(), *self._order_gates(), *self._market_gates()]
        steps = {choice: self.step_usd(choice) for choice in dict.fromkeys(c for c, _, _ in gates)}
        known = list(steps)
        made = [Gate(opened_by(choice, known), tuple(columns), limit) for choice, columns, limit in gates]
        return elastic_program(self.compiled.problem, list(self._slacks()), made, steps)

    def step_usd(self, choice: Choice) -> float:
        """Returns the price of a step."""
        promise, step = choice
        kind, subject = promise.split("|")[:2]
        spend = self.spend_usd.get(subject, self.fleet_usd)
        if kind == "slo":
            return max(USD_MIN, (looseness(choice) - 1.0) * spend)
        share = SPEND_SHARE[kind]
        if kind == "quality":
            workload = next(w for w in self.instance.settings.workloads if w.workload == subject)
            floor = workload.quality.floor if workload.quality else 1.0
            share *= 2.0 if step == NO_SCORE else (floor - float(step)) / max(floor, 1.0)
        return max(USD_MIN, share * spend)

    def _slacks(self) -> Iterable[Slack]:
        """Yields the rows that may be overstepped."""
        problem = self.compiled.problem
        for row, name in enumerate(problem.row_names):
            rule, _, index = name[:-1].partition("[")
            family = SHARED.get(rule, rule)
            if family not in GIVES or (family == "demand" and not self.has_shedding):
                continue
            key = index.split(",")
            limit = problem.row_upper[row] if np.isfinite(problem.row_upper[row]) else problem.row_lower[row]
            promise = "|".join([family, *(key[i] for i in GIVES[family].key)])
            if family == "supply":
                yield from self._supply_slack(promise, row, key)
            elif family == "orders_min":
                least = float(self.orders_min[key[0]])
                if key[-1] == "least":
                    yield Slack(promise, row, float(limit), least, self.fleet_usd / least / len(self.groups.slots))
            elif family in ("spare_replicas", "region_loss"):
                most = self.traffic_after_loss(rule, key)
                if most > 0:
                    yield Slack(promise, row, float(limit), most, max(USD_MIN, self.fleet_usd / most / len(self.groups.slots)))
            elif GIVES[family].is_share:
                yield Slack(promise, row, float(limit), self._accelerators_most, self.fleet_usd / self._accelerators_most)
            elif limit > 0:
                yield Slack(promise, row, float(limit), GIVES[family].most_share * limit, self._unit_usd(family, key, limit))

    def traffic_after_loss(self, rule: str, key: list[str]) -> float:
        """Returns how far a row on spare replicas or on a region lost may be overstepped: as without the wish."""
        g = self.groups
        if rule == "spare_replicas":
            judged = g.spares.levels[tuple(key)]  # type: ignore[index]
            return judged.spares * judged.level_requests_per_s
        if rule == "spare_hull":
            judged = g.spares.chosen[tuple(key[:4])]  # type: ignore[index]
            return float(judged.spares) if key[4] == "count" else judged.team.streams[0].answered
        if rule == "spare_carried":
            return next(s.answered for s in g.spares.cases[tuple(key[:5])].team.streams if s.name == key[5])  # type: ignore[index]
        rest = g.losses.rests[tuple(key[:5])]  # type: ignore[index]
        return rest.share * next(s.answered for s in rest.team.streams if s.name == (key[5] if len(key) > 5 else rest.team.name))

    def _supply_slack(self, promise: str, row: int, key: list[str]) -> Iterable[Slack]:
        offer, period, block = key
        g = self.groups
        cap = self.caps[offer, period]
        most = 0 if offer in self.loosened.early else g.nodes_max[offer, period] - cap
        hours = g.hours[period, block] if block else g.period_hours[period]
        if most > 0:
            usd = g.usd_per_hour[offer, period] * hours + (g.upfront_usd[offer, period] if not block else 0.0)
            yield Slack(promise, row, float(cap), float(most), max(USD_MIN, usd))

    def _unit_usd(self, family: str, key: list[str], limit: float) -> float:
        """Returns the price of a unit of a row: its own, that of traffic turned away, or the share of the spend."""
        given = GIVES[family].usd_per_unit
        if given is not None:
            return given
        slots = len(self.groups.slots)
        if family == "demand":
            workload, period, block = key
            load = {k: v * self.groups.hours[k[1], k[2]] for k, v in self.groups.demand.items() if k[0] == workload}
            per_request = self.spend_usd[workload] / max(1e-9, sum(load.values()) * SECONDS_PER_HOUR)
            return SHED_SPEND * per_request * self.groups.hours[period, block] * SECONDS_PER_HOUR
        members = [w for w, pool in self.groups.pool_of.items() if pool == key[0]] if family == "minimum_replicas" else []
        spend = sum(self.spend_usd[w] for w in members) / slots if members else self.fleet_usd
        return max(USD_MIN / slots, spend / limit)

    def _route_gates(self) -> list[tuple[Choice, list[int], float]]:
        """Returns the gates of traffic and replicas on options that break a promise."""
        g, tags = self.groups, self.loosened.tags
        traffic: dict[tuple[Choice, str, str, str], list[int]] = defaultdict(list)
        replicas: dict[tuple[Choice, str, str, str], list[int]] = defaultdict(list)
        members = defaultdict(list)
        for workload, pool in g.pool_of.items():
            members[pool].append(workload)
        for j, (name, index) in enumerate(self.compiled.columns):
            if name == "serve":
                for choice in tags[index[0], index[1]]:
                    traffic[choice, index[0], index[3], index[4]].append(j)
            elif name == "deploy":
                on = [w for w in members[index[0]] if (w, index[1]) in tags]
                for choice in dict.fromkeys(itertools.chain.from_iterable(tags[w, index[1]] for w in on)):
                    replicas[choice, index[0], index[3], index[4]].append(j)
        gates = [(key[0], columns, g.demand[key[1], key[2], key[3]]) for key, columns in traffic.items()]
        return gates + [(key[0], columns, self._replicas_most(key[1], key[2], key[3])) for key, columns in replicas.items()]

    def _replicas_most(self, pool: str, period: str, block: str) -> float:
        """Returns a number of replicas that carries all traffic of a pool in a slot on its slowest option."""
        g = self.groups
        busy = 0.0
        for workload in (w for w, p in g.pool_of.items() if p == pool):
            slowest = min((rate for (w, _), rate in g.requests_per_s.items() if w == workload), default=math.inf)
            busy += g.demand.get((workload, period, block), 0.0) / (g.utilisation_max * slowest)
        sites = len(set(g.region_of.values())) if g.losses.rests else 1
        return sites * (math.ceil(busy) + 1.0) + g.replicas_min.get(pool, 0) + g.spares.spares(pool, period)

    def _region_gates(self) -> list[tuple[Choice, list[int], float]]:
        """Returns the gates of traffic to regions that a workload may not use."""
        g = self.groups
        found: dict[tuple[Choice, str, str, str], list[int]] = defaultdict(list)
        idle: dict[tuple[Choice, str, str, str], list[int]] = defaultdict(list)
        for j, (name, index) in enumerate(self.compiled.columns):
            at = (index[0], g.region_of[index[2]]) if name in ("serve", "deploy") else ("", "")
            if at in self.loosened.closed:  # of replicas: those of a pool with the name of its only workload
                (found if name == "serve" else idle)[self.loosened.closed[at], index[0], index[3], index[4]].append(j)
        gates = [(key[0], columns, g.demand[key[1], key[2], key[3]]) for key, columns in found.items()]
        return gates + [(key[0], columns, self._replicas_most(key[1], key[2], key[3])) for key, columns in idle.items()]

    def _order_gates(self) -> list[tuple[Choice, list[int], float]]:
        """Returns the gates of orders that would be delivered earlier than the catalog says."""
        early = self.loosened.early
        columns = [(j, index) for j, (name, index) in enumerate(self.compiled.columns) if name == "commit" and index[0] in early]
        return [(early[index[0]], [j], float(max(1, self.caps[index[0], index[1]]))) for j, index in columns]

    def _market_gates(self) -> list[tuple[Choice, list[int], float]]:
        """Returns the gates of offers that the instance does not shop for and of layouts that it does not permit."""
        g, found = self.groups, []
        layouts: dict[tuple[Choice, str, str, str], list[int]] = defaultdict(list)
        for j, (name, index) in enumerate(self.compiled.columns):
            if name in ("rent", "commit"):
                limit = float(max(1, g.nodes_max[index[0], index[1]]))
                found += [(choice, [j], limit) for choice in self.loosened.unlisted.get(index[0], ())]
            elif name == "deploy" and index[1] in self.loosened.unpermitted:
                layouts[self.loosened.unpermitted[index[1]], index[0], index[3], index[4]].append(j)
        return found + [(key[0], columns, self._replicas_most(key[1], key[2], key[3])) for key, columns in layouts.items()]
