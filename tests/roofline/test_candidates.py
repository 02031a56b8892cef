"""The door from catalog units to SI, and layouts that cannot exist."""

import numpy as np
import pytest

from planner.errors import InputError
from planner.roofline.candidates import FIELDS, from_rows
from tests.roofline.machines import row, shipped, varied


def test_catalog_units_become_si() -> None:
    one = from_rows([row("llama-3.1-70b", "fp8", "8xH100-SXM", tp=8)])

    assert one.memory_byte_per_s[0] == 3.35e12
    assert one.rate_flop_per_s[0] == 1.978e15
    assert one.scale_up_byte_per_s[0] == 450e9
    assert one.memory_bytes[0] == shipped().accelerators["H100-SXM"].memory_gib * 2**30 > 79 * 2**30
    assert one.accelerators[0] == 8


def test_weights_below_16_bit_at_the_16_bit_rate_are_weight_only() -> None:
    rows = [
        row("gpt-oss-120b", "mxfp4", "8xH100-SXM", tp=8),
        row("gpt-oss-120b", "mxfp4", "8xMI355X", tp=8),
        row("llama-3.1-8b", "bf16", "1xH100-SXM"),
    ]

    assert from_rows(rows).is_weight_only.tolist() == [1, 0, 0]


def test_impossible_layouts_are_all_named() -> None:
    with pytest.raises(InputError) as caught:
        from_rows([row("llama-3.1-8b", "bf16", "1xH100-SXM", tp=0), row("mixtral-8x7b", "fp8", "8xH100-SXM", tp=8, ep=3)])

    assert len(caught.value.faults) == 2
    assert "ep=3" in str(caught.value)


def test_taking_and_making_commute() -> None:
    rows = varied()
    order = np.array([5, 2, 9])
    taken, made = from_rows(rows).take(order), from_rows([rows[i] for i in order])

    assert all(np.array_equal(getattr(taken, name), getattr(made, name)) for name in FIELDS)
