"""Settings: defaults of the documentation, ranges, threads."""

import os

import pytest

from planner.errors import SolverError
from planner.solvers import Settings


def test_defaults_are_the_documented_ones():
    settings = Settings()

    assert (settings.solver, settings.relative_gap, settings.time_limit_s, settings.seed) == ("highs", 0.01, None, 0)


def test_all_processors_of_the_process_are_the_default():
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()

    assert Settings().thread_count() == allowed
    assert Settings(threads=3).thread_count() == 3


def test_engines_are_asked_for_a_slightly_tighter_gap():
    assert 0.0099 < Settings(relative_gap=0.01).engine_gap() < 0.01


def test_native_options_are_copied_and_frozen():
    options = {"presolve": "off"}
    settings = Settings(native=options)
    options["presolve"] = "on"

    assert settings.native["presolve"] == "off"
    with pytest.raises(TypeError):
        settings.native["presolve"] = "on"


@pytest.mark.parametrize(
    "wrong", [{"time_limit_s": -1.0}, {"relative_gap": float("nan")}, {"absolute_gap": -1.0}, {"threads": 0}, {"seed": -1}]
)
def test_a_number_out_of_range_is_refused_by_name(wrong):
    with pytest.raises(SolverError, match=f"solver settings: {next(iter(wrong))}"):
        Settings(**wrong)
