"""Parts of a cell: what is left unconnected; the least cost is that of all their points, by staircase and by engine."""

import dataclasses
import itertools

import numpy as np
import pytest

from planner.methods.covering import covering
from planner.methods.oracle import make_oracle
from planner.methods.parts import Part, parts_of
from planner.program.groups import Groups
from planner.solvers import solve_here
from tests.methods.hand_world import split_of
from tests.methods.pooled_worlds import ASK
from tests.methods.test_covering import two_sizes
from tests.worlds import random_world


def parts_of_world(seed: int, is_by_engine: bool = True) -> list[tuple[Part, ...]]:
    oracles = [make_oracle(cell) for cell in split_of(Groups(random_world(seed))).cells]
    return [parts_of(oracle, None if is_by_engine else covering(oracle)) for oracle in oracles]


@pytest.mark.parametrize("seed", range(6))
def test_parts_share_no_row_and_no_column(seed: int) -> None:
    for cell, mine in zip(split_of(Groups(random_world(seed))).cells, parts_of_world(seed), strict=True):
        columns = [j for part in mine for j in part.columns.tolist()]
        rows = make_oracle(cell).projected.matrix.tocsr()
        assert len(columns) == len(set(columns))
        for row in range(rows.shape[0]):
            touched = set(rows.indices[rows.indptr[row] : rows.indptr[row + 1]].tolist())
            assert sum(bool(touched & set(part.columns.tolist())) for part in mine) == 1


@pytest.mark.parametrize("seed", range(8))
def test_staircases_and_engine_agree_on_the_least_cost(seed: int) -> None:
    noise = np.random.default_rng(seed)
    compared = 0
    for by_engine, by_stairs in zip(parts_of_world(seed), parts_of_world(seed, is_by_engine=False), strict=True):
        for one, other in zip(by_engine, by_stairs, strict=True):
            if other.demand is None:
                continue
            prices = noise.uniform(0.5, 2.0, one.uses.shape[0])
            asked = one.priced(solve_here(one.problem(prices), ASK))
            told = other.priced_here(prices)
            assert told.least == pytest.approx(asked.least, rel=1e-6, abs=1e-9)
            assert told.way.usd + prices @ told.way.uses == pytest.approx(told.least, rel=1e-6, abs=1e-9)
            compared += 1
    if not compared:
        pytest.skip("no part is a demand of a covering")


def test_a_cut_keeps_every_whole_point_and_cuts_fractions() -> None:
    """20/s on replicas of 11.2/s by two accelerators or 5/s by one: 4 accelerators at least; the relaxation takes 3.57."""
    (cell,) = split_of(two_sizes()).cells
    (part,) = parts_of(make_oracle(cell), None)
    row = part.cut(np.array([1.0]), 4.0)
    relaxed = solve_here(part.problem(np.array([1.0])).relaxed(), ASK)

    assert row @ relaxed.values < 1.0 - 1e-6
    for counts in itertools.product(range(6), repeat=len(part.columns)):
        values = np.array(counts, dtype=float)
        if np.all(part.matrix @ values >= part.row_lower - 1e-9):
            assert row @ values >= 1.0 - 1e-9


def test_a_part_without_staircases_needs_an_engine() -> None:
    (cell,) = split_of(two_sizes()).cells
    (part,) = parts_of(make_oracle(cell), None)
    with pytest.raises(ValueError, match="without an engine"):
        part.priced_here(np.array([1.0]))


@pytest.mark.parametrize("usd", [1.0, 1e-6, 1e-7])
def test_what_a_part_costs_at_least_allows_for_the_tolerance_of_engines_on_prices(usd: float) -> None:
    """At prices like dust a bound that an engine tells may be above the least cost by that."""
    (cell,) = split_of(two_sizes()).cells
    (part,) = parts_of(make_oracle(cell), None)
    found = solve_here(part.problem(np.array([usd])), ASK)

    priced = part.priced(found)

    assert priced.least == pytest.approx(found.bound - 1e-7 * found.values.sum(), rel=1e-9)
    assert priced.least < found.bound
    assert part.priced(dataclasses.replace(found, values=None)).least == found.bound
    assert part.priced(dataclasses.replace(found, bound=None)).least == -np.inf


def test_a_demand_at_a_price_below_nothing_is_left_to_an_engine() -> None:
    """Its staircases know no price below 0: taken for 0, what they say is above the least cost."""
    part = next(part for mine in parts_of_world(1, is_by_engine=False) for part in mine if part.demand is not None)
    prices = np.full(part.uses.shape[0], -1.0)

    assert part.is_priced_here(-prices)
    assert not part.is_priced_here(prices)
    with pytest.raises(ValueError, match="no price below 0"):
        part.priced_here(prices)
