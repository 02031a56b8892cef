"""What caps on distinct options or models at a site sum over: which replicas count as which, and how many there can be."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.program.groups import Deployment, Groups

Kind = str
"""`option` or `model`"""
Hosting = tuple[Kind, str, str, str, str]
"""(kind, option or model, region, period, scenario)"""
Hosted = tuple[Kind, str, str, str, str]
"""(kind, option, region, period, block)"""
VarietyCap = tuple[str, str, str, str]
"""(limit, region, period, scenario)"""
LIMIT_KINDS: Mapping[Kind, str] = {"option": "options_max", "model": "models_max"}


@dataclass(frozen=True)
class VarietyGroups:
    """Prepared sums of the limits options_max and models_max; empty where the instance has none that can bind."""

    groups: "Groups"

    @cached_property
    def caps(self) -> dict[Kind, dict[VarietyCap, tuple[int, list[Hosting]]]]:
        """(cap, what may be hosted) by (limit, region, period, scenario), by kind; caps that nothing can exceed are left out."""
        return {kind: self._caps(kind) for kind in LIMIT_KINDS}

    def _caps(self, kind: Kind) -> dict[VarietyCap, tuple[int, list[Hosting]]]:
        found: dict[VarietyCap, tuple[int, list[Hosting]]] = {}
        for name, limit in self.groups.policy.limits(LIMIT_KINDS[kind]).items():
            most = math.floor(limit["value"])
            for (region, period, scenario), hostings in self._hostings[kind].items():
                is_meant = limit["scope"] in ("", region) and period in self.groups.policy.periods_of(limit)
                if is_meant and len(hostings) > most:
                    found[name, region, period, scenario] = (most, hostings)
        return found

    @cached_property
    def _hostings(self) -> dict[Kind, dict[tuple[str, str, str], list[Hosting]]]:
        """What may be hosted by (region, period, scenario), by kind that some limit asks for."""
        g = self.groups
        found: dict[Kind, dict[tuple[str, str, str], list[Hosting]]] = {kind: defaultdict(list) for kind in LIMIT_KINDS}
        for kind, limit_kind in LIMIT_KINDS.items():
            if not g.policy.limits(limit_kind):
                continue
            every = dict.fromkeys(self._hosting(kind, d) for d in g.deployments)
            for hosting in every:
                found[kind][hosting[2], hosting[3], hosting[4]].append(hosting)
        return found

    def _hosting(self, kind: Kind, d: "Deployment") -> Hosting:
        g = self.groups
        name = d[1] if kind == "option" else str(g.options[d[1]]["model"])
        return (kind, name, g.region_of[d[2]], d[3], g.risk.scenario_of[d[3], d[4]])

    @cached_property
    def hostings(self) -> list[Hosting]:
        """Everything that some cap counts, each once."""
        return list(dict.fromkeys(h for caps in self.caps.values() for _, hostings in caps.values() for h in hostings))

    @cached_property
    def hosted(self) -> "dict[Hosted, tuple[Hosting, int, list[Deployment]]]":
        """(what it counts as, most replicas, deployments) of each option in a region and slot, by kind of cap."""
        asked = set(self.hostings)
        if not asked:
            return {}
        grouped: dict[Hosted, list[Deployment]] = defaultdict(list)
        for kind in LIMIT_KINDS:
            for d in self.groups.deployments:
                if self._hosting(kind, d) in asked:
                    grouped[kind, d[1], self.groups.region_of[d[2]], d[3], d[4]].append(d)
        return {key: (self._hosting(key[0], ds[0]), sum(map(self.replicas_most, ds)), ds) for key, ds in grouped.items()}

    @cached_property
    def cramped(self) -> list[tuple[str, tuple[str, ...]]]:
        """(limit, workloads) of options_max under 2, where pairs alone may answer and no region admits both options of a pair."""
        g, found = self.groups, dict[str, dict[str, None]]()
        tight = {
            (region, period): name
            for name, limit in g.policy.limits(LIMIT_KINDS["option"]).items() if limit["value"] < 2
            for region in dict.fromkeys(g.region_of.values()) if limit["scope"] in ("", region)
            for period in g.policy.periods_of(limit)
        }  # fmt: skip
        refusable = set(g.service.refusals)
        for want in g.service.fixed if tight else []:
            routes = g.service.answering_routes[want]
            is_apart = bool(routes) and all(r[1] in g.disaggregation.decode_options for r in routes)
            limits = [tight.get((g.region_of[r[2]], want[1])) for r in routes]
            if is_apart and all(limits) and want not in refusable and not g.service.answering_calls[want]:
                found.setdefault(str(limits[0]), {})[want[0]] = None
        return [(limit, tuple(workloads)) for limit, workloads in found.items()]

    def replicas_most(self, d: "Deployment") -> int:
        """Returns the most replicas of a deployment that any plan needs: what carries its pool's traffic, within supply.

        A plan with more keeps every rule without them: beyond traffic, with surges, only the fewest replicas of the pool and
        its spare ones are a reason for a replica. Roles other than aggregated, sized by other rules, are bound by supply.

        Where replicas that start cost something one may be kept for later, of whichever pool: never more at a place than all
        pools need of the option there when they need most. Cut off above that in every slot, a place has enough of them in
        each, and no more of them start.
        """
        g = self.groups
        row = g.options[d[1]]
        if row["role"] != "aggregated":
            return self._fitting(row, d)
        kept = self._kept_most[d[1], d[2]] if g.money.launches else 0
        return min(self._fitting(row, d), max(self._needed(d), kept))

    @cached_property
    def _kept_most(self) -> dict[tuple[str, str], int]:
        """Returns the most replicas that all pools together need of an option at a place in any slot."""
        needed: dict[tuple[str, str, str, str], int] = defaultdict(int)
        for d in self.groups.deployments:
            if self.groups.options[d[1]]["role"] == "aggregated":
                needed[d[1:]] += self._needed(d)
        found: dict[tuple[str, str], int] = defaultdict(int)
        for (option, place, _, _), count in needed.items():
            found[option, place] = max(found[option, place], count)
        return found

    def _needed(self, d: "Deployment") -> int:
        """Returns the replicas of a deployment that carry its pool's traffic, its fewest and its spare ones."""
        g = self.groups
        most = g.service.most_requests_per_s
        busy = math.fsum(most[r[0], d[3], d[4]] * g.service.load(r) for r in g.routes_of_deployment.get(d, ()))
        surge = 1.0 + (g.risk.robust_deviation_share if g.risk.guarded else 0.0)
        share = g.utilisation_max * g.policy.up_share[d[1], d[2]]
        carrying = math.ceil(busy * surge / share) if share > 0 else 0
        return max(carrying, g.replicas_min.get(d[0], 0)) + g.spares.spares(d[0], d[3])

    def _fitting(self, row: Mapping[str, Any], d: "Deployment") -> int:
        """Returns the replicas that fit on all the nodes that may be there."""
        g = self.groups
        bay = g.bay_of[d[1], d[2]]
        nodes = sum(g.nodes_max[f, d[3]] for f in g.offers_of_bay[bay])
        return int(nodes * g.accelerators[bay[0]] // row["gpus"])
