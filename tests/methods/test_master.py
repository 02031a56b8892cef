"""The masters: the outer one bounds from below, the restricted one from above, and they meet on a world known whole."""

import numpy as np
import pytest
from scipy.sparse import csc_matrix

from planner.methods.master import CUT_SIDE, amount_shares, chosen_nodes, outer_master, restricted_master, unit, unit_usd
from planner.methods.oracle import Cut, Prices, oracle_problem
from planner.program.groups import Groups
from planner.solvers import Settings, solve_here
from tests.methods.hand_world import guided, two_regions
from tests.policy_worlds import limited
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
    never, maybe, one = (0.0, 9.0), (-1.0, 9.0), np.ones(3)

    assert amount_shares(cut, [never, never, maybe], one) == pytest.approx([1e-9, 0.0, 0.3])
    assert amount_shares(cut, [maybe, never, never], one) is None
    assert amount_shares(Cut(cut.prices, 0.0), [never, never, never], one) is None


def test_a_cut_that_asks_for_next_to_nothing_is_left_out() -> None:
    """Beside a cut of 1e9 usd one of 0.01 usd would have an entry of 1e14 at the own cost: engines do not take it."""
    split, _, oracles, segments = guided(two_regions(is_roaming=True, egress_usd=1e4))
    none = Prices(np.zeros(len(segments.keys)), np.zeros(0))
    lower = outer_master(split, oracles, segments, [[Cut(ones(segments), 3.0), Cut(none, 1e9), Cut(none, 0.01)]])

    assert np.abs(lower.problem.values).max() < 1e12
    assert solve_here(lower.problem, ASK).bound == pytest.approx(1e9, rel=1e-6)


@pytest.mark.parametrize(
    ("found", "most"),
    [((0.0, 0.0), 1.0), ((0.0, 1000.0), 1024.0), ((-3000.0, 5.0), 4096.0), ((0.0, 0.25), 0.25), ((0.0, np.inf), 1.0)],
)
def test_a_unit_covers_its_range(found: tuple[float, float], most: float) -> None:
    """A power of two, so that nothing is rounded; 1 where the range says nothing."""
    assert unit(found) == most


def test_a_cost_stands_in_what_it_can_be_or_in_what_cuts_ask_for() -> None:
    """The smaller of both; the cuts' where the cost has no end; 1 where there is neither."""
    assert unit_usd((0.0, 2000.0), [1e3, 1e7]) == 2048.0
    assert unit_usd((0.0, 1e9), [1e3, 1e6]) == 2.0**20
    assert unit_usd((-np.inf, np.inf), [1e3, 1e6]) == 2.0**20
    assert unit_usd((-np.inf, np.inf), []) == 1.0


@pytest.mark.parametrize("is_in_budget", [False, True])
@pytest.mark.parametrize("bound", [1e6, 1e8, 2e8, 1e9, 1e11])
def test_a_little_egress_counts_in_a_cut_of_any_size(bound: float, is_in_budget: bool) -> None:
    """Three nodes and 100 usd of egress fulfil a cut, cheaper than a fourth node at 300 usd: 3 x 300 + 100 = 1,000 usd.

    No more may be told. HiGHS 1.16 takes the 1e-6 by which a whole number may be none (3e-7 nodes are the last 1e-7 of a cut
    of 1e9 usd) and so tells less: 900 usd, a bound too.
    """
    world = two_regions(is_roaming=True, egress_usd=0.01)
    groups = Groups(limited(world.coefficients, "budget_usd", 5000.0)) if is_in_budget else world
    split, _, oracles, segments = guided(groups)
    amounts = np.zeros(len(oracles[0].amount_ranges))
    cut = Cut(Prices(np.full(len(segments.keys), (bound - 100.0) / 3), amounts), bound)
    lower = outer_master(split, oracles, segments, [[cut]])
    entries = csc_matrix((lower.problem.values, lower.problem.row_indices, lower.problem.column_starts))

    assert len(amounts) == is_in_budget
    assert entries[:, lower.places.cost].data == pytest.approx(CUT_SIDE * 2.0**15 / bound)
    found = solve_here(lower.problem, ASK).bound
    assert found is not None
    assert found <= 1000.0 + 1e-6 + 1e-9 * bound
    assert found >= (1000.0 if bound <= 2e8 else 900.0) - 1e-6 - 1e-9 * bound


def test_units_of_amounts_keep_what_is_left_of_a_budget() -> None:
    """Fifteen nodes leave 500 usd of 5,000; the second cut asks for usd of the budget, 21.6 of which its own cost can be."""
    world = limited(two_regions(is_roaming=True, egress_usd=0.01).coefficients, "budget_usd", 5000.0)
    split, _, oracles, segments = guided(Groups(world))

    def ask(egress_usd: float) -> str:
        nothing = np.zeros(len(segments.keys))
        cuts = [Cut(Prices(nothing + 1e6, np.zeros(1)), 15e6), Cut(Prices(nothing, np.array([1000.0])), 1000.0 * egress_usd)]
        return solve_here(outer_master(split, oracles, segments, [cuts]).problem, ASK).status.value

    assert ask(490.0) == "optimal"
    assert ask(530.0) == "infeasible"
