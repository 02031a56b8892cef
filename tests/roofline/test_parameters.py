"""Levels and factors meet exactly the candidates of their scope."""

import numpy as np
import pytest

from planner.errors import InputError
from planner.roofline.candidates import from_rows
from planner.roofline.parameters import Parameter, efficiencies, scope_exponent, setting
from tests.roofline.machines import row

MADE = from_rows(
    [
        row("llama-3.1-8b", "bf16", "1xH100-SXM", 16),
        row("gpt-oss-20b", "mxfp4", "8xMI355X"),
        row("deepseek-r1", "nvfp4", "8xB200-SXM", dp=8, ep=8),
        row("llama-3.1-8b", "fp8", "8xL40S", tp=2),
        row("llama-3.1-8b", "fp8", "72xGB300"),
    ]
)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("all", [1, 1, 1, 1, 1]), ("generation=hopper", [1, 0, 0, 0, 0]), ("vendor=AMD", [0, 1, 0, 0, 0]),
        ("generation=blackwell|blackwell_ultra", [0, 0, 1, 0, 1]), ("format=16bit", [1, 0, 0, 0, 0]),
        ("format=4bit", [0, 1, 1, 0, 0]), ("format=8bit", [0, 0, 0, 1, 1]), ("moe", [0, 1, 1, 0, 0]), ("mla", [0, 0, 1, 0, 0]),
        ("fabric=pcie", [0, 0, 0, 1, 0]), ("host=grace", [0, 0, 0, 0, 1]), ("moe&vendor=AMD", [0, 1, 0, 0, 0]),
        ("engine=vllm", [1, 1, 1, 1, 1]), ("engine=sglang", [0, 0, 0, 0, 0]), ("kv_spread", [0, 0, 1, 0, 0]),
    ],
)  # fmt: skip
def test_a_scope_holds_where_all_its_terms_hold(scope: str, expected: list[int]) -> None:
    assert scope_exponent(scope, MADE, setting("vllm", 2025.5)).tolist() == expected


def test_factors_multiply_the_level_and_shares_stay_below_one() -> None:
    parameters = [
        Parameter("memory_share", "all", 0.8),
        Parameter("memory_share", "vendor=AMD", 0.5),
        Parameter("memory_share", "generation=hopper", 3.0),
    ]

    assert efficiencies(parameters, MADE, setting()).memory_share == pytest.approx(np.array([0.98, 0.4, 0.8, 0.8, 0.8]))


def test_years_are_exponents() -> None:
    parameters = [Parameter("step_overhead_s", "all", 1e-3), Parameter("step_overhead_s", "year", 0.5)]

    assert efficiencies(parameters, MADE, setting("vllm", 2026.0)).step_overhead_s[0] == pytest.approx(1e-3 * 0.5**0.5)


def test_unknown_names_are_all_told() -> None:
    with pytest.raises(InputError) as caught:
        efficiencies([Parameter("magic", "all", 1.0), Parameter("memory_share", "moon=full", -1.0)], MADE, setting())

    assert len(caught.value.faults) == 3
