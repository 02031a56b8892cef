"""The shipped accelerators, node types and precision support hang together."""

import pytest

from planner.inputs.catalog import Catalog, load_catalog

WEIGHT_ONLY_NOTE = "weight-only"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def test_the_fleet_reaches_from_a10g_to_gb300_and_to_other_vendors(catalog: Catalog) -> None:
    wanted = {"A10G", "L4", "L40S", "A100-80GB-SXM", "H100-SXM", "H200-SXM", "B200-SXM", "B300-SXM", "GB200", "GB300"}
    wanted |= {"MI300X", "MI325X", "MI350X", "MI355X", "TPU-v5e", "TPU-v6e", "Trainium2", "Trainium3"}

    assert len(catalog.accelerators) >= 22
    assert wanted <= set(catalog.accelerators)


def test_nodes_reach_from_one_accelerator_to_a_rack(catalog: Catalog) -> None:
    nodes = catalog.node_types

    assert {1, 2, 4, 8, 72} <= {node.accelerators for node in nodes.values()}
    assert (nodes["4xGB200"].scale_up_domain, nodes["4xGB200"].is_rack_scale) == (4, False)
    assert (nodes["72xGB200"].scale_up_domain, nodes["72xGB200"].is_rack_scale) == (72, True)


def test_every_accelerator_has_a_node_and_runs_16_bit(catalog: Catalog) -> None:
    assert {node.accelerator for node in catalog.node_types.values()} == set(catalog.accelerators)
    assert all((name, "bf16") in catalog.precision_support for name in catalog.accelerators)


def test_peaks_are_dense(catalog: Catalog) -> None:
    """Halving the width at most doubles the dense rate, four bits at most quadruple it and Blackwell Ultra adds half."""
    for accelerator in catalog.accelerators.values():
        if accelerator.fp8_tflops:
            assert accelerator.fp8_tflops <= 2.05 * accelerator.bf16_tflops or accelerator.vendor == "AWS"
        if accelerator.fp4_tflops and accelerator.vendor == "NVIDIA":
            assert accelerator.fp4_tflops <= 6.5 * accelerator.bf16_tflops
    h100 = catalog.accelerators["H100-SXM"]
    assert (h100.bf16_tflops, h100.fp8_tflops, h100.scale_up_gb_per_s) == (989, 1978, 450)


def test_int8_does_not_run_on_blackwell(catalog: Catalog) -> None:
    runs = {accelerator for accelerator, precision in catalog.precision_support if precision == "int8"}

    assert not runs & {"B200-SXM", "B300-SXM", "GB200", "GB300", "RTX-PRO-6000-SE"}
    assert {"A100-80GB-SXM", "H100-SXM", "L40S"} <= runs


def test_weight_only_formats_run_at_the_16_bit_rate(catalog: Catalog) -> None:
    support = catalog.tables["precision_support"]
    weight_only = [name for name, precision in catalog.precisions.items() if precision.is_weight_only]
    rows = support[support["precision"].isin(weight_only) | support["note"].str.contains(WEIGHT_ONLY_NOTE)]

    assert weight_only == ["int4-awq"]
    assert len(rows) > 40
    assert set(rows["rate_column"]) == {"bf16_tflops"}


def test_native_formats_run_in_their_own_units(catalog: Catalog) -> None:
    support = catalog.precision_support

    assert support["H100-SXM", "fp8"] == 1978
    assert support["B200-SXM", "nvfp4"] == 9000
    assert support["B200-SXM", "mxfp4"] == catalog.accelerators["B200-SXM"].fp8_tflops
    assert support["MI355X", "mxfp4"] == catalog.accelerators["MI355X"].fp4_tflops
    assert ("MI355X", "nvfp4") not in support
    assert support["H100-SXM", "mxfp4"] == catalog.accelerators["H100-SXM"].bf16_tflops
    assert ("TPU-v6e", "fp8") not in support


def test_bits_of_a_weight_include_its_scales(catalog: Catalog) -> None:
    bits = {name: precision.weight_bits for name, precision in catalog.precisions.items()}

    assert bits == {"bf16": 16, "fp8": 8, "int8": 8, "int4-awq": 4 + 20 / 128, "nvfp4": 4.5, "mxfp4": 4.25}


def test_a_node_draws_more_than_its_accelerators(catalog: Catalog) -> None:
    for node in catalog.node_types.values():
        tdp_kw = catalog.accelerators[node.accelerator].tdp_kw
        if tdp_kw is not None:
            assert 1.0 < node.power_kw / (node.accelerators * tdp_kw) < 5.0, node.node_type


def test_nodes_of_one_accelerator_share_its_links_or_have_fewer(catalog: Catalog) -> None:
    for node in catalog.node_types.values():
        accelerator = catalog.accelerators[node.accelerator]
        assert node.scale_up_gb_per_s <= accelerator.scale_up_gb_per_s, node.node_type
        assert node.scale_up_domain <= accelerator.scale_up_domain, node.node_type


def test_a_mesh_of_few_has_fewer_links(catalog: Catalog) -> None:
    nodes = catalog.node_types

    assert nodes["2xMI300X"].scale_up_gb_per_s == nodes["8xMI300X"].scale_up_gb_per_s / 7
    assert nodes["4xMI300X"].scale_up_gb_per_s == nodes["8xMI300X"].scale_up_gb_per_s * 3 / 7
