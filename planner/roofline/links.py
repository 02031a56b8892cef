"""Collective and point-to-point times from message size, ranks and fabric: latency floor and pipelined bandwidth.

A ring or tree over g ranks moves 2 (g - 1) / g of the message over each link; chunked so that latency a and wire time w
overlap best, it takes (sqrt(a) + sqrt(w))^2 = a + w + 2 sqrt(a w) (optimal pipelining, Hoefler & Moor 2014).
Worked: 16 MiB over 8 H100s: a = 3.6 us, w = 2 x 7/8 x 16.8 MB / 427 GB/s = 69 us, time 104 us (measured 100-122 us).
"""

import numpy as np

from planner.roofline.calibration import Efficiencies, Values
from planner.roofline.candidates import Candidates, Floats


def pipelined_s(latency: Values, wire: Values) -> Floats:
    """Returns seconds of a chunked transfer of wire time `wire` s with a latency of `latency` s a hop."""
    return np.asarray(latency + wire + 2 * np.sqrt(latency * wire))


def latency_s(ranks: Floats, efficiencies: Efficiencies) -> Floats:
    """Returns the floor of a collective over `ranks` inside the scale-up domain: grows as (ranks / 2)^growth."""
    growth = np.asarray((np.maximum(ranks, 2) / 2) ** efficiencies.collective_latency_growth)
    return growth * efficiencies.collective_latency_s


def all_reduce_s(candidates: Candidates, ranks: Floats, message_bytes: Floats, efficiencies: Efficiencies) -> Floats:
    """Returns seconds of one all-reduce of `message_bytes` over `ranks`; 0 for a single rank.

    Beyond the scale-up domain it is hierarchical: reduce-scatter and all-gather inside, all-reduce of the shard across.
    """
    inside = np.minimum(ranks, candidates.scale_up_domain)
    wire = _wire_s(candidates, inside, 2 * message_bytes, efficiencies)
    time = np.where(inside > 1, pipelined_s(latency_s(inside, efficiencies), wire), 0.0)
    return time + _across_s(candidates, ranks, inside, 2 * message_bytes / np.maximum(inside, 1), efficiencies)


def all_to_all_s(candidates: Candidates, ranks: Floats, message_bytes: Floats, efficiencies: Efficiencies) -> Floats:
    """Returns seconds for every rank to send `message_bytes` spread evenly over `ranks`.

    The part that leaves the domain moves at the scale-out rate while the rest moves inside.
    """
    inside = np.minimum(ranks, candidates.scale_up_domain)
    share_out = 1 - inside / ranks
    wire = _wire_s(candidates, inside, message_bytes * (1 - share_out), efficiencies)
    time = np.where(inside > 1, pipelined_s(latency_s(inside, efficiencies), wire), 0.0)
    out_wire = message_bytes * share_out / _scale_out(candidates, efficiencies)
    out = np.where(share_out > 0, pipelined_s(efficiencies.scale_out_latency_s, out_wire), 0.0)
    return np.maximum(time, out)


def point_to_point_s(candidates: Candidates, message_bytes: Floats, efficiencies: Efficiencies) -> Floats:
    """Returns seconds to hand `message_bytes` from one pipeline stage to the next."""
    is_inside = candidates.accelerators <= candidates.scale_up_domain
    inside = pipelined_s(efficiencies.collective_latency_s, message_bytes / _scale_up(candidates, efficiencies))
    outside = pipelined_s(efficiencies.scale_out_latency_s, message_bytes / _scale_out(candidates, efficiencies))
    return np.where(is_inside, inside, outside)


def _wire_s(candidates: Candidates, ranks: Floats, message_bytes: Floats, efficiencies: Efficiencies) -> Floats:
    return (ranks - 1) / ranks * message_bytes / _scale_up(candidates, efficiencies)


def _across_s(candidates: Candidates, ranks: Floats, inside: Floats, message_bytes: Floats, efficiencies: Efficiencies) -> Floats:
    domains = np.ceil(ranks / inside)
    wire = (domains - 1) / domains * message_bytes / _scale_out(candidates, efficiencies)
    return np.where(domains > 1, pipelined_s(efficiencies.scale_out_latency_s, wire), 0.0)


def _scale_up(candidates: Candidates, efficiencies: Efficiencies) -> Floats:
    return np.maximum(candidates.scale_up_byte_per_s * efficiencies.link_share, 1e6)


def _scale_out(candidates: Candidates, efficiencies: Efficiencies) -> Floats:
    return np.maximum(candidates.scale_out_byte_per_s * efficiencies.scale_out_share, 1e6)
