"""Conversion factors against their definitions; they live in one file."""

import ast
import math
from pathlib import Path

import pytest

from planner import units

ROOT = Path(__file__).parents[1] / "planner"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BYTES_PER_GIB", 1024**3),
        ("BYTES_PER_GB", 1e9),
        ("FLOP_PER_TFLOP", 1e12),
        ("BITS_PER_BYTE", 8),
        ("MS_PER_S", 1000),
        ("S_PER_MS", 1e-3),
        ("SECONDS_PER_MINUTE", 60),
        ("CENTS_PER_USD", 100),
        ("REQUESTS_PER_THOUSAND", 1000),
        ("SECONDS_PER_HOUR", 3600),
        ("HOURS_PER_DAY", 24),
        ("HOURS_PER_WEEK", 7 * 24),
        ("HOURS_PER_YEAR", 365.25 * 24),
        ("HOURS_PER_COMMON_YEAR", 365 * 24),
        ("HOURS_PER_MONTH", 365.25 * 2),
        ("WATT_PER_KW", 1000),
        ("TOKENS_PER_MTOK", 1e6),
        ("PARAMETERS_PER_BILLION", 1e9),
        ("EARTH_RADIUS_KM", 6371.0),
    ],
)
def test_factor_is_its_definition(name, value):
    assert getattr(units, name) == value


def test_light_in_fibre_is_two_thirds_of_light_in_vacuum():
    assert math.isclose(units.KM_PER_S_IN_FIBRE, 299_792.458 / 1.4682, rel_tol=1e-4)


def test_no_other_file_repeats_a_conversion():
    """A literal 3600 or 8766 elsewhere is a second truth; economics may quote a paper's own constants."""
    numbers = (3600, 8766, 1024**3, 730.5, 168, 1e12)
    found = [
        f"{path.relative_to(ROOT)}: {node.value}"
        for path in ROOT.rglob("*.py")
        if path.name != "units.py" and "economics" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value in numbers
    ]

    assert found == []
