"""Two engines against complete enumeration on random small problems, one process an engine."""

import itertools

import numpy as np
import pytest

from planner.solvers import Settings, solve_many

INF = np.inf
SEEDS = range(90)
EXACT = {"relative_gap": 0.0, "threads": 1}


def random_problem(dense, seed: int):
    """Returns 2 to 5 whole columns, sometimes one continuous, any sense of row, costs of both signs, an offset."""
    random = np.random.default_rng(seed)
    whole, rows = int(random.integers(2, 6)), int(random.integers(1, 5))
    columns = whole + int(random.integers(0, 2))
    matrix = random.integers(-6, 9, (rows, columns)) * (random.random((rows, columns)) < 0.8)
    side = random.integers(-2, 2, columns).astype(float)
    middle = matrix @ (side + 1.0) + random.integers(-2, 3, rows)
    kind = random.integers(0, 3, rows)
    lower = np.where(kind == 0, -INF, middle - (kind == 2) * random.integers(0, 3, rows))
    upper = np.where(kind == 1, INF, middle)
    return dense(
        matrix,
        random.integers(-9, 12, columns) / 4,
        (lower, upper),
        (side, side + random.integers(0, 4, columns)),
        np.arange(columns) < whole,
        offset=float(random.integers(-20, 20)),
    )


def cheapest(problem) -> float:
    """Returns the minimum by enumeration: whole columns in full, the continuous one (the last) by its interval."""
    matrix = problem.values.reshape(problem.columns, problem.rows).T
    whole = int(problem.is_integer.sum())
    grids = [range(int(lo), int(up) + 1) for lo, up in zip(problem.column_lower, problem.column_upper, strict=True)]
    best = INF
    for point in itertools.product(*grids[:whole]):
        fixed = matrix[:, :whole] @ np.array(point, dtype=float)
        cost = problem.offset + float(problem.cost[:whole] @ np.array(point))
        if whole == problem.columns:
            is_feasible = ((fixed >= problem.row_lower) & (fixed <= problem.row_upper)).all()
            best = min(best, cost if is_feasible else INF)
            continue
        low, high = float(problem.column_lower[-1]), float(problem.column_upper[-1])
        for slope, at, lower, upper in zip(matrix[:, -1], fixed, problem.row_lower, problem.row_upper, strict=True):
            if slope == 0.0:
                low = low if lower <= at <= upper else INF
            else:
                ends = sorted(((lower - at) / slope, (upper - at) / slope))
                low, high = max(low, ends[0]), min(high, ends[1])
        if low <= high + 1e-12:
            best = min(best, cost + min(problem.cost[-1] * low, problem.cost[-1] * high))
    return best


@pytest.fixture(scope="module")
def oracle(dense):
    problems = [random_problem(dense, seed) for seed in SEEDS]
    known = [cheapest(problem) for problem in problems]
    assert sum(np.isfinite(known)) >= 30
    assert sum(np.isinf(known)) >= 3
    return problems, known


@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_an_engine_agrees_with_enumeration(oracle, solver):
    problems, known = oracle

    for seed, solution, best in zip(SEEDS, solve_many(problems, Settings(solver, **EXACT)), known, strict=True):
        if np.isinf(best):
            assert solution.status == "infeasible", f"seed {seed}: {solution}"
        else:
            assert solution.status == "optimal", f"seed {seed}: {solution}"
            assert solution.objective == pytest.approx(best, abs=1e-6), f"seed {seed}"
            assert solution.bound == pytest.approx(best, abs=1e-6), f"seed {seed}"


def test_cp_sat_agrees_where_it_may_be_asked(oracle):
    pairs = [(problem, best) for problem, best in zip(*oracle, strict=True) if problem.is_integer.all()]
    solutions = solve_many([problem for problem, _ in pairs], Settings("cp_sat", **EXACT))

    assert len(pairs) >= 10
    for (_, best), solution in zip(pairs, solutions, strict=True):
        assert solution.status == ("infeasible" if np.isinf(best) else "optimal")
        assert np.isinf(best) or solution.objective == pytest.approx(best, abs=1e-9)


def test_rounding_and_resolving_gives_the_same_cost(oracle):
    pairs = [(problem, best) for problem, best in zip(*oracle, strict=True) if np.isfinite(best) and not problem.is_integer.all()]
    problems = [problem for problem, _ in pairs]
    solutions = solve_many(problems, Settings("highs", **EXACT))
    fixed = [problem.fix_integers(solution.values) for problem, solution in zip(problems, solutions, strict=True)]

    assert len(pairs) >= 10
    for (_, best), solution in zip(pairs, solve_many(fixed, Settings("highs", **EXACT)), strict=True):
        assert solution.status == "optimal"
        assert solution.objective == pytest.approx(best, abs=1e-6)
