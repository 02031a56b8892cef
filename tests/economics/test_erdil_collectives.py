"""Time of a collective by hand: protocols, where they change, and the law of hops."""

import numpy as np
import pytest

from planner.economics.erdil_collectives import LL, LL128, SIMPLE, collective_time, protocol_latency_s
from planner.economics.erdil_devices import find_device

H100 = find_device("H100")


def time_of(kind, ranks, nodes, payload_bytes, is_overlapped=True, device=H100):
    arrays = (np.array([float(value)]) for value in (ranks, nodes, payload_bytes))
    return collective_time(device, kind, *arrays, is_overlapped)


def best_at(payload_bytes):
    """The protocol in use: the one whose latency the time has."""
    latency_s = float(time_of("allreduce", 8, 1, payload_bytes).latency_s[0])
    ranks, nodes = np.array([8.0]), np.array([1.0])
    known = {protocol.name: protocol_latency_s(H100, protocol, "allreduce", ranks, nodes) for protocol in (LL, LL128, SIMPLE)}
    return next(name for name, value in known.items() if float(value[0]) == pytest.approx(latency_s))


def test_eight_ranks_in_a_node_pay_two_times_seven_hops_and_a_base():
    assert time_of("allreduce", 8, 1, 0).total_s[0] == pytest.approx(2 * 7 * 0.6e-6 + 6.8e-6)


def test_a_message_in_a_node_moves_seven_eighths_of_itself_at_half_the_link_under_ll():
    assert time_of("allreduce", 8, 1, 1e6).bandwidth_s[0] == pytest.approx(7 / 8 * 1e6 / 225e9 / 0.5)


def test_all_to_all_pays_half_the_latency_above_base_and_half_the_bytes():
    reduce, exchange = time_of("allreduce", 8, 2, 1e5), time_of("all-to-all", 8, 2, 1e5)

    assert exchange.bandwidth_s[0] == pytest.approx(reduce.bandwidth_s[0] / 2)
    assert exchange.latency_s[0] - 6.8e-6 == pytest.approx((reduce.latency_s[0] - 6.8e-6) / 2)


def test_links_inside_and_between_nodes_overlap_in_v2_and_add_up_in_v1():
    intra_s = (16 - 2) * 1e6 / (16 * 225e9) / 0.5
    inter_s = (2 - 1) * 1e6 / (16 * 25e9) / 0.5

    assert time_of("allreduce", 16, 2, 1e6).bandwidth_s[0] == pytest.approx(max(intra_s, inter_s))
    assert time_of("allreduce", 16, 2, 1e6, is_overlapped=False).bandwidth_s[0] == pytest.approx(intra_s + inter_s)


def test_protocols_change_near_four_megabytes_and_near_two_gigabytes():
    assert best_at(1e6) == "LL"
    assert best_at(3.5e6) == "LL"
    assert best_at(5.5e6) == "LL128"
    assert best_at(1.6e9) == "LL128"
    assert best_at(2.2e9) == "Simple"


@pytest.mark.parametrize("device", ["H100", "TPU_v4"])
def test_one_rank_or_less_takes_no_time(device):
    for ranks in (0.5, 1.0):
        assert time_of("allreduce", ranks, 1, 1e9, device=find_device(device)).total_s[0] == 0


def test_tpu_pays_a_microsecond_a_hop_and_its_outer_link():
    reduce = time_of("allreduce", 4, 4, 1e6, device=find_device("TPU_v4"))

    assert reduce.latency_s[0] == pytest.approx(2 * 3 * 1e-6)
    assert reduce.bandwidth_s[0] == pytest.approx(3 / 4 * 1e6 / 250e9)
