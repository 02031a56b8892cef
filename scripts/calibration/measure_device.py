"""Measures the ceilings that the core assumes on the accelerator at hand and writes calibration rows.

usage: python scripts/calibration/measure_device.py --accelerator NAME [--out FILE.csv] [--quick] [--dry-run]

Measured with PyTorch (CUDA or ROCm): memory bandwidth of a copy, GEMM by rows and precision, decode attention over a large
cache, the gap between small kernels. Each becomes a row `efficiency, scope, value, measured, ceiling` comparable with
catalogs/calibration/parameters.csv. --dry-run prints the plan and runs the arithmetic on made-up times, without PyTorch.
"""

import argparse
import csv
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from planner.inputs.catalog import load_catalog  # noqa: E402
from planner.inputs.hardware import Accelerator  # noqa: E402
from planner.units import BYTES_PER_GB, FLOP_PER_TFLOP  # noqa: E402

FIELDS = ("accelerator", "efficiency", "probe", "value", "measured", "unit", "ceiling", "source_kind")
GEMM_ROWS = (1, 16, 64, 256, 1024, 4096, 8192)
WIDTH = 8192
SLEEP_FREE_KERNELS = 200


@dataclass(frozen=True)
class Probe:
    """One thing to time: its efficiency, work in `unit` (bytes or FLOP) a run, and the datasheet's ceiling per second."""

    name: str
    efficiency: str
    unit: str
    work: float
    ceiling_per_s: float
    rows: int = 0
    precision: str = "bf16"


def probes(accelerator: Accelerator, *, is_quick: bool) -> list[Probe]:
    """Returns what is timed on an accelerator."""
    bandwidth = accelerator.memory_gb_per_s * BYTES_PER_GB
    size = 2**28 if is_quick else 2**31
    found = [Probe("copy", "memory_share", "byte", 2.0 * size, bandwidth)]
    formats = [("bf16", accelerator.bf16_tflops, 2.0), ("fp8", accelerator.fp8_tflops, 1.0)]
    for precision, tflops, weight_byte in [one for one in formats if one[1]]:
        for rows in GEMM_ROWS[:: 3 if is_quick else 1]:
            flop, streamed = 2.0 * rows * WIDTH * WIDTH, weight_byte * WIDTH * WIDTH
            is_memory = streamed / bandwidth > flop / ((tflops or 1.0) * FLOP_PER_TFLOP)
            name = f"gemm {precision} {rows} rows"
            if is_memory:
                found.append(Probe(name, "memory_share", "byte", streamed, bandwidth, rows, precision))
            else:
                share = "compute_share_16bit" if precision == "bf16" else "compute_share"
                found.append(Probe(name, share, "FLOP", flop, (tflops or 1.0) * FLOP_PER_TFLOP, rows, precision))
    cache = 64 * 8 * 128 * 2 * 2.0 * (1024 if is_quick else 8192)
    found.append(Probe("decode attention", "kv_memory_share", "byte", cache, bandwidth))
    return [*found, Probe("launch gap", "layer_overhead_s", "kernel", 1.0, 1.0)]


def result_row(accelerator: str, probe: Probe, seconds: float) -> dict[str, str | float]:
    """Returns one row: the share of the ceiling reached, or for the launch gap the seconds themselves."""
    is_gap = probe.unit == "kernel"
    rate = probe.work / seconds
    value = seconds if is_gap else rate / probe.ceiling_per_s
    return {
        "accelerator": accelerator, "efficiency": probe.efficiency, "probe": probe.name, "value": float(f"{value:.6g}"),
        "measured": float(f"{seconds if is_gap else rate:.6g}"), "unit": "s" if is_gap else f"{probe.unit}/s",
        "ceiling": "" if is_gap else probe.ceiling_per_s, "source_kind": "measured",
    }  # fmt: skip


def made_up_s(probe: Probe) -> float:
    """Returns the time of a dry run: three quarters of every ceiling, 4 us a kernel."""
    return 4e-6 if probe.unit == "kernel" else probe.work / probe.ceiling_per_s / 0.75


def torch_timer() -> Callable[[Probe], float]:
    """Returns a function that times a probe on the first device, seconds a run (median of 20 after warm-up)."""
    import torch

    if not torch.cuda.is_available():
        sys.exit("no CUDA or ROCm device is visible to PyTorch")

    timed = partial(_median_s, torch)

    def run(probe: Probe) -> float:
        if probe.name == "copy":
            source = torch.empty(int(probe.work) // 2, dtype=torch.uint8, device="cuda")
            target = torch.empty_like(source)
            return timed(lambda: target.copy_(source))
        if probe.name == "decode attention":
            length = int(probe.work / (64 * 8 * 128 * 2 * 2))
            query = torch.randn(64, 64, 1, 128, dtype=torch.bfloat16, device="cuda")
            key, value = (torch.randn(64, 8, length, 128, dtype=torch.bfloat16, device="cuda") for _ in range(2))
            attend = torch.nn.functional.scaled_dot_product_attention
            return timed(lambda: attend(query, key, value, enable_gqa=True))
        if probe.name == "launch gap":
            small = torch.zeros(1, device="cuda")
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                for _ in range(SLEEP_FREE_KERNELS):
                    small.add_(1)
            return timed(graph.replay) / SLEEP_FREE_KERNELS
        return _gemm_s(torch, timed, probe)

    return run


def _median_s(torch: ModuleType, work: Callable[[], object], runs: int = 20) -> float:
    """Times work on the device: the median of `runs` after warm-up."""
    for _ in range(5):
        work()
    times = []
    for _ in range(runs):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        work()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end) * 1e-3)
    return sorted(times)[runs // 2]


def _gemm_s(torch: object, timed: Callable[[Callable[[], object]], float], probe: Probe) -> float:
    """Times rows x WIDTH times WIDTH x WIDTH; several weights in turn, so that none stays in the last-level cache."""
    t = torch
    rows = max(probe.rows, 16) if probe.precision == "fp8" else probe.rows
    weights = [t.randn(WIDTH, WIDTH, dtype=t.bfloat16, device="cuda") for _ in range(6)]  # type: ignore[attr-defined]
    inputs = t.randn(rows, WIDTH, dtype=t.bfloat16, device="cuda")  # type: ignore[attr-defined]
    if probe.precision == "fp8":
        one = t.ones((), device="cuda")  # type: ignore[attr-defined]
        small = [w.to(t.float8_e4m3fn).t() for w in weights]  # type: ignore[attr-defined]
        narrow = inputs.to(t.float8_e4m3fn)  # type: ignore[attr-defined]
        multiply = t._scaled_mm  # type: ignore[attr-defined]  # noqa: SLF001
        return timed(lambda: [multiply(narrow, w, one, one, out_dtype=t.bfloat16) for w in small]) / 6  # type: ignore[attr-defined]
    return timed(lambda: [inputs @ w for w in weights]) / 6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accelerator", required=True, help="catalog name of the device at hand")
    parser.add_argument("--out", type=Path, help="CSV (default: standard output)")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--dry-run", action="store_true")
    args = parser.parse_args()
    catalog = load_catalog()
    name = catalog.resolve("accelerator", args.accelerator)
    planned = probes(catalog.accelerators[name], is_quick=args.quick)
    timer = made_up_s if args.dry_run else torch_timer()
    rows = [result_row(name, probe, timer(probe)) for probe in planned]
    target = args.out.open("w", newline="", encoding="utf-8") if args.out else sys.stdout
    try:
        writer = csv.DictWriter(target, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows([row | ({"source_kind": "modelled"} if args.dry_run else {}) for row in rows])
    finally:
        if args.out:
            target.close()


if __name__ == "__main__":
    main()
