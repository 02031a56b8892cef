"""The masters: the outer one bounds from below, the restricted one from above, and they meet on a world known whole."""

import numpy as np
import pytest

from planner.methods.master import amount_shares, chosen_nodes, outer_master, restricted_master
from planner.methods.oracle import Cut, Prices, oracle_problem
from planner.program.groups import Groups
from planner.solvers import Settings, solve_here
from tests.methods.hand_world import guided
from tests.worlds import tiny

KEY = ("cover", "2xT", "here")
ASK = Settings(relative_gap=1e-9, log=False)


def ones(segments) -> Prices:
    """Returns 1 usd a node."""
    return Prices(np.ones(len(segments.keys)), np.zeros(0))


def test_one_cut_and_one_pattern_a_cell_settle_the_hand_world():
    """With one bay, V(1) is the fewest nodes of a slot: 2, 1, 3, 1; contracts over them cost 2,400 usd."""
    split, _, oracles, segments = guided(Groups(tiny()))
    cuts, patterns, fewest = [], [], []
    for oracle in oracles:
        solution = solve_here(oracle_problem(oracle, segments, ones(segments)), ASK)
        patterns.append([oracle.pattern(np.rint(solution.values[: len(oracle.projected.kept)]))])
        cuts.append([Cut(ones(segments), solution.bound)])
        fewest.append(round(solution.objective))
    lower = outer_master(split, oracles, segments, cuts)
    upper = restricted_master(split, oracles, segments, patterns)
    below, above = solve_here(lower.problem, ASK), solve_here(upper.problem, ASK)

    assert fewest == [2, 1, 3, 1]
    assert below.bound == pytest.approx(2400.0)
    assert above.objective == pytest.approx(2400.0)
    assert [nodes[KEY] for nodes in chosen_nodes(lower, below.values, oracles, segments)] == fewest


def test_without_cuts_the_outer_master_costs_nothing():
    """No cut, no need: the bound is 0, never more than it can prove."""
    split, _, oracles, segments = guided(Groups(tiny()))
    lower = outer_master(split, oracles, segments, [[] for _ in oracles])

    assert solve_here(lower.problem, ASK).objective == pytest.approx(0.0)


def test_a_weaker_bound_gives_a_weaker_master():
    """A cut at half its value may not raise the master."""
    split, _, oracles, segments = guided(Groups(tiny()))
    full = outer_master(split, oracles, segments, [[Cut(ones(segments), 2.0)] for _ in oracles])
    half = outer_master(split, oracles, segments, [[Cut(ones(segments), 1.0)] for _ in oracles])

    assert solve_here(half.problem, ASK).objective < solve_here(full.problem, ASK).objective


def test_tiny_prices_of_amounts_are_made_safe_or_the_cut_is_left_out() -> None:
    """Raised where the amount is never negative and the price is positive, 0 where negative; both weaken the cut."""
    cut = Cut(Prices(np.zeros(0), np.array([5e-15, -5e-15, 3.0])), 10.0)
    never, maybe = (0.0, 9.0), (-1.0, 9.0)

    assert amount_shares(cut, [never, never, maybe]) == pytest.approx([1e-9, 0.0, 0.3])
    assert amount_shares(cut, [maybe, never, never]) is None
    assert amount_shares(Cut(cut.prices, 0.0), [never, never, never]) is None
