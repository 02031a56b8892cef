"""The elastic program on arrays small enough to solve by eye."""

import numpy as np
import pytest

from planner.program.elastic import Elastic, Gate, Slack, elastic_program
from planner.solvers import Problem, Settings, solve_here

EXACT = Settings(relative_gap=0.0, threads=1)


def problem(x_max: float, y_max: float, need: float) -> Problem:
    """x + y + z >= need, x <= x_max, y <= y_max as rows; z breaks a promise."""
    return Problem(
        column_starts=np.array([0, 2, 4, 5]), row_indices=np.array([0, 1, 0, 2, 0]), values=np.ones(5), cost=np.zeros(3),
        row_lower=np.array([need, -np.inf, -np.inf]), row_upper=np.array([np.inf, x_max, y_max]),
        column_lower=np.zeros(3), column_upper=np.full(3, 100.0), is_integer=np.ones(3, bool),
        row_names=("demand[w]", "supply[x]", "supply[y]"), column_names=("x", "y", "z"),
    )  # fmt: skip


def elastic(x_most: float = 10.0, y_most: float = 10.0) -> Elastic:
    """x and y 3 at most, 10 needed: 4 are missing; more x costs 5 each, more y 2; z costs 30 up to 2, 50 up to 9."""
    slacks = [Slack("supply|x", 1, 3.0, x_most, 5.0), Slack("supply|y", 2, 3.0, y_most, 2.0)]
    gates = [Gate((("slo|w", "2"), ("slo|w", "5")), (2,), 9.0)]
    return elastic_program(problem(99.0, 99.0, 10.0), slacks, gates, {("slo|w", "2"): 30.0, ("slo|w", "5"): 50.0})


def told(program: Elastic, promises_max: int) -> tuple[list[tuple[str, str]], dict[str, float], float]:
    solution = solve_here(program.pricing(promises_max), EXACT)
    assert solution.values is not None
    amounts = {slack.promise: amount for slack, amount in program.amounts(solution.values)}
    return [c for c in program.broken(solution.values) if c[1]], amounts, float(solution.objective)


def test_one_promise_is_enough_and_the_cheapest_is_taken():
    program = elastic()

    assert solve_here(program.counting(), EXACT).objective == pytest.approx(1.0)
    assert told(program, 1) == ([], {"supply|y": pytest.approx(4.0)}, pytest.approx(8.0))


def test_excluding_a_way_out_finds_the_next_until_none_is_left():
    second = elastic().without({"supply|y"}, 0.0)
    assert told(second, 1)[1] == {"supply|x": pytest.approx(4.0)}

    third = second.without({"supply|x"}, 0.0)
    assert told(third, 1) == ([("slo|w", "2")], {}, pytest.approx(30.0))
    assert solve_here(third.without({"slo|w"}, 0.0).pricing(1), EXACT).values is None


def test_two_promises_are_broken_where_no_one_gives_enough():
    program = elastic(x_most=1.0, y_most=3.0).without({"slo|w"}, 0.0)

    assert solve_here(program.counting(), EXACT).objective == pytest.approx(2.0)
    assert told(program, 2)[1] == {"supply|x": pytest.approx(1.0), "supply|y": pytest.approx(3.0)}


def test_the_promised_right_side_is_what_counts_not_the_raised_one():
    assert elastic().problem.row_upper[1] == 3.0
