"""The start of every decomposition: a bound from the relaxation, a first pattern of each cell, an answer told as it is."""

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from planner.methods import MethodSettings
from planner.methods.crew import Crew
from planner.methods.fix_and_optimise import bundled
from planner.methods.started import Started, start, without_plan
from planner.methods.whole import whole_beside
from planner.options.coefficients import Coefficients
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from tests.service_worlds import bought, turned_away
from tests.worlds import tiny


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    """Returns one process."""
    with Crew(1) as found:
        yield found


def begun(groups: Groups, crew: Crew, began: float) -> object:
    """Returns a search at its start, or the relaxation's answer."""
    return start(compile_program(build_program(groups)), groups, MethodSettings(), crew, began)


def test_the_bound_is_the_relaxations_and_cells_have_a_pattern(crew: Crew) -> None:
    """The tiny world's optimum is 2,400 usd."""
    started = begun(Groups(tiny()), crew, time.monotonic())

    assert isinstance(started, Started)
    assert 0 < started.search.bound <= 2400.0
    assert started.search.bound == pytest.approx(started.compiled.problem.objective(started.relaxed))
    assert all(started.search.patterns)
    assert started.search.incumbent == float("inf")


def test_without_a_plan_the_answer_has_none(crew: Crew) -> None:
    started = begun(Groups(tiny()), crew, time.monotonic() - 400.0)
    answer = started.answer("outer", "time")

    assert (answer.status, answer.decision, answer.objective_usd, answer.limit) == ("no_plan", None, None, "time")
    assert answer.bound_usd == started.search.bound
    assert started.left_s < 0 < 400 <= started.wall_s


def test_a_program_without_a_point_is_infeasible(crew: Crew) -> None:
    """No node is supplied at all."""
    coefficients = tiny()
    none = pd.DataFrame(coefficients.supply).assign(nodes_max=0)
    groups = Groups(coefficients.with_tables(supply=none))
    relaxation = begun(groups, crew, time.monotonic())
    answer = without_plan(compile_program(build_program(groups)), relaxation, "outer", 1.0)

    assert not isinstance(relaxation, Started)
    assert (answer.status, answer.decision, answer.method) == ("infeasible", None, "outer")


def test_a_whole_program_without_a_point_is_told_infeasible(crew: Crew) -> None:
    """Half a node would do: the relaxation has a point, whole nodes have none. The optimum of a program with points is kept."""
    started = begun(Groups(tiny()), crew, time.monotonic())
    problem = started.search.split.problem
    none = replace(
        problem, column_upper=np.where(problem.is_integer, np.minimum(problem.column_upper, 0.5), problem.column_upper)
    )
    assert whole_beside(started, none, bundled(started)[1]) == "none"
    assert started.answer("outer", "none").status == "infeasible"

    assert whole_beside(replace(started, settings=MethodSettings(relative_gap=1e-9)), *bundled(started)) == "none"
    assert started.answer("outer", "none").objective_usd == pytest.approx(2400.0)
    assert not started.search.is_by_cuts


@pytest.mark.parametrize("world", [turned_away(), bought()])
def test_where_nothing_else_is_found_and_all_may_go_elsewhere_the_plan_without_nodes_stands(
    world: Coefficients, crew: Crew
) -> None:
    """72 usd for each request/s of a block: 14 of them."""
    started = begun(Groups(world), crew, time.monotonic() - 400.0)
    answer = started.answer("outer", "time")

    assert (answer.status, answer.objective_usd) == ("feasible", pytest.approx(14 * 72.0))
    assert answer.decision.rentals.empty
    assert answer.bound_usd <= answer.objective_usd
