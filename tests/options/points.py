"""Operating points made by hand: a place that is only a name, a size and a span."""

from types import SimpleNamespace
from typing import Any

from planner.options.rates import Point

NAN = float("nan")


def place(name: str, gpus: int = 1, node_type: str = "8xT", nodes_per_replica: int = 1, role: str = "aggregated") -> Any:
    """Returns what dominance reads of a place."""
    return SimpleNamespace(
        name=name, node_type=node_type, nodes_per_replica=nodes_per_replica, layout=SimpleNamespace(gpus=gpus),
        variant=SimpleNamespace(name=name), role=role,
    )  # fmt: skip


def point(workload: str, where: Any, requests_per_s: float, batch: float = 8.0, network_ms_max: float = NAN) -> Point:
    """Returns an operating point."""
    return Point(workload, where, batch, requests_per_s, 100.0, 20.0, 1000.0, network_ms_max, "memory", "modelled")
