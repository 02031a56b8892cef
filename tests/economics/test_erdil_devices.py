"""The paper's devices: figures of both versions, and the rate chosen by the bits of a weight."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from planner.economics.erdil_constants import PROVENANCE, read_devices
from planner.economics.erdil_devices import find_device, load_devices
from planner.errors import InputError

CONSTANTS = Path(__file__).parents[2] / ".." / "shared" / "facts" / "erdil" / "reference" / "constants"


def test_caps_and_the_price_of_h200_differ_between_versions():
    assert find_device("H200", "v1").usd_per_hour == pytest.approx(2.10)
    assert find_device("H200", "v2").usd_per_hour == pytest.approx(2.94)
    assert find_device("H100", "v1").reachable_flop_per_s(16) == 1e15
    assert find_device("H100", "v2").reachable_flop_per_s(16) == pytest.approx(0.7e15)
    assert find_device("H100", "v2").reachable_bytes_per_s == pytest.approx(0.75 * 3.3e12)


def test_the_rate_follows_the_bits_of_a_weight():
    device = find_device("H20")

    assert [device.peak_flop_per_s(bits) for bits in (16, 8, 4)] == [148e12, 296e12, 296e12]


@pytest.mark.parametrize("name", ["A100", "V100", "TPU_v4", "Groq_LPU"])
def test_four_bit_weights_are_refused_where_the_notebook_has_no_rate(name):
    with pytest.raises(InputError, match="4 bits"):
        find_device(name).peak_flop_per_s(4)


def test_an_unknown_device_names_those_that_exist():
    with pytest.raises(InputError, match="H800"):
        find_device("B200")
    with pytest.raises(InputError, match="Groq_LPU"):
        find_device("H800", "v1")


def test_every_row_has_a_source():
    for version in ("v1", "v2"):
        frame = read_devices(version)

        assert {column.name for column in PROVENANCE} <= set(frame.columns)
        assert (frame["source"].str.len() > 0).all()


@pytest.mark.skipif(not CONSTANTS.is_dir(), reason="the published tables of constants are not beside the repository")
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_every_figure_is_the_notebooks(version):
    names = {
        "peak_flops_16bit": "peak_16bit_flop_per_s",
        "peak_flops_8bit": "peak_8bit_flop_per_s",
        "peak_flops_4bit": "peak_4bit_flop_per_s",
        "theoretical_hbm_bandwidth_Bps": "hbm_bytes_per_s",
        "hbm_size_bytes": "hbm_bytes",
        "intranode_allreduce_bandwidth_Bps": "intranode_bytes_per_s",
        "internode_allreduce_bandwidth_Bps": "internode_bytes_per_s",
        "node_size": "node_size",
        "price_dollars_per_hour": "usd_per_hour",
        "kernel_launch_latency_seconds": "kernel_launch_s",
        "arithmetic_utilization_cap": "arithmetic_cap",
        "memory_bwd_utilization_cap": "memory_cap",
    }
    with (CONSTANTS / f"gpus_{version}.csv").open() as file:
        table = list(csv.DictReader(file))

    assert [row["object"] for row in table] == list(load_devices(version))
    for row in table:
        device = find_device(row["object"], version)
        wanted = [float(row[name]) if row[name] else math.nan for name in names]
        assert np.allclose(wanted, [getattr(device, ours) for ours in names.values()], rtol=1e-10, equal_nan=True)
