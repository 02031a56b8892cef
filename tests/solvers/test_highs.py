"""HiGHS in this process: hand-solved problems, limits, starts, gaps, callbacks."""

import re

import numpy as np
import pytest

from planner.errors import SolverError
from planner.solvers import Limit, Offers, Settings, Status, highs, solve_here
from planner.solvers.claim import Watch

INF = np.inf
THREADS = r"Thread count(?: |: .* across )(\d+)"
"""HiGHS up to 1.15, and 1.16: `Thread count: 2 available cores, ..., using up to 1 workers across 1 threads`."""
EXACT = Settings(relative_gap=0.0, threads=1)


def test_a_hand_solved_lp_with_its_duals(dense):
    """min 2x + 3y: x + y >= 4, x <= 3 (a row): x = 3, y = 1; one more of demand costs 3, one more of x saves 1."""
    problem = dense([[1, 1], [1, 0]], [2, 3], ([4, -INF], [INF, 3]), (0, INF), False)
    solution = solve_here(problem, EXACT)

    assert (solution.status, solution.limit) == (Status.OPTIMAL, Limit.NONE)
    assert solution.values == pytest.approx([3.0, 1.0])
    assert (solution.objective, solution.bound) == (pytest.approx(9.0), pytest.approx(9.0))
    assert solution.row_duals == pytest.approx([3.0, -1.0])
    assert solution.reduced_costs == pytest.approx([0.0, 0.0])
    assert solution.node_count is None


def test_a_hand_solved_mip(dense):
    """max 5x + 4y + 3z: 2x + 3y + z <= 5, 4x + y + 2z <= 11, x, y whole, 0 <= z <= 0.5: (2, 0, 0.5) at 11.5."""
    problem = dense([[2, 3, 1], [4, 1, 2]], [-5, -4, -3], (-INF, [5, 11]), (0, [9, 9, 0.5]), [True, True, False], offset=1.0)
    solution = solve_here(problem, EXACT)

    assert solution.status == "optimal"
    assert solution.values == pytest.approx([2.0, 0.0, 0.5])
    assert solution.objective == pytest.approx(-10.5)
    assert solution.row_duals is None
    assert solution.node_count is not None
    assert solution.version.startswith("HiGHS 1.")
    assert "MIP has 2 rows; 3 cols" in solution.log


def test_coefficients_that_highs_drops_by_default_are_kept(dense):
    problem = dense([[1e-10, 1]], [1, 1e12], (1, INF), (0, [1e10, 1]), False)

    assert solve_here(problem, EXACT).objective == pytest.approx(1e10)


def _cut(dense):
    """Two kinds of nodes at 65,987 and 40,918 usd under a cut that 3,566 usd of egress help to keep: 8.3e-7 of it a usd.

    One more dear node and 1,645 usd of egress keep it; or two cheap nodes and no egress, for 14,202 usd more.
    """
    matrix = [
        [0, 0, 8.31511e-07, 5.486916e-02, 3.402337e-02, 3.402337e-02],
        [-8, 0, 0, 8, 0, 0],
        [0, -8, 0, 0, 8, 8],
    ]
    cost, upper = [65987.28, 40917.52, 1, 0, 0, 0], [INF, INF, 3566.015, 1, 1, 1]
    return dense(matrix, cost, ([0.05623742, -INF, -INF], [INF, -40, -16]), (0, upper), [False] * 3 + [True] * 3)


def test_entries_under_the_feasibility_tolerance_count(dense):
    problem = _cut(dense)
    cheap = np.array([6.0, 2.0, (0.05623742 - 5.486916e-02) / 8.31511e-07, 1.0, 0.0, 0.0])
    assert problem.violation(cheap).largest < 1e-9
    solution = solve_here(problem, EXACT)

    assert solution.objective == pytest.approx(problem.objective(cheap), rel=1e-6)
    assert solution.bound is not None
    assert solution.bound <= problem.objective(cheap) * (1 + 1e-7)


def test_only_rows_with_tiny_entries_are_multiplied_by_powers_of_two(dense):
    matrix = [[1e-6, 3.0], [2e-6, 5.0], [1e-9, 1e7], [0.0, 0.0]]
    problem = dense(matrix, [1, 1], ([1.0, -INF, 2.0, -INF], [INF, 4.0, 3.0, INF]), (0, 9), [True, False])
    values, lower, upper = highs.raised(problem)
    relaxed = problem.relaxed()

    factors = [2.0, 1.0, 8.0, 1.0]
    assert np.array_equal(values, problem.values * np.array(factors)[problem.row_indices])
    assert lower.tolist() == [2.0, -INF, 16.0, -INF]
    assert upper.tolist() == [INF, 4.0, 24.0, INF]
    assert highs.raised(relaxed)[0] is relaxed.values


def test_rows_are_not_raised_beyond_what_their_columns_may_make_of_it(dense):
    """1e-9 would be raised 2,048 times; 1e6 x 300 under 1e9 leaves room for 2. A column without end says nothing."""
    problem = dense([[1e-9, 1e6], [1e-9, 1e3]], [1, 1], (1.0, INF), (0, [INF, 300.0]), [False, True])
    values, lower, _ = highs.raised(problem)

    assert lower.tolist() == [2.0, 2048.0]
    assert values.tolist() == (problem.values * np.array([2.0, 2048.0])[problem.row_indices]).tolist()


@pytest.mark.parametrize(("offset", "sign"), [(0.0, 1), (-200.0, 1), (500.0, 1), (0.0, -1), (150.0, -1)])
def test_the_gap_asked_for_is_proved_by_our_definition(cover, dense, offset, sign):
    model = cover(seed=3, columns=40, rows=15)
    rows = (model.row_lower, INF) if sign > 0 else (-INF, model.row_lower)
    matrix = model.values.reshape(model.columns, model.rows).T
    problem = dense(matrix, sign * model.cost, rows, (0, 10), True, offset=offset)
    solution = solve_here(problem, Settings(relative_gap=0.05, threads=1))

    assert solution.status == "optimal"
    assert (solution.objective - solution.bound) / abs(solution.objective) <= 0.05


def test_the_time_limit_returns_an_incumbent_and_a_bound(cover):
    solution = solve_here(cover(seed=0, columns=100, rows=50), Settings(relative_gap=0.0, time_limit_s=0.4, threads=1))

    assert (solution.status, solution.limit) == ("feasible", "time")
    assert solution.bound < solution.objective
    assert solution.violation <= 1e-6


def test_the_time_limit_without_an_incumbent_is_no_solution(market_split):
    problem, _ = market_split
    solution = solve_here(problem, Settings(time_limit_s=0.4, threads=1))

    assert (solution.status, solution.limit) == ("no_solution", "time")
    assert (solution.values, solution.message) == (None, "")
    assert 0.0 <= solution.bound <= 20.0


def test_a_complete_start_is_used_by_the_engine(market_split):
    problem, point = market_split
    solution = solve_here(problem.with_start(point), Settings(relative_gap=0.0, time_limit_s=0.4, threads=1))

    assert solution.status == "feasible"
    assert solution.objective == point.sum()
    assert "MIP start solution is feasible" in solution.log


def test_a_partial_start_is_completed_by_the_engine(market_split):
    problem, point = market_split
    start = np.where(np.arange(point.size) < 35, point, np.nan)
    solution = solve_here(problem.with_start(start), Settings(relative_gap=0.0, time_limit_s=0.6, threads=1))

    assert solution.status in ("feasible", "optimal")


def test_threads_reach_the_engine_and_may_change_within_a_process(cover):
    problem = cover(columns=10, rows=5)
    logs = [solve_here(problem, Settings(threads=threads)).log for threads in (1, 2, 1)]

    assert [int(re.search(THREADS, log)[1]) for log in logs] == [1, 2, 1]


def test_native_options_are_passed_on_and_unknown_ones_refused(cover):
    problem = cover(columns=30, rows=15)
    limited = solve_here(problem, Settings(relative_gap=0.0, native={"mip_max_nodes": 0, "presolve": "off"}))

    assert limited.limit is Limit.OTHER
    with pytest.raises(SolverError, match="HiGHS does not take the option mip_max_noodles = 3"):
        solve_here(problem, Settings(native={"mip_max_noodles": 3}))


def test_a_watcher_sees_incumbents_fall_and_can_stop_the_search(cover):
    seen = []

    def watch(progress):
        seen.append(progress)
        return progress.incumbent is not None and progress.bound is not None

    solution = solve_here(cover(seed=0, columns=100, rows=50), Settings(relative_gap=0.0, time_limit_s=20.0, threads=1), watch)
    incumbents = [progress.incumbent for progress in seen if progress.incumbent is not None]

    assert (solution.status, solution.limit) == ("feasible", "interrupted")
    assert incumbents == sorted(incumbents, reverse=True)
    assert solution.objective <= incumbents[-1] * (1 + 1e-12)  # its own sum over the columns, rounded otherwise


def test_an_exception_in_a_watcher_comes_out_of_the_solve(cover):
    def watch(progress):
        raise ZeroDivisionError("in the watcher")

    with pytest.raises(ZeroDivisionError, match="in the watcher"):
        solve_here(cover(), Settings(relative_gap=0.0, time_limit_s=20.0, threads=1), watch)


def test_the_same_seed_gives_the_same_search(cover):
    problem = cover(columns=30, rows=15)
    settings = Settings(relative_gap=0.001, seed=7, threads=1)
    first, second = solve_here(problem, settings), solve_here(problem, settings)

    assert first.node_count == second.node_count
    assert first.values.tolist() == second.values.tolist()


@pytest.mark.parametrize("is_told", [True, False])
def test_a_point_offered_while_it_runs_is_used(market_split, tmp_path, is_told):
    """No engine finds the point in this time by itself; one of another size is not looked at, nor does it break anything."""
    problem, point = market_split
    offered = Offers()
    offered.put(point if is_told else np.ones(problem.columns + 1))
    watch = Watch(tmp_path / "log", lambda progress: None, offered=offered)
    claim = highs.run(problem, Settings(time_limit_s=2.0, threads=1), watch)

    assert (claim.values is not None) == is_told
    if is_told:
        assert claim.values == pytest.approx(point)


def test_an_incumbent_is_told_with_its_values(cover):
    told = []
    problem = cover(seed=2, columns=40, rows=15)
    solution = solve_here(problem, EXACT, told.append)
    points = [progress for progress in told if progress.values is not None]

    assert points
    assert all(problem.objective(progress.values) == pytest.approx(progress.incumbent) for progress in points)
    assert min(progress.incumbent for progress in points) == pytest.approx(solution.objective)
