"""Collective times: worked numbers, one rank, domains and fabrics."""

import numpy as np
import pytest

from planner.roofline.calibration import Efficiencies
from planner.roofline.candidates import from_rows
from planner.roofline.links import all_reduce_s, all_to_all_s, pipelined_s, point_to_point_s
from tests.roofline.machines import row

H100 = from_rows([row("llama-3.1-70b", "fp8", "8xH100-SXM", tp=8)])
TWO_NODES = from_rows([row("llama-3.1-405b", "fp8", "8xH100-SXM", tp=8, pp=2)])
PLAIN = Efficiencies(collective_latency_s=3e-6, collective_latency_growth=0.15, link_share=0.95)


def test_the_worked_number_of_the_docstring() -> None:
    found = all_reduce_s(H100, np.array([8.0]), np.array([2.0**24]), PLAIN)[0]

    assert found == pytest.approx(104e-6, rel=0.02)


def test_one_rank_reduces_for_free() -> None:
    assert all_reduce_s(H100, np.array([1.0]), np.array([1e9]), PLAIN)[0] == 0


def test_pipelining_costs_latency_plus_wire_plus_twice_the_root_of_their_product() -> None:
    assert pipelined_s(4e-6, 9e-6) == pytest.approx(25e-6)


def test_ranks_beyond_the_domain_pay_the_scale_out_fabric() -> None:
    inside = all_reduce_s(H100, np.array([8.0]), np.array([1e6]), PLAIN)[0]
    across = all_reduce_s(H100, np.array([16.0]), np.array([1e6]), PLAIN)[0]

    assert across > inside + 20e-6
    assert all_to_all_s(H100, np.array([16.0]), np.array([1e6]), PLAIN) > all_to_all_s(
        H100, np.array([8.0]), np.array([1e6]), PLAIN
    )


def test_a_stage_on_another_node_is_slower_to_reach() -> None:
    near = point_to_point_s(H100, np.array([1e6]), PLAIN)[0]
    far = point_to_point_s(TWO_NODES, np.array([1e6]), PLAIN)[0]

    assert far > near


def test_no_fabric_between_nodes_is_no_way_between_nodes() -> None:
    lone = from_rows([row("llama-3.1-70b", "bf16", "8xA10G", 16, tp=8)])

    assert all_reduce_s(lone, np.array([16.0]), np.array([1e6]), PLAIN)[0] > 0.1
