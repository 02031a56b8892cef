"""The masters: the outer one bounds from below, the restricted one from above, and they meet on a world known whole."""

import numpy as np
import pytest

from planner.methods import MethodSettings
from planner.methods.cells import cell_problem, cells, read_pattern
from planner.methods.crew import Crew
from planner.methods.master import Cut, chosen_nodes, outer_master, restricted_master
from planner.methods.relaxation import price_steps, relaxation
from planner.methods.segments import make_segments
from planner.program.groups import Groups
from planner.solvers import Settings, solve_here
from tests.worlds import tiny

BAY = ("2xT", "here")
ASK = Settings(relative_gap=1e-9, log=False)


def parts():
    """Returns groups, cells and segments of the hand world."""
    groups = Groups(tiny())
    with Crew(1) as crew:
        relaxed, _ = relaxation(groups, crew, MethodSettings())
    assert relaxed is not None
    return groups, cells(groups), make_segments(relaxed.nodes_at_most, price_steps(groups))


def test_one_cut_and_one_pattern_a_cell_settle_the_hand_world():
    """With one bay, V(1) is the fewest nodes of a slot: 2, 1, 3, 1; contracts over them cost 2,400 usd."""
    groups, slots, segments = parts()
    cuts, patterns, fewest = [], [], []
    for cell in slots:
        problem, columns = cell_problem(cell, segments, np.ones(len(segments.bays)))
        solution = solve_here(problem, ASK)
        patterns.append([read_pattern(cell, columns, solution.values)])
        cuts.append([Cut(np.ones(len(segments.bays)), solution.bound)])
        fewest.append(round(solution.objective))
    lower, lower_columns = outer_master(groups, slots, segments, cuts)
    upper, _ = restricted_master(groups, slots, segments, patterns)
    below, above = solve_here(lower, ASK), solve_here(upper, ASK)

    assert fewest == [2, 1, 3, 1]
    assert below.bound == pytest.approx(2400.0)
    assert above.objective == pytest.approx(2400.0)
    assert [chosen_nodes(lower_columns, below.values, i, cell, segments)[BAY] for i, cell in enumerate(slots)] == fewest


def test_without_cuts_the_outer_master_costs_nothing():
    """No cut, no need: the bound is 0, never more than it can prove."""
    groups, slots, segments = parts()
    lower, _ = outer_master(groups, slots, segments, [[] for _ in slots])

    assert solve_here(lower, ASK).objective == pytest.approx(0.0)


def test_a_weaker_bound_gives_a_weaker_master():
    """A cut at half its value may not raise the master."""
    groups, slots, segments = parts()
    prices = np.ones(len(segments.bays))
    full, _ = outer_master(groups, slots, segments, [[Cut(prices, 2.0)] for _ in slots])
    half, _ = outer_master(groups, slots, segments, [[Cut(prices, 1.0)] for _ in slots])

    assert solve_here(half, ASK).objective < solve_here(full, ASK).objective
