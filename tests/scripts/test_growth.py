"""The growth bench: sizes along one dimension change that one alone, and slopes are the powers of the figures."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts" / "bench"))
import growth


@pytest.mark.parametrize("name", growth.STEPS)
def test_a_step_changes_one_dimension(name: str) -> None:
    for size in growth.STEPS[name]:
        found = growth.rung(name, size)
        changed = [
            field
            for field in ("workloads", "models", "regions", "periods", "blocks", "caps")
            if getattr(found, field) != getattr(growth.BASE, field)
        ]
        assert changed in ([], [name])
        assert (len(found.blocks) if name == "blocks" else getattr(found, name)) == size


def test_slopes_are_powers() -> None:
    """Columns in proportion, preparing as the square, compiling not at all, the whole as the power 1.5."""
    rows = [
        {"size": n, "columns": 7 * n, "prepare_cpu_s": 0.3 * n**2, "compile_cpu_s": 2.0, "all_cpu_s": 5 * n**1.5}
        for n in (1, 2, 4, 8)
    ]
    assert growth.slope_of(rows) == {"columns": 1.0, "prepare_cpu_s": 2.0, "compile_cpu_s": 0.0, "all_cpu_s": 1.5}
