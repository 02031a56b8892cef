"""The worked numbers of docs/erdil.md are what the code computes."""

import re
from pathlib import Path

import numpy as np
import pytest

from planner.economics.erdil_collectives import CollectiveKind, collective_time
from planner.economics.erdil_devices import find_device
from planner.economics.erdil_latency import Layout, Workload, kernel_s, network_parts, roofline_parts
from planner.economics.erdil_layouts import step_latency_s
from planner.economics.erdil_models import find_model

PAGE = Path(__file__).parents[2] / "docs" / "erdil.md"
H100 = find_device("H100")


def worked_numbers() -> dict[str, float]:
    section = PAGE.read_text().split("## Worked numbers")[1].split("\n## ")[0]
    found = re.findall(r"^\| ([^|]+) \| ([0-9.]+) [^|]+ \|$", section, re.MULTILINE)
    return {label: float(number) for label, number in found}


def empty_message_us(kind: CollectiveKind, ranks: float, nodes: float) -> float:
    arrays = (np.array([value]) for value in (ranks, nodes, 0.0))
    return float(collective_time(H100, kind, *arrays, is_overlapped=True).total_s[0]) * 1e6


def test_every_worked_number_of_the_page_is_recomputed():
    llama, deepseek = find_model("Llama_3_70B"), find_model("DeepSeek_V3")
    ones = np.ones(1)
    job = Workload(8 * ones, ones, 0.0)
    network_ms = 1e3 * float(network_parts(llama, H100, job, Layout(ones, ones, False)).total_s[0])
    memory_ms = 1e3 * float(roofline_parts(llama, H100, job, ones, ones).total_s[0])
    launch_ms = 1e3 * kernel_s(llama, H100)
    below, above = 1 / step_latency_s("v2", deepseek, H100, Workload(np.full(2, 32.0), np.array([55.9, 56]), 0.0))
    computed = {
        "all-reduce of 8 ranks in one H100 node, no bytes": empty_message_us("allreduce", 8.0, 1.0),
        "hand-over between two pipeline stages, no bytes": empty_message_us("p2p", 2.0, 2.0),
        "Llama 3 70B bf16, 8 H100, 1 sequence, 1D: launches": launch_ms,
        "the same: network": network_ms,
        "the same: memory": memory_ms,
        "the same: step": launch_ms + network_ms + memory_ms,
        "DeepSeek-V3, 32 H100, 55.9 sequences (experts not spread)": below,
        "DeepSeek-V3, 32 H100, 56 sequences (experts spread)": above,
        "Llama 3 405B parameters as counted": find_model("Llama_3_405B").parameters / 1e9,
        "DeepSeek-V3 KV cache per token as counted": deepseek.kv_bytes_per_token / 1e3,
    }
    numbers = worked_numbers()

    assert set(numbers) == set(computed)
    for label, value in computed.items():
        assert numbers[label] == pytest.approx(value, rel=1e-3), label
