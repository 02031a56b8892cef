"""Pyomo to arrays: the one place where the algebra becomes a matrix, and where values come back as names."""

import logging
from dataclasses import dataclass

import numpy as np
import pyomo.environ as pyo
from pyomo.core.base import constraint as pyomo_constraint
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler, LinearStandardFormInfo
from scipy.sparse import csc_matrix

from planner.solvers.problem import Problem

ROUNDING = 1e-14
"""Share of a row's largest entry under which an entry is what rounding left of a sum."""


@dataclass(frozen=True)
class Compiled:
    """A compiled program: the arrays, and the Pyomo columns in the order of the arrays."""

    problem: Problem
    columns: tuple[tuple[str, tuple[str, ...]], ...]
    """(variable, index) of each column."""


def compile_program(model: pyo.ConcreteModel) -> Compiled:
    """Returns the arrays of a linear Pyomo model: minimise cost, row_lower <= A x <= row_upper, bounds, integrality."""
    logging.getLogger("pyomo").setLevel(logging.ERROR)
    form = LinearStandardFormCompiler().write(model, mixed_form=True)
    matrix = without_rounding(form.A.tocsc())
    row_lower, row_upper = _row_bounds(form)
    lower = np.array([-np.inf if c.lb is None else c.lb for c in form.columns], dtype=float)
    upper = np.array([np.inf if c.ub is None else c.ub for c in form.columns], dtype=float)
    columns = tuple((c.parent_component().local_name, _as_tuple(c.index())) for c in form.columns)
    problem = Problem(
        column_starts=matrix.indptr.astype(np.int64),
        row_indices=matrix.indices.astype(np.int64),
        values=matrix.data.astype(float),
        cost=np.asarray(form.c.todense()).ravel().astype(float) if form.c.shape[0] else np.zeros(len(columns)),
        offset=float(form.c_offset[0]) if len(form.c_offset) else 0.0,
        row_lower=row_lower,
        row_upper=row_upper,
        column_lower=lower,
        column_upper=upper,
        is_integer=np.array([c.is_integer() or c.is_binary() for c in form.columns], dtype=bool),
        row_names=tuple(_row_name(row.constraint) for row in form.rows),
        column_names=tuple(f"{name}[{','.join(index)}]" for name, index in columns),
    )
    return Compiled(problem, columns)


def without_rounding(matrix: csc_matrix) -> csc_matrix:
    """Returns a matrix without the entries that only rounding left: under ROUNDING of the largest of their row.

    Where two equal terms on one column cancel, floating point may leave 1e-17 of them; no engine takes such an entry.
    """
    found = matrix.tocsr(copy=True)
    largest = abs(found).max(axis=1).toarray().ravel() if found.nnz else np.zeros(found.shape[0])
    found.data[np.abs(found.data) < ROUNDING * np.repeat(largest, np.diff(found.indptr))] = 0.0
    found.eliminate_zeros()
    return found.tocsc()


def _row_bounds(form: LinearStandardFormInfo) -> tuple[np.ndarray, np.ndarray]:
    """Returns lower and upper row bounds of a mixed form (bound type 0: ==, 1: <=, -1: >=)."""
    sense = np.array([row.bound_type for row in form.rows], dtype=np.int64)
    right = np.asarray(form.rhs, dtype=np.float64)
    return np.where(sense == 1, -np.inf, right), np.where(sense == -1, np.inf, right)


def _row_name(constraint: pyomo_constraint.ConstraintData) -> str:
    return f"{constraint.parent_component().local_name}[{','.join(_as_tuple(constraint.index()))}]"


def _as_tuple(index: object) -> tuple[str, ...]:
    if index is None:
        return ()
    return tuple(map(str, index)) if isinstance(index, tuple) else (str(index),)
