"""Layouts and formats of stated setups."""

import pytest

from planner.options.setups import kv_bits_of, layout, node_for, year_of
from tests.roofline.machines import shipped

CATALOG = shipped()
DENSE, MIXTURE = CATALOG.models["llama-3.1-70b"], CATALOG.models["deepseek-r1"]


def cells(**stated: float) -> dict[str, float | None]:
    return {name: stated.get(name) for name in ("tp", "pp", "ep", "attention_dp", "n_accelerators")}


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"tp": 8, "n_accelerators": 8}, (8, 1, 1, 1)),
        ({"tp": 8, "ep": 8, "n_accelerators": 8}, (8, 1, 8, 1)),
        ({"tp": 1, "ep": 8, "attention_dp": 64, "n_accelerators": 8}, (1, 1, 8, 8)),
        ({"tp": 4, "ep": 16, "attention_dp": 4, "n_accelerators": 4}, (1, 1, 4, 4)),
        ({"tp": 1, "ep": 8, "n_accelerators": 8}, (1, 1, 8, 8)),
        ({"tp": 2, "pp": 2, "n_accelerators": 4}, (2, 2, 1, 1)),
        ({}, (1, 1, 1, 1)),
    ],
)
def test_layouts_use_every_accelerator_once(stated: dict[str, float], expected: tuple[int, int, int, int]) -> None:
    assert layout(cells(**stated), MIXTURE) == expected


def test_dense_models_have_no_expert_groups() -> None:
    assert layout(cells(tp=8, ep=8), DENSE) == (8, 1, 1, 1)


def test_silent_kv_precision_follows_the_weights() -> None:
    precisions, machines = CATALOG.precisions, CATALOG.accelerators

    assert kv_bits_of(None, precisions["bf16"], machines["H100-SXM"]) == 16
    assert kv_bits_of(None, precisions["fp8"], machines["H100-SXM"]) == 8
    assert kv_bits_of(None, precisions["fp8"], machines["A100-80GB-SXM"]) == 16
    assert kv_bits_of("fp8", precisions["bf16"], machines["H100-SXM"]) == 8
    assert kv_bits_of("16bit", precisions["fp8"], machines["H100-SXM"]) == 16
    assert kv_bits_of(None, precisions["mxfp4"], machines["H100-SXM"]) == 16


@pytest.mark.parametrize(
    ("date", "year"), [("2025", 2025.5), ("2025-01", 2025.0), ("2026-07-31", 2026.5), (None, 2025.5), ("soon", 2025.5)]
)
def test_dates_become_decimal_years(date: str | None, year: float) -> None:
    assert year_of(date) == pytest.approx(year)


def test_every_accelerator_has_a_node() -> None:
    for accelerator in CATALOG.accelerators.values():
        assert node_for(CATALOG, accelerator).accelerator == accelerator.accelerator
