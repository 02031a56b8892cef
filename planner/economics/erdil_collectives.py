"""Time of one collective operation: the best of three NCCL protocols, or a law of hops for TPU and Groq."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from planner.economics.erdil_devices import ErdilDevice
from planner.economics.erdil_models import FloatArray

CollectiveKind = Literal["allreduce", "all-to-all", "p2p"]


@dataclass(frozen=True)
class Protocol:
    """An NCCL protocol: latency per hop in a node, per doubling of nodes, and its share of link bandwidth.

    The constants are the tree rows of NCCL 2.18 to 2.20 (quirk 14: `Simple` has 28 us a hop and is hardly ever best).
    """

    name: str
    hop_s: float
    node_doubling_s: float
    bandwidth_share: float


LL = Protocol("LL", 0.6e-6, 5e-6, 0.5)
LL128 = Protocol("LL128", 1.25e-6, 8.5e-6, 0.95)
SIMPLE = Protocol("Simple", 28e-6, 28e-6, 1.0)
PROTOCOLS = (LL, LL128, SIMPLE)
HOP_LATENCY_S = 1e-6
"""Latency per rank of the TPU and Groq law."""


class CollectiveTime(NamedTuple):
    """Latency and bandwidth part of a collective, seconds; their sum is its duration."""

    latency_s: FloatArray
    bandwidth_s: FloatArray

    @property
    def total_s(self) -> FloatArray:
        """Duration."""
        return self.latency_s + self.bandwidth_s


def protocol_latency_s(
    device: ErdilDevice, protocol: Protocol, kind: CollectiveKind, ranks: FloatArray, nodes: FloatArray
) -> FloatArray:
    """Returns m [(R/n - 1) hop + log2(n) doubling] + base, m = 2 for an all-reduce and 1 otherwise; 0 for R <= 1.

    Quirk 15: linear in the ranks of a node, as in a ring, though the constants are a tree's.
    """
    latency_s = _latency_s(device, protocol, kind, ranks / nodes - 1, np.log2(nodes))
    return np.where(ranks <= 1, 0.0, latency_s)


def _latency_s(
    device: ErdilDevice, protocol: Protocol, kind: CollectiveKind, hops: FloatArray, doublings: FloatArray
) -> FloatArray:
    """Latency from the hops inside a node and the doublings between nodes."""
    traversals = 2 if kind == "allreduce" else 1
    base_s = {"LL": device.ll_base_s, "LL128": device.ll128_base_s}.get(protocol.name, 0.0)
    hop_s, node_doubling_s = traversals * protocol.hop_s, traversals * protocol.node_doubling_s
    return np.asarray(hops * hop_s + (doublings * node_doubling_s + base_s))


def _link_s(
    device: ErdilDevice,
    kind: CollectiveKind,
    ranks: FloatArray,
    nodes: FloatArray,
    payload_bytes: FloatArray,
    is_overlapped: bool,
) -> FloatArray:
    """Time on the links at full bandwidth: (R-n) S / (R W_in) and (n-1) S / (R W_out), 0 for R <= 1.

    The larger of the two when `is_overlapped` (v2), else their sum (v1, and the paper); half for all but all-reduce.
    """
    intranode = np.maximum(0, ranks - nodes) / device.intranode_bytes_per_s
    internode = (nodes - 1) / device.internode_bytes_per_s
    both = np.maximum(intranode, internode) if is_overlapped else intranode + internode
    share = 1.0 if kind == "allreduce" else 0.5
    return np.where(ranks <= 1, 0.0, share * both / ranks) * payload_bytes


def collective_time(
    device: ErdilDevice,
    kind: CollectiveKind,
    ranks: FloatArray,
    nodes: FloatArray,
    payload_bytes: FloatArray,
    is_overlapped: bool,
) -> CollectiveTime:
    """Returns the time to move `payload_bytes` (the whole reduced tensor) among real-valued `ranks` on `nodes`.

    The protocol with the least latency_p + link time / bandwidth share_p is taken.

    Parameters
    ----------
    ranks, nodes, payload_bytes
        Arrays that broadcast together; one rank or less takes no time.
    is_overlapped
        Whether links inside and between nodes work at once (v2) or one after the other (v1).
    """
    if device.collective == "hops":
        return _hops_time(device, kind, ranks, payload_bytes)
    wire_s = _link_s(device, kind, ranks, nodes, payload_bytes, is_overlapped)
    hops, doublings = ranks / nodes - 1, np.log2(nodes)
    latency_s = _latency_s(device, LL, kind, hops, doublings)
    total_s = latency_s + wire_s / LL.bandwidth_share
    for protocol in (LL128, SIMPLE):
        other_latency_s = _latency_s(device, protocol, kind, hops, doublings)
        other_s = other_latency_s + wire_s / protocol.bandwidth_share
        latency_s = np.where(other_s < total_s, other_latency_s, latency_s)
        total_s = np.minimum(total_s, other_s)
    is_alone = ranks <= 1
    return CollectiveTime(np.where(is_alone, 0.0, latency_s), np.where(is_alone, 0.0, total_s - latency_s))


def _hops_time(device: ErdilDevice, kind: CollectiveKind, ranks: FloatArray, payload_bytes: FloatArray) -> CollectiveTime:
    """M (R - 1) 1 us + (R - 1) S / (R W_out), the second half for all but all-reduce."""
    traversals, share = (2, 1.0) if kind == "allreduce" else (1, 0.5)
    hops = np.maximum(ranks - 1, 0.0)
    latency_s = traversals * hops * HOP_LATENCY_S
    return CollectiveTime(latency_s, share * hops * payload_bytes / (ranks * device.internode_bytes_per_s))
