"""Hull cuts: no whole way to serve breaks one, and fractions of replicas do."""

import numpy as np
import pytest

from planner.methods.covering import covering
from planner.methods.hull import hull_rows
from planner.methods.oracle import Prices, oracle_problem
from planner.methods.parts import parts_of
from planner.program.groups import Groups
from planner.solvers import Settings, solve_here
from tests.methods.hand_world import guided, hulled_cell, split_of
from tests.methods.test_covering import two_sizes
from tests.worlds import random_world

ASK = Settings(relative_gap=1e-9, log=False)


def test_the_hull_prices_a_demand_at_its_whole_replicas():
    """20/s take 4 accelerators, at best: at 1 usd a node the relaxation with the cut is 2 usd, without it 20/11.2 = 1.79."""
    oracle, segments, prices, rows = hulled_cell(split_of(two_sizes()))
    loose = solve_here(oracle_problem(oracle, segments, prices).relaxed(), ASK)
    tight = solve_here(oracle_problem(oracle, segments, prices, None, rows).relaxed(), ASK)

    assert loose.objective == pytest.approx(20 / 11.2)
    assert tight.objective == pytest.approx(2.0)


@pytest.mark.parametrize("seed", range(12))
def test_hull_rows_cut_off_no_whole_point(seed):
    """At random prices the oracle with the rows has the value of the oracle without them."""
    rng = np.random.default_rng(seed)
    _, _, oracles, segments = guided(Groups(random_world(seed)))
    for oracle in oracles:
        found = covering(oracle)
        if found is None:
            continue
        prices = Prices(rng.uniform(0.1, 9.0, len(segments.keys)), np.zeros(0))
        rows = hull_rows(oracle, parts_of(oracle, found), segments, prices)
        plain = solve_here(oracle_problem(oracle, segments, prices), ASK)
        cut = solve_here(oracle_problem(oracle, segments, prices, None, rows), ASK)

        assert cut.status == plain.status
        assert cut.objective == pytest.approx(plain.objective, rel=1e-6)
        assert cut.values is not None
        assert np.all(rows[0] @ plain.values[: len(oracle.projected.kept)] >= rows[1] - 1e-6)
