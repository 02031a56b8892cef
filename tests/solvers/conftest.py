"""Small programs, one shared process for the engines of OR-Tools, and engines that misbehave on purpose."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from planner.solvers import BACKENDS, Problem, Worker

INF = np.inf


def dense_problem(matrix, cost, rows, columns, whole, **more) -> Problem:
    """Returns a Problem from a dense matrix, (lower, upper) of rows and columns, and which columns are whole."""
    matrix = np.asarray(matrix, dtype=float)
    row_count, column_count = matrix.shape
    return Problem(
        column_starts=np.arange(column_count + 1) * row_count,
        row_indices=np.tile(np.arange(row_count), column_count),
        values=matrix.T.ravel(),
        cost=np.asarray(cost, dtype=float),
        row_lower=np.broadcast_to(np.asarray(rows[0], dtype=float), row_count),
        row_upper=np.broadcast_to(np.asarray(rows[1], dtype=float), row_count),
        column_lower=np.broadcast_to(np.asarray(columns[0], dtype=float), column_count),
        column_upper=np.broadcast_to(np.asarray(columns[1], dtype=float), column_count),
        is_integer=np.broadcast_to(np.asarray(whole, dtype=bool), column_count),
        **more,
    )


@pytest.fixture(scope="session")
def dense() -> Callable[..., Problem]:
    """The builder of problems from dense matrices."""
    return dense_problem


@pytest.fixture(scope="session")
def cover() -> Callable[..., Problem]:
    """The builder of covering problems: points are easy to find, optima take a search."""

    def build(seed: int = 1, columns: int = 60, rows: int = 30, **more) -> Problem:
        random = np.random.default_rng(seed)
        matrix = random.integers(1, 30, (rows, columns)).astype(float)
        cost = random.integers(5, 30, columns) + random.random(columns)
        return dense_problem(matrix, cost, (0.6 * matrix.sum(axis=1), INF), (0, 10), True, **more)

    return build


@pytest.fixture(scope="session")
def market_split() -> tuple[Problem, np.ndarray]:
    """A problem with a planted point that no engine finds in seconds (Cornuejols and Dawande 1998), and the point."""
    random = np.random.default_rng(0)
    matrix = random.integers(0, 100, (5, 40)).astype(float)
    point = random.integers(0, 2, 40).astype(float)
    side = matrix @ point
    return dense_problem(matrix, np.ones(40), (side, side), (0, 1), True), point


@pytest.fixture(scope="session")
def or_tools() -> Iterator[Worker]:
    """One process for SCIP, CP-SAT, GLOP and PDLP: the tests' own process holds HiGHS."""
    with Worker() as worker:
        yield worker


@pytest.fixture
def misbehaving(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registers the engines of the folder `engines` as solvers of their own names."""
    folder = Path(__file__).parent / "engines"
    monkeypatch.syspath_prepend(folder)
    for path in folder.glob("*_engine.py"):
        monkeypatch.setitem(BACKENDS, path.stem, path.stem)
