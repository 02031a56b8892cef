"""What the family `disaggregation` sums over: prompts handed from prefill to decode replicas; empty where no pair is offered."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from planner.options.places import provider_of_place
from planner.tables import records

if TYPE_CHECKING:
    from planner.program.groups import Deployment, Groups, Route

Handover = tuple[str, str, str, str, str, str]
"""(workload, prefill option, decode option, place, period, block)"""
Fabric = tuple[str, str, str, str, str]
"""(node_type, zone, provider, period, block)"""


@dataclass(frozen=True)
class DisaggregationGroups:
    """Prepared sets of disaggregated serving."""

    groups: "Groups"

    @cached_property
    def prefill_options(self) -> set[str]:
        """Options that only work off prompts: they answer nobody."""
        return {name for name, row in self.groups.options.items() if row["role"] == "prefill"}

    @cached_property
    def decode_options(self) -> set[str]:
        """Options that only make tokens: they need prompts from prefill replicas."""
        return {name for name, row in self.groups.options.items() if row["role"] == "decode"}

    @cached_property
    def _reach_ms(self) -> dict[tuple[str, str], list[tuple[str, float]]]:
        """(prefill option, longest network round trip) by (workload, decode option)."""
        found: dict[tuple[str, str], list[tuple[str, float]]] = defaultdict(list)
        for row in records(self.groups.coefficients.pairs):
            reach = float("inf") if row["network_ms_max"] is None else float(row["network_ms_max"])
            found[str(row["workload"]), str(row["decode_option"])].append((str(row["prefill_option"]), reach))
        return dict(found)

    def prefills_at(self, workload: str, decode: str, place: str) -> list[str]:
        """Returns the prefill options that may hand over to a decode option at a place: on its fabric, promises kept."""
        network_ms = self.groups.network_ms.get((workload, self.groups.region_of[place]), float("inf"))
        pairs = self._reach_ms.get((workload, decode), [])
        return [name for name, reach in pairs if network_ms <= reach and (name, place) in self.groups.bay_of]

    def answers(self, workload: str, option: str, place: str) -> bool:
        """Says whether an option may answer a workload at a place: not if it only works off prompts, or nobody does it for it."""
        if option in self.decode_options:
            return bool(self.prefills_at(workload, option, place))
        return option not in self.prefill_options

    @cached_property
    def loose_of_bay(self) -> "dict[tuple[str, str, str, str], list[Deployment]]":
        """Deployments by bay, without those that stand on nodes devoted to them."""
        devoted = {d for found in self.sharing_of_fabric.values() for d in found}
        return {key: [d for d in found if d not in devoted] for key, found in self.groups.deployments_of_bay.items()}

    @cached_property
    def handovers_of_route(self) -> "dict[Route, list[Handover]]":
        """Handovers by the decode route that they feed."""
        return {
            (w, o, p, t, b): [(w, one, o, p, t, b) for one in self.prefills_at(w, o, p)]
            for w, o, p, t, b in self.groups.routes
            if o in self.decode_options
        }

    @cached_property
    def handovers(self) -> list[Handover]:
        """Every handover that may be."""
        return [handover for found in self.handovers_of_route.values() for handover in found]

    @cached_property
    def handovers_of_prefill(self) -> "dict[Deployment, list[Handover]]":
        """Handovers by the deployment of prefill replicas that sends them."""
        grouped: dict[Deployment, list[Handover]] = defaultdict(list)
        for handover in self.handovers:
            w, prefill, _, p, t, b = handover
            grouped[self.groups.pool_of[w], prefill, p, t, b].append(handover)
        return dict(grouped)

    @cached_property
    def load_factor(self) -> float:
        """Load of a prefill replica to plan for, over its forecast: robust demand may exceed it.

        A pool with pairs has one workload, whose worst case is the smaller of the budget and one full deviation.
        """
        return 1.0 + min(self.groups.risk.robust_budget, 1.0) * self.groups.risk.robust_deviation_share

    @cached_property
    def sharing_of_fabric(self) -> "dict[Fabric, list[Deployment]]":
        """Deployments of replicas with a role inside a node, by the fabric their cache crosses, in bays of several providers.

        A bay of one provider is one fabric: there such replicas stand like any other.
        """
        providers: dict[tuple[str, str], set[str]] = defaultdict(set)
        for name, offer in self.groups.offers.items():
            providers[str(offer["node_type"]), self.groups.zone_of_offer[name]].add(str(offer["provider"]))
        apart = self.prefill_options | self.decode_options
        grouped: dict[Fabric, list[Deployment]] = defaultdict(list)
        for d in self.groups.deployments if apart else []:
            node_type, zone = self.groups.bay_of[d[1], d[2]]
            is_inside = d[1] in apart and self.groups.options[d[1]]["nodes_per_replica"] == 1
            if is_inside and len(providers[node_type, zone]) > 1:
                grouped[node_type, zone, provider_of_place(d[2]), d[3], d[4]].append(d)
        return dict(grouped)

    @cached_property
    def fabrics_of_bay(self) -> dict[tuple[str, str, str, str], list[Fabric]]:
        """Fabrics with nodes for such replicas, by (node_type, zone, period, block)."""
        grouped: dict[tuple[str, str, str, str], list[Fabric]] = defaultdict(list)
        for n, r, v, t, b in self.sharing_of_fabric:
            grouped[n, r, t, b].append((n, r, v, t, b))
        return dict(grouped)
