"""Pyomo to arrays: sides, bounds, integrality and names survive; nothing is scaled."""

import numpy as np
import pyomo.environ as pyo
import pytest
from scipy.sparse import csc_matrix

from planner.program.build import build_program
from planner.program.compile import compile_program, without_rounding
from planner.program.groups import Groups
from tests.program.linear_programs import lp_text, read_lp
from tests.worlds import random_world, rich_world, showcase, tiny


def test_rows_bounds_and_whole_columns_by_hand():
    model = pyo.ConcreteModel()
    model.x = pyo.Var(["a", "b"], domain=pyo.NonNegativeIntegers)
    model.y = pyo.Var(bounds=(-1.0, 4.0))
    model.low = pyo.Constraint(expr=model.x["a"] + 2 * model.y >= 3)
    model.high = pyo.Constraint(expr=model.x["b"] - model.y <= 5)
    model.same = pyo.Constraint(expr=model.x["a"] + model.x["b"] == 7)
    model.objective = pyo.Objective(expr=10 * model.x["a"] + model.y + 42)
    compiled = compile_program(model)
    problem = compiled.problem
    dense = np.zeros((problem.rows, problem.columns))
    dense[problem.row_indices, problem.column_of_entry] = problem.values
    sides = zip(problem.row_names, dense, problem.row_lower, problem.row_upper, strict=True)
    rows = {name: (dict(zip(problem.column_names, row, strict=True)), low, high) for name, row, low, high in sides}

    assert rows["low[]"] == ({"x[a]": 1.0, "x[b]": 0.0, "y[]": 2.0}, 3.0, np.inf)
    assert rows["high[]"] == ({"x[a]": 0.0, "x[b]": 1.0, "y[]": -1.0}, -np.inf, 5.0)
    assert rows["same[]"] == ({"x[a]": 1.0, "x[b]": 1.0, "y[]": 0.0}, 7.0, 7.0)
    columns = dict(
        zip(problem.column_names, zip(problem.column_lower, problem.column_upper, problem.is_integer, strict=True), strict=True)
    )
    assert columns == {"x[a]": (0.0, np.inf, True), "x[b]": (0.0, np.inf, True), "y[]": (-1.0, 4.0, False)}
    assert problem.offset == 42.0
    assert dict(zip(problem.column_names, problem.cost, strict=True))["x[a]"] == 10.0


@pytest.mark.parametrize("world", [tiny(), showcase(), random_world(3), rich_world(5)])
def test_arrays_are_the_linear_program_that_pyomo_writes(world):
    model = build_program(Groups(world))
    problem = compile_program(model).problem
    written = read_lp(lp_text(model))

    assert problem.rows == len(written.rows)
    assert problem.nonzeros == sum(len(terms) for terms, _, _ in written.rows.values())
    assert sorted(problem.cost[problem.cost != 0]) == pytest.approx(sorted(v for v in written.objective.values() if v))
    assert int(problem.is_integer.sum()) == len(written.whole)
    assert sorted(problem.values) == pytest.approx(sorted(v for terms, _, _ in written.rows.values() for v in terms.values()))


def test_columns_come_back_as_names():
    compiled = compile_program(build_program(Groups(tiny())))

    assert ("serve", ("chat", "o1", "here", "q1", "day")) in compiled.columns
    assert ("commit", ("re", "q2")) in compiled.columns
    assert len(compiled.columns) == compiled.problem.columns == 4 + 4 + 4 + 2 + 2


def test_what_rounding_left_of_a_sum_is_no_entry() -> None:
    """0.1 + 0.2 - 0.3 is 5.6e-17 beside 1; an entry of 1e-9 is one, and so is a row's only entry, however small."""
    rest = 0.1 + 0.2 - 0.3
    found = without_rounding(csc_matrix(np.array([[1.0, rest, 1e-9], [0.0, 1e-10, 0.0], [0.0, 0.0, 0.0]])))

    assert rest != 0
    assert found.toarray().tolist() == [[1.0, 0.0, 1e-9], [0.0, 1e-10, 0.0], [0.0, 0.0, 0.0]]
    assert found.nnz == 3
