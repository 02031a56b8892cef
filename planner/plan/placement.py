"""Replicas on numbered nodes: first fit, largest first, in every node type, region and block."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from planner.errors import Fault, UnsatisfiableError
from planner.options.coefficients import Coefficients
from planner.options.places import provider_of_place, zone_of_offer, zone_of_place
from planner.plan.plan import PLACEMENT

FILL_ORDER = {"purchase": 0, "reserved": 1, "owned": 2, "on_demand": 3, "spot": 4}
"""Nodes held anyway are filled first, so that replicas stay where they are from block to block."""


@dataclass
class _Node:
    """A numbered node while it is being filled."""

    name: str
    offer: str
    provider: str
    size: int
    free: int = field(init=False)
    is_devoted: bool = False
    """Whether prefill or decode replicas stand on it."""

    def __post_init__(self) -> None:
        self.free = self.size

    @property
    def is_devotable(self) -> bool:
        """Whether prefill or decode replicas may come: the node is empty, or carries such replicas alone."""
        return self.is_devoted or self.free == self.size


def place_replicas(deployments: pd.DataFrame, nodes: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the placement table; raises UnsatisfiableError naming every place whose replicas do not fit.

    First fit decreasing is exact while replica sizes form a divisor chain that ends in the node size. Replicas over
    several nodes go first and take whole nodes of one provider; then prefill and decode replicas, on empty nodes of their
    provider. The numbers of an offer's nodes are the same in every block.
    """
    columns = ["option", "node_type", "gpus", "nodes_per_replica", "role"]
    wanted = deployments.merge(coefficients.options[columns], on="option")
    places = [str(place) for place in wanted["place"]]
    wanted = wanted.assign(
        zone=list(map(zone_of_place, places)), provider=list(map(provider_of_place, places)),
        is_devoted=(wanted["role"] != "aggregated") & (wanted["nodes_per_replica"] == 1),
    )  # fmt: skip
    order = {"nodes_per_replica": False, "is_devoted": False, "gpus": False, "pool": True, "option": True, "place": True}
    wanted = wanted.sort_values(list(order), ascending=list(order.values()))
    there = nodes.merge(coefficients.offers[["offer", "node_type", "region", "provider", "accelerators", "kind"]], on="offer")
    zones = [zone_of_offer(str(region), str(kind)) for region, kind in zip(there["region"], there["kind"], strict=True)]
    there = there.assign(zone=zones).sort_values(["kind", "offer"], key=lambda s: s.map(FILL_ORDER) if s.name == "kind" else s)
    labels = node_labels(coefficients.offers)
    bay = ["period", "block", "node_type", "zone"]
    stock = {key: list(group.itertuples(index=False)) for key, group in there.groupby(bay, sort=False)}
    sites = {str(option): set(group) for option, group in coefficients.sites.groupby("option")["offer"]}
    rows: list[tuple[object, ...]] = []
    faults: list[Fault] = []
    for key, group in wanted.groupby(bay, sort=True):
        made = _numbered(stock.get(key, []), labels)
        _fill(key, list(group.itertuples(index=False)), made, sites, rows, faults)
    if faults:
        raise UnsatisfiableError(faults)
    placed = pd.DataFrame(rows, columns=list(PLACEMENT.names))
    return PLACEMENT.check(placed, "placement")


def node_labels(offers: pd.DataFrame) -> dict[str, str]:
    """Returns by offer the name of its nodes before the number: `8xH100-SXM@us-virginia/aws/reserved_1y`.

    Where two offers would share a name, the whole offer name stands behind the `@`.
    """
    unique = offers.drop_duplicates("offer")
    last = pd.Series([str(name).rpartition("/")[2] for name in unique["offer"]], index=unique.index, dtype=object)
    contract = unique["provider"] + "/" + last
    contract = contract.where(unique["kind"] != "owned", "owned/" + last).where(unique["kind"] != "purchase", "purchase")
    label = unique["node_type"] + "@" + unique["region"] + "/" + contract
    label = label.where(~label.duplicated(keep=False), unique["node_type"] + "@" + unique["offer"])
    return dict(zip(unique["offer"], label, strict=True))


def _numbered(stock: Sequence[Any], labels: dict[str, str]) -> list[_Node]:
    return [
        _Node(f"{labels[row.offer]}#{number}", row.offer, row.provider, int(row.accelerators))
        for row in stock
        for number in range(1, int(row.nodes) + 1)
    ]


def _fill(
    key: Any,
    wanted: Sequence[Any],
    nodes: list[_Node],
    sites: Mapping[str, set[str]],
    rows: list[tuple[object, ...]],
    faults: list[Fault],
) -> None:
    """Appends the placement rows of one node type, region and block; appends a fault for what does not fit."""
    period, block, node_type, region = key
    first = 0
    for row in wanted:
        while first < len(nodes) and nodes[first].free == 0:
            first += 1
        usable = sites.get(row.option, set())
        if row.nodes_per_replica > 1:
            placed = _spanning(row, nodes, usable)
        elif row.is_devoted:
            mine = [node for node in nodes if node.provider == row.provider and node.is_devotable]
            placed = _inside(row, mine, 0, usable, is_devoted=True)
        else:
            placed = _inside(row, nodes, first, usable)
        done = 0
        for done, taken in enumerate(placed, start=1):
            name = f"{row.pool}|{row.option}|{row.place}#{done}"
            share = int(row.gpus) // len(taken)
            rows += [(period, block, node.name, node.offer, name, row.pool, row.option, share) for node in taken]
        if done < row.replicas:
            faults.append(
                Fault(
                    f"placement on {node_type} in {region} in {period}/{block}",
                    f"room for {row.replicas} replicas of {row.option} ({row.gpus} accelerators each) for {row.pool}",
                    f"room for {done} on {len(nodes)} nodes",
                )
            )


def _inside(row: Any, nodes: Sequence[_Node], first: int, usable: set[str], is_devoted: bool = False) -> Iterable[list[_Node]]:
    """Yields the node of each replica that stands inside one node, the first with room from number `first` on."""
    left = int(row.replicas)
    for position in range(first, len(nodes)):
        node = nodes[position]
        while left and node.free >= row.gpus and node.offer in usable:
            node.free -= int(row.gpus)
            node.is_devoted |= is_devoted
            left -= 1
            yield [node]
        if not left:
            return


def _spanning(row: Any, nodes: Sequence[_Node], usable: set[str]) -> Iterable[list[_Node]]:
    """Yields the whole nodes of each replica over several nodes, all of the place's provider."""
    empty = [n for n in nodes if n.free == n.size and n.provider == row.provider and n.offer in usable]
    count = int(row.nodes_per_replica)
    for start in range(0, min(len(empty) // count, int(row.replicas)) * count, count):
        taken = empty[start : start + count]
        for node in taken:
            node.free = 0
        yield taken
