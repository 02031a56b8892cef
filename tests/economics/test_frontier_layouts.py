"""Layouts of a frontier: sizes, degrees that divide, and what the accelerator can run."""

import pytest

from planner.economics.frontier_layouts import kv_bits, layout_rows, layouts, sizes, widest_node
from tests.roofline.machines import shipped


def names(model, node_type):
    catalog = shipped()
    return {layout.name for layout in layouts(catalog.models[model], catalog.node_types[node_type])}


def test_replicas_are_powers_of_two_then_whole_nodes():
    nodes = shipped().node_types

    assert sizes(nodes["8xH100-SXM"]) == [1, 2, 4, 8, 16, 24, 32]
    assert sizes(nodes["72xGB200"])[-5:] == [64, 72, 144, 216, 288]
    assert sizes(nodes["8xL4"]) == [1, 2, 4, 8]


def test_dense_layouts_stay_inside_the_fabric():
    found = names("llama-3.1-70b", "8xH100-SXM")

    assert {"tp1", "tp8", "tp4pp2", "tp8pp4"} <= found
    assert not any("dp" in name or "tp16" in name for name in found)
    assert {"tp16", "tp32", "tp64"} <= names("llama-3.1-70b", "72xGB200")


def test_experts_spread_over_all_ranks_that_divide_them():
    found = names("deepseek-v3", "8xH200-SXM")

    assert {"dp8ep8", "tp8ep8", "tp2dp4ep8", "dp32ep32"} <= found
    assert "dp24ep24" not in found


@pytest.mark.parametrize("accelerator", ["H100-SXM", "GB200", "MI300X", "L4"])
def test_every_row_is_a_replica_that_exists(accelerator):
    catalog = shipped()
    rows = layout_rows(catalog, catalog.models["llama-3.1-70b"], catalog.precisions["bf16"], accelerator)

    assert rows
    assert all(row.node.node_type == widest_node(catalog, accelerator).node_type for row in rows)
    assert all(row.model.q_heads % row.tp == 0 for row in rows)


def test_what_an_accelerator_cannot_compute_has_no_row():
    catalog = shipped()

    assert layout_rows(catalog, catalog.models["llama-3.1-70b"], catalog.precisions["nvfp4"], "MI300X") == []


def test_the_cache_has_eight_bits_where_weights_and_arithmetic_do():
    catalog = shipped()
    fp8, bf16 = catalog.precisions["fp8"], catalog.precisions["bf16"]

    assert kv_bits(fp8, catalog.accelerators["H100-SXM"]) == 8
    assert kv_bits(bf16, catalog.accelerators["H100-SXM"]) == 16
    assert kv_bits(catalog.precisions["int4-awq"], catalog.accelerators["A100-80GB-SXM"]) == 16
