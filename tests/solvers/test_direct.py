"""Direct: infeasible told from unbounded, empty problems, refusals before anything native is loaded."""

import numpy as np
import pytest

from planner.errors import SolverError
from planner.solvers import Settings, solve_here

INF = np.inf


def cases(dense):
    """Yields problems whose verdict is known by reading them."""
    no_rows = ([], [])
    return {
        "infeasible lp": (dense([[1], [1]], [1], ([2, -INF], [INF, 1]), (0, INF), False), "infeasible"),
        "unbounded lp": (dense([[1, -1]], [-1, 0], (0, 0), (0, INF), False), "unbounded"),
        "unbounded mip": (dense([[1, -1]], [-1, 0], (0, 0), (0, INF), True), "unbounded"),
        "2x = 3": (dense([[2]], [1], (3, 3), (0, INF), True), "infeasible"),
        "2x + 4y = 7": (dense([[2, 4]], [1, 1], (7, 7), (0, 50), True), "infeasible"),
        "whole in 0.2..0.8": (dense(np.zeros((0, 1)), [1], no_rows, (0.2, 0.8), True), "infeasible"),
        "relaxation unbounded, 2x = 3": (
            dense([[2, 0, 0], [0, 1, -1]], [0, -1, 0], ([3, 0], [3, 0]), (0, INF), True),
            "infeasible",
        ),
        "empty row that asks for 1": (dense([[0, 0]], [1, 1], (1, INF), (0, 5), [True, False]), "infeasible"),
        "no rows, a free fall": (dense(np.zeros((0, 2)), [1, -1], no_rows, (0, [3, INF]), [True, False]), "unbounded"),
    }


NAMES = [
    "infeasible lp",
    "unbounded lp",
    "unbounded mip",
    "2x = 3",
    "2x + 4y = 7",
    "whole in 0.2..0.8",
    "relaxation unbounded, 2x = 3",
    "empty row that asks for 1",
    "no rows, a free fall",
]


@pytest.mark.parametrize("name", NAMES)
def test_both_engines_tell_infeasible_from_unbounded(dense, or_tools, name):
    problem, known = cases(dense)[name]

    for solution in (solve_here(problem, Settings()), or_tools.solve(problem, Settings("scip"))):
        assert (solution.status, solution.limit) == (known, "none"), solution.message
        assert (solution.values, solution.objective, solution.bound) == (None, None, None)


def test_a_problem_without_rows_sits_at_its_cheapest_bounds(dense, or_tools):
    problem = dense(np.zeros((0, 2)), [1, -1], ([], []), (0, [3, 4]), [True, False], offset=5.0)

    for solution in (solve_here(problem, Settings()), or_tools.solve(problem, Settings("scip"))):
        assert (solution.status, solution.objective) == ("optimal", 1.0)


def test_a_problem_without_columns_is_its_offset_or_infeasible(dense):
    admits = dense(np.zeros((2, 0)), [], ([0, -1], [0, 1]), ([], []), [], offset=5.0)
    forbids = dense(np.zeros((2, 0)), [], ([1, -1], [2, 1]), ([], []), [], offset=5.0)

    assert (solve_here(admits, Settings()).status, solve_here(admits, Settings()).objective) == ("optimal", 5.0)
    assert solve_here(forbids, Settings()).status == "infeasible"


def test_an_objective_of_zero_is_optimal(dense, or_tools):
    problem = dense([[1, 1]], [1, -1], (0, 0), (0, 5), True)

    for solution in (solve_here(problem, Settings()), or_tools.solve(problem, Settings("scip"))):
        assert (solution.status, solution.objective, solution.gap) == ("optimal", 0.0, 0.0)


def test_an_infeasible_verdict_against_a_feasible_start_never_comes_out(dense, misbehaving):
    problem = dense([[1]], [1], (1, INF), (0, 5), True)
    solution = solve_here(problem, Settings("lying_engine"))

    assert solution.status == "error"
    assert "row 0 is violated by 1" in solution.message


@pytest.mark.parametrize("doubt", ["infeasible_or_unbounded", "unbounded"])
@pytest.mark.parametrize(("second", "told"), [("infeasible", "infeasible"), ("optimal", "unbounded"), ("stopped", "no_solution")])
def test_a_doubtful_verdict_is_settled_by_a_second_solve_at_no_cost(dense, misbehaving, doubt, second, told):
    problem = dense([[1, -1]], [-1, 0], (0, 0), (0, INF), True)
    solution = solve_here(problem, Settings("doubtful_engine", native={"first": doubt, "second": second}))

    assert solution.status == told
    assert solution.values is None


def test_unbounded_of_an_lp_needs_no_second_solve(dense, misbehaving):
    problem = dense([[1, -1]], [-1, 0], (0, 0), (0, INF), False)

    assert solve_here(problem, Settings("doubtful_engine", native={"first": "unbounded"})).status == "unbounded"


def test_an_unknown_solver_is_refused_with_the_known_ones(dense):
    with pytest.raises(SolverError, match="expected one of highs, scip, cp_sat, glop, pdlp, found 'cplex'"):
        solve_here(dense([[1]], [1], (1, INF), (0, 5), True), Settings("cplex"))
