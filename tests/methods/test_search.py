"""The search's memory: what is kept, what is passed on, and that no plan enters that breaks a row."""

import numpy as np

from planner.methods.known import known_of_search
from planner.methods.oracle import Prices, oracle_problem
from planner.methods.search import Search
from planner.program.groups import Groups
from planner.solvers import Settings, solve_here
from tests.methods.hand_world import guided
from tests.worlds import tiny

KEY = ("cover", "2xT", "here")


def hand_search() -> Search:
    """Returns an empty search of the hand world."""
    split, guide, oracles, segments = guided(Groups(tiny()))
    return Search(split, oracles, segments, guide, guide.bound, [len(oracle.projected.demand_rows) for oracle in oracles])


def ask(search: Search, slot: tuple[str, str]) -> tuple[int, Prices]:
    """Asks one cell at 1 usd a node and takes the answer in."""
    position = next(i for i, oracle in enumerate(search.oracles) if oracle.cell.slot == slot)
    prices = Prices(np.ones(len(search.segments.keys)), np.zeros(0))
    problem = oracle_problem(search.oracles[position], search.segments, prices)
    search.take(position, prices, solve_here(problem, Settings(log=False)))
    return position, prices


def test_patterns_pass_down_and_cuts_pass_up():
    """The heaviest cell's pattern serves all four; its cut is its own. The lightest cell's cut holds in all that are harder."""
    heavy, light = hand_search(), hand_search()
    ask(heavy, ("q2", "day"))
    ask(light, ("q1", "night"))

    assert [len(known) for known in heavy.patterns] == [1, 1, 1, 1]
    assert sum(len(known) for known in heavy.cuts) == 1
    assert sum(len(known) for known in light.cuts) == 4
    assert sum(len(known) for known in light.patterns) == 1


def test_a_cell_is_settled_once_its_cut_meets_its_pattern():
    """Asked at 1 usd a node it is settled at these prices, and the lighter ones are not: their own cuts are missing."""
    search = hand_search()
    heavy, prices = ask(search, ("q2", "day"))

    assert search.is_settled(heavy, prices, 0.01)
    assert not search.is_settled(1, prices, 0.01)
    assert search.is_covered(heavy, {KEY: 3})
    assert not search.is_covered(heavy, {KEY: 2})


def test_a_rounded_relaxation_seeds_a_pattern_for_every_cell():
    """Rounded up, the relaxed replicas serve each slot."""
    search = hand_search()
    solution = solve_here(search.split.problem.relaxed(), Settings(log=False))
    search.seed(solution.values)

    assert all(search.patterns)


def test_a_plan_that_breaks_a_row_is_not_kept():
    """Without contracts nothing covers the nodes but rents, which are filled in; beyond their caps there is no plan."""
    search = hand_search()
    ask(search, ("q2", "day"))
    chosen = [known[0] for known in search.patterns]
    search.keep_plan(np.zeros(search.split.problem.columns), chosen)
    kept = search.incumbent
    capped = hand_search()
    ask(capped, ("q2", "day"))
    capped.split.upper[:] = np.minimum(capped.split.upper, 1.0)
    capped.keep_plan(np.zeros(search.split.problem.columns), chosen)

    assert kept == 4 * 3 * 400.0
    assert capped.incumbent == np.inf


def test_a_bound_above_a_checked_plan_is_not_taken(caplog):
    """What contradicts a plan that keeps every row is told, not made a proof; what tolerances explain is the plan's cost."""
    search = hand_search()
    search.bound, search.incumbent = 0.0, 1000.0
    search.prove(990.0)
    search.prove(1001.0)

    assert (search.bound, search.is_by_cuts) == (990.0, False)
    assert "contradicts" in caplog.text

    search.prove(1000.0 * (1 + 1e-7), is_by_cuts=True)
    assert (search.bound, search.is_by_cuts) == (1000.0, True)


def test_a_plan_a_trace_under_the_bound_takes_it_along():
    search = hand_search()
    values = solve_here(search.split.problem, Settings(relative_gap=1e-9, log=False)).values
    usd = search.split.problem.objective(np.where(search.split.problem.is_integer, np.rint(values), values))
    search.bound = usd * (1 + 1e-8)
    search.keep(values)

    assert search.bound == search.incumbent


def test_where_cuts_contradict_a_checked_plan_nothing_that_they_prove_counts():
    """One of them is false, so that a bound of theirs just under the plan is no proof either."""
    search = hand_search()
    search.incumbent = 10000.0
    search.prove(7000.0)
    search.prove(9000.0, is_by_cuts=True)
    assert (search.bound, search.is_by_cuts) == (9000.0, True)

    search.prove(10001.0, is_by_cuts=True)
    assert (search.bound, search.is_by_cuts) == (7000.0, False)

    search.prove(9990.0, is_by_cuts=True)
    assert (search.bound, search.is_by_cuts) == (7000.0, False)
    search.prove(8000.0)
    assert search.bound == 8000.0


def test_cuts_that_a_better_plan_is_under_are_not_passed_on():
    search = hand_search()
    ask(search, ("q2", "day"))
    relaxed, values = search.bound, solve_here(search.split.problem, Settings(relative_gap=1e-9, log=False)).values
    assert any(known_of_search(search).cuts)
    search.prove(1e9, is_by_cuts=True)
    search.keep(values)

    assert (search.bound, search.is_by_cuts) == (relaxed, False)
    assert not any(known_of_search(search).cuts)


def test_a_plan_far_under_the_bound_leaves_the_contradiction_to_be_seen():
    search = hand_search()
    search.prove(1e9)
    search.keep(solve_here(search.split.problem, Settings(relative_gap=1e-9, log=False)).values)

    assert search.incumbent < search.bound == 1e9
