"""Legal layouts: divisor chains of replica sizes, heads that split, links that carry tensor parallelism."""

import dataclasses
import itertools

import pytest

from planner.inputs.policy import Deployment
from planner.options.layouts import Layout, legal_layouts, replica_sizes
from tests.small_instances import shipped_catalog

CATALOG = shipped_catalog()
NODES, MODELS = CATALOG.node_types, CATALOG.models


def names(model: str, node_type: str, **wishes) -> list[str]:
    """Returns the names of the legal layouts of a model on a node type."""
    return [layout.name for layout in legal_layouts(MODELS[model], NODES[node_type], Deployment(**wishes))]


@pytest.mark.parametrize(
    ("node_type", "sizes"),
    [("1xH100-SXM", [1]), ("8xH100-SXM", [1, 2, 4, 8]), ("72xGB200", [1, 2, 4, 8, 72]), ("4xGB200", [1, 2, 4])],
)
def test_sizes_inside_a_node(node_type, sizes):
    assert replica_sizes(NODES[node_type]) == sizes


@pytest.mark.parametrize("node_type", sorted(NODES))
def test_sizes_form_a_divisor_chain_that_ends_in_the_node(node_type):
    node = NODES[node_type]
    sizes = replica_sizes(node)

    assert sizes[-1] == node.accelerators
    assert all(large % small == 0 and large > small for small, large in itertools.pairwise(sizes))


@pytest.mark.parametrize("node_type", sorted(NODES))
def test_replicas_over_nodes_need_a_fabric_and_take_whole_nodes(node_type):
    node = NODES[node_type]
    more = [size for size in replica_sizes(node, 3) if size > node.accelerators]

    assert more == ([2 * node.accelerators, 3 * node.accelerators] if node.scale_out_gb_per_s else [])


def test_28_heads_split_on_4_not_on_8():
    model = MODELS["qwen2.5-7b"]

    assert (model.q_heads, model.kv_heads) == (28, 4)
    assert names("qwen2.5-7b", "8xH100-SXM") == ["tp1", "tp2", "tp4"]


def test_40_heads_split_on_8():
    model = MODELS["qwen2.5-14b"]

    assert (model.q_heads, model.kv_heads) == (40, 8)
    assert names("qwen2.5-14b", "8xH100-SXM") == ["tp1", "tp2", "tp4", "tp8"]


def test_kv_heads_are_replicated_where_tp_is_a_multiple_of_them():
    narrow = next(
        m for m in MODELS.values() if 1 < m.kv_heads < 8 and m.q_heads % 8 == 0 and not m.kv_lora_rank and not m.experts
    )

    assert 8 % narrow.kv_heads == 0
    assert "tp8" in names(narrow.model, "8xH100-SXM")


def test_kv_heads_that_neither_split_nor_replicate_evenly_are_illegal():
    """40 query heads over 10 KV heads: 4 ranks would hold 2.5 KV heads each."""
    odd = dataclasses.replace(MODELS["qwen2.5-14b"], q_heads=40, kv_heads=10)
    found = [layout.name for layout in legal_layouts(odd, NODES["8xH100-SXM"], Deployment())]

    assert found == ["tp1", "tp2"]


def test_latent_attention_has_one_kv_head_that_every_rank_holds():
    assert "tp8" in names("deepseek-r1", "8xH200-SXM")


def test_tensor_parallelism_over_pcie_is_legal_inside_the_node():
    assert NODES["8xL40S"].scale_up_kind == "pcie"
    assert names("llama-3.1-8b", "8xL40S") == ["tp1", "tp2", "tp4", "tp8"]


def test_tp_max_caps_the_degree():
    assert names("llama-3.1-8b", "8xH100-SXM", tp_max=2) == ["tp1", "tp2"]
    assert names("llama-3.1-8b", "72xGB200") == ["tp1", "tp2", "tp4", "tp8"]
    assert "tp72" not in names("llama-3.1-8b", "72xGB200", tp_max=72), "32 heads do not split on 72"


def test_tp_stays_inside_the_scale_up_domain():
    split = [n for n in NODES.values() if n.scale_up_kind != "pcie" and 1 <= n.scale_up_domain < n.accelerators]
    for node in split:
        degrees = [layout.tp for layout in legal_layouts(MODELS["llama-3.1-8b"], node, Deployment(tp_max=72))]

        assert max(degrees) <= node.scale_up_domain


def test_pipelines_fill_the_sizes():
    found = names("llama-3.1-8b", "8xH100-SXM", pp_max=2)

    assert found == ["tp1", "tp2", "pp2", "tp4", "tp2pp2", "tp8", "tp4pp2"]


def test_two_nodes_hold_a_pipeline_of_whole_nodes():
    layouts = list(legal_layouts(MODELS["llama-3.1-405b"], NODES["8xH100-SXM"], Deployment(pp_max=2, nodes_per_replica_max=2)))

    assert Layout(tp=8, pp=2) in layouts
    assert max(layout.gpus for layout in layouts) == 16
    assert all(layout.tp <= 8 for layout in layouts)


def test_expert_parallelism_is_for_mixtures_whose_experts_divide():
    experts = MODELS["deepseek-r1"].experts

    assert experts == 256
    assert [n for n in names("deepseek-r1", "72xGB200") if "ep" in n] == ["dp2ep2", "dp4ep4", "dp8ep8"], (
        "256 experts do not divide by 72"
    )
    assert not [n for n in names("deepseek-r1", "8xH200-SXM", has_expert_parallel=False) if "ep" in n]
    assert not [n for n in names("llama-3.1-8b", "8xH200-SXM") if "ep" in n]


@pytest.mark.parametrize("model", ["llama-3.1-8b", "deepseek-r1", "gpt-oss-120b", "qwen2.5-7b"])
def test_every_layout_uses_exactly_its_accelerators_once(model):
    layouts = list(legal_layouts(MODELS[model], NODES["8xH200-SXM"], Deployment(pp_max=4, nodes_per_replica_max=2)))

    assert len(set(layouts)) == len(layouts)
    assert len({layout.name for layout in layouts}) == len(layouts), "names tell layouts apart"
    for layout in layouts:
        assert layout.gpus == layout.tp * layout.pp * layout.dp
        assert layout.gpus in replica_sizes(NODES["8xH200-SXM"], 2)
        assert (layout.tp * layout.dp) % layout.ep == 0
