"""The oracle: the cheapest nodes at any prices, patterns that travel, cuts that no pattern breaks."""

import numpy as np
import pytest

from planner.methods.oracle import Prices, make_oracle, oracle_problem, price_of
from planner.methods.segments import make_segments
from planner.program.groups import Groups
from planner.solvers import Settings, solve_here
from tests.methods.hand_world import guided, split_of, two_regions
from tests.worlds import random_world, tiny

KEY = ("cover", "2xT", "here")
NONE = np.zeros(0)
ASK = Settings(relative_gap=1e-9, log=False)


def answer(oracle, segments, prices):
    """Returns the oracle's solution and its pattern."""
    solution = solve_here(oracle_problem(oracle, segments, prices), ASK)
    return solution, oracle.pattern(np.rint(solution.values[: len(oracle.projected.kept)]))


def test_an_oracle_finds_the_cheapest_nodes_at_any_prices():
    """12 requests/s are 3 replicas in all: 2 of them, or all 3, where nodes are cheaper: west takes both nodes at 1 against 5."""
    (cell,) = split_of(two_regions(is_roaming=True)).cells
    oracle = make_oracle(cell)
    segments = make_segments(dict.fromkeys(oracle.keys, 2.0), {key: [50] for key in oracle.keys})
    prices = Prices(np.where([key[2] == "west" for key in segments.keys], 1.0, 5.0), NONE)
    solution, pattern = answer(oracle, segments, prices)

    assert solution.objective == pytest.approx(2.0)
    assert pattern.nodes == {("cover", "2xT", "east"): 0, ("cover", "2xT", "west"): 2}


def test_a_cheaper_later_segment_waits_for_the_earlier_one():
    """Three nodes at 5, then 1 each: 5 + 1 + 1, not 3."""
    cell = next(c for c in split_of(Groups(tiny())).cells if c.slot == ("q2", "day"))
    segments = make_segments({KEY: 2.5}, {KEY: [50]})
    prices = Prices(np.where(segments.lower < 1, 5.0, 1.0), NONE)

    assert answer(make_oracle(cell), segments, prices)[0].objective == pytest.approx(7.0)


def test_a_start_is_a_point_of_the_oracle():
    """The pattern that answered is feasible, integers and segment order included, at other prices too."""
    cell = next(c for c in split_of(Groups(tiny())).cells if c.slot == ("q2", "day"))
    oracle, segments = make_oracle(cell), make_segments({KEY: 2.5}, {KEY: [50]})
    _, pattern = answer(oracle, segments, Prices(np.ones(len(segments.keys)), NONE))
    problem = oracle_problem(oracle, segments, Prices(np.where(segments.lower < 1, 5.0, 1.0), NONE), pattern)

    assert problem.violation(problem.start).largest <= 1e-9
    assert problem.objective(problem.start) == pytest.approx(7.0)


def test_a_pattern_of_a_harder_cell_serves_an_easier_one():
    """Day of q2 asks most; its pattern passes down, and what is given back serves the lighter demand exactly."""
    oracles = {cell.slot: make_oracle(cell) for cell in split_of(Groups(tiny())).cells}
    heavy, light = oracles["q2", "day"], oracles["q1", "night"]
    segments = make_segments({KEY: 2.5}, {KEY: [50]})
    _, pattern = answer(heavy, segments, Prices(np.ones(len(segments.keys)), NONE))
    full = light.projected.restore(pattern.values)

    assert heavy.is_harder_than(light)
    assert not light.is_harder_than(heavy)
    assert np.all(light.cell.matrix @ full >= light.cell.row_lower - 1e-9)
    assert np.all(light.cell.matrix @ full <= light.cell.row_upper + 1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_no_cut_excludes_a_pattern(seed):
    """For random prices the oracle's bound is at most the price of every pattern of the cell."""
    rng = np.random.default_rng(seed)
    _, _, oracles, segments = guided(Groups(random_world(seed)))
    for oracle in oracles:
        asked = [Prices(rng.uniform(0.1, 9.0, len(segments.keys)), NONE) for _ in range(3)]
        answers = [solve_here(oracle_problem(oracle, segments, prices), ASK) for prices in asked]
        patterns = []
        for found in answers:
            if found.values is not None:
                values = found.values[: len(oracle.projected.kept)]
                patterns.append(oracle.pattern(np.where(oracle.cell.is_integer[oracle.projected.kept], np.rint(values), values)))

        for prices, found in zip(asked, answers, strict=True):
            for pattern in patterns:
                assert found.bound <= price_of(pattern, prices, segments) + 1e-6
