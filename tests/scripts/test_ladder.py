"""The ladder's generator: the same bytes for the same seed, and a relaxation that is that of the whole program."""

import sys
from pathlib import Path

import pytest

from planner import pipeline
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Settings, solve

sys.path.append(str(Path(__file__).parents[2] / "scripts" / "bench"))

import ladder
import ladder_check
from ladder_relaxation import Relaxation


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("ladder") / "s"
    ladder.generate("S", "low", 3, out)
    return out


def test_the_same_seed_writes_the_same_bytes_and_another_does_not(small: Path, tmp_path: Path) -> None:
    ladder.generate("S", "low", 3, tmp_path / "again")
    ladder.generate("S", "low", 4, tmp_path / "other")
    files = sorted(path.name for path in small.iterdir())

    assert all((small / name).read_bytes() == (tmp_path / "again" / name).read_bytes() for name in files)
    assert (small / "demand.csv").read_bytes() != (tmp_path / "other" / "demand.csv").read_bytes()


def test_the_relaxation_is_that_of_the_whole_program(small: Path) -> None:
    coefficients = pipeline.prepare_instance(*pipeline.read(small)).coefficients
    whole = compile_program(build_program(Groups(coefficients))).problem

    expected = solve(whole.relaxed(), Settings(relative_gap=0.0)).objective
    budget_usd = float(coefficients.limits_of("budget_usd")[0]["value"])
    assert Relaxation(coefficients).solve(budget_usd=budget_usd).objective_usd == pytest.approx(expected, rel=1e-7)


def test_a_cap_and_the_budget_of_an_instance_have_a_price(small: Path) -> None:
    instance, catalog = pipeline.read(small)
    coefficients = pipeline.prepare_instance(instance, catalog).coefficients

    assert all(is_met for _, is_met, _ in ladder_check.relaxed(coefficients, {}))
    assert Relaxation(coefficients).solve(budget_usd=None).budget_price == 0.0
