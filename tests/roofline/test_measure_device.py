"""The device measurement script: its plan and its arithmetic, without a device."""

import csv
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.roofline.machines import shipped

SCRIPT = Path(__file__).parents[2] / "scripts" / "calibration" / "measure_device.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("measure_device", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["measure_device"] = module
    spec.loader.exec_module(module)
    return module


def test_a_dry_run_writes_a_row_for_every_ceiling(tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    subprocess.run(
        [sys.executable, str(SCRIPT), "--accelerator", "MI300X", "--dry-run", "--quick", "--out", str(out)], check=True
    )
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))

    assert {"memory_share", "compute_share_16bit", "compute_share", "kv_memory_share", "layer_overhead_s"} <= {
        r["efficiency"] for r in rows
    }
    assert all(float(r["value"]) == 0.75 for r in rows if r["unit"] != "s")
    assert {r["source_kind"] for r in rows} == {"modelled"}


def test_a_measured_time_becomes_a_share_of_the_datasheet(script: ModuleType) -> None:
    copy = script.probes(shipped().accelerators["H100-SXM"], is_quick=False)[0]
    row = script.result_row("H100-SXM", copy, copy.work / 3.0e12)

    assert row["value"] == pytest.approx(3.0 / 3.35, rel=1e-5)
    assert row["unit"] == "byte/s"


def test_few_rows_probe_memory_and_many_probe_arithmetic(script: ModuleType) -> None:
    found = {
        p.rows: p.efficiency
        for p in script.probes(shipped().accelerators["H100-SXM"], is_quick=False)
        if p.name.startswith("gemm bf16")
    }

    assert found[1] == found[64] == "memory_share"
    assert found[4096] == "compute_share_16bit"


def test_accelerators_without_8_bit_arithmetic_probe_16_bit_only(script: ModuleType) -> None:
    found = script.probes(shipped().accelerators["A100-80GB-SXM"], is_quick=True)

    assert not any("fp8" in probe.name for probe in found)
