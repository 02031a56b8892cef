"""Rows of the shipped catalog for roofline tests."""

from functools import cache

from planner.inputs.catalog import Catalog, load_catalog
from planner.roofline.candidates import Row


@cache
def shipped() -> Catalog:
    """The shipped catalog, read once."""
    return load_catalog()


def row(
    model: str, precision: str, node_type: str, kv_bits: float = 8.0, tp: int = 1, pp: int = 1, ep: int = 1, dp: int = 1
) -> Row:
    """One candidate by names."""
    catalog = shipped()
    node = catalog.node_types[node_type]
    rate = catalog.precision_support[(node.accelerator, precision)] * 1e12
    accelerator = catalog.accelerators[node.accelerator]
    return Row(catalog.models[model], catalog.precisions[precision], kv_bits, node, accelerator, rate, tp, pp, ep, dp)


def varied() -> list[Row]:
    """Candidates that between them use every branch: dense, MoE, MLA, windows, linear and sparse attention, all layouts."""
    return [
        row("llama-3.1-8b", "bf16", "1xH100-SXM", 16),
        row("llama-3.1-70b", "fp8", "8xH100-SXM", tp=8),
        row("llama-3.1-405b", "fp8", "8xH100-SXM", tp=8, pp=2),
        row("llama-3.1-70b", "bf16", "8xL40S", 16, tp=4, pp=2),
        row("mixtral-8x22b", "int4-awq", "4xA100-80GB-SXM", 16, tp=4),
        row("gpt-oss-120b", "mxfp4", "8xH100-SXM", 16, tp=2),
        row("gpt-oss-20b", "mxfp4", "8xMI355X", tp=1),
        row("deepseek-r1", "fp8", "8xH200-SXM", tp=8, ep=8),
        row("deepseek-r1", "nvfp4", "8xB200-SXM", tp=1, dp=8, ep=8),
        row("deepseek-r1", "fp8", "8xH200-SXM", tp=4, dp=8, ep=32),
        row("glm-5", "fp8", "72xGB300", tp=4, dp=4, ep=16),
        row("qwen3.5-397b-a17b", "fp8", "8xMI300X", tp=8, ep=4),
        row("qwen3-235b-a22b", "nvfp4", "8xB200-SXM", tp=8, ep=2),
        row("gemma-3-27b", "bf16", "2xH100-SXM", 16, tp=2),
        row("llama-4-scout", "fp8", "8xH100-SXM", tp=8),
        row("qwen2-7b", "bf16", "8xA100-80GB-SXM", 16, tp=8),
        row("llama-3.1-8b", "int8", "8xTPU-v6e", 16, tp=4),
    ]
