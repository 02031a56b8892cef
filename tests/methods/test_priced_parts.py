"""Parts priced side by side: prices between the market's and the relaxation's, cuts that the optimum keeps, and the clock."""

import dataclasses

import numpy as np
import pytest

from planner.methods.crew import Crew
from planner.methods.hull_master import with_hull
from planner.methods.oracle import oracle_problem
from planner.methods.parts import Priced, Way
from planner.methods.priced_parts import cuts_of, pool_of, prices_under, relaxed, unit_prices
from planner.methods.started import Started, unnamed
from planner.solvers import solve_here
from tests.methods.pooled_worlds import ASK
from tests.methods.poor_starts import begun


def priced(started: Started, blend: float):
    """Returns (pool, cuts) at a blend of prices."""
    pool, prices = pool_of(started), unit_prices(started.search, blend)
    return pool, cuts_of(prices, pool.price_cells(prices)[0])


@pytest.mark.parametrize("seed", range(4))
def test_prices_are_the_relaxation_s_the_market_s_or_between(seed: int) -> None:
    with Crew(1) as crew:
        search = begun(seed, crew).search
    own, half, market = (unit_prices(search, blend) for blend in (0.0, 0.5, 1.0))

    for i, oracle in enumerate(search.oracles):
        nodes = oracle.cell.node_links
        duals = [search.guide.duals.get(link.row, 0.0) / (link.quantum or 1.0) for link in oracle.cell.links]
        first = [search.segments.of_key[oracle.cell.links[k].key][0] for k in nodes]
        quanta = np.array([oracle.cell.links[k].quantum for k in nodes])
        assert own[i] == pytest.approx(duals)
        assert market[i][nodes] == pytest.approx(search.guide.market(oracle.cell, search.segments)[first] / quanta)
        assert half[i][nodes] == pytest.approx((own[i][nodes] + market[i][nodes]) / 2)


@pytest.mark.parametrize("blend", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("seed", range(6))
def test_the_optimum_keeps_every_cut_and_the_relaxation_rises_no_higher(seed: int, blend: float) -> None:
    with Crew(1) as crew:
        started = begun(seed, crew)
        problem = unnamed(started.search.split.problem)
        pool, cuts = priced(started, blend)
        hulled = with_hull(problem, pool, cuts)
        answers = [relaxed(started, hulled, is_lean) for is_lean in (False, True)]
        again = prices_under(started.search, answers[0])
        deeper = with_hull(problem, pool, cuts_of(again, pool.price_cells(again)[0]))
    best = solve_here(problem, ASK)
    whole = np.where(problem.is_integer, np.rint(best.values), best.values)

    assert cuts
    assert hulled.violation(whole).largest <= 1e-6
    assert deeper.violation(whole).largest <= 1e-6
    assert answers[0].objective == pytest.approx(answers[1].objective, rel=1e-6)
    assert started.search.bound * (1 - 1e-7) - 1e-6 <= answers[0].objective <= best.objective * (1 + 1e-6) + 1e-6


def test_prices_under_a_relaxation_of_the_program_alone_are_its_own() -> None:
    with Crew(1) as crew:
        started = begun(3, crew)
        found = relaxed(started, unnamed(started.search.split.problem))

    usd = [float(mine @ mine) for mine in prices_under(started.search, found)]
    own = [float(mine @ mine) for mine in unit_prices(started.search, 0.0)]

    assert any(own)
    assert [each > 0 for each in usd] == [each > 0 for each in own]


def test_parts_that_no_time_is_left_for_prove_nothing() -> None:
    """Parts of a pool go to an engine; without time none is asked, and no cut is made of what was not answered."""
    with Crew(1) as crew:
        started = next(one for one in (begun(seed, crew) for seed in range(40)) if not all(one.search.coverings))
        late = dataclasses.replace(started, settings=dataclasses.replace(started.settings, time_limit_s=0.0))
        _, in_time = priced(started, 1.0)
        _, none = priced(late, 1.0)

    by_engine = [(i, w) for i, mine in enumerate(started.search.parts) for w, part in enumerate(mine) if part.demand is None]
    assert {(cut.cell, cut.part) for cut in in_time} & set(by_engine)
    assert not {(cut.cell, cut.part) for cut in none} & set(by_engine)


def test_parts_that_cost_next_to_nothing_or_have_no_way_make_no_cut() -> None:
    way = Way(np.ones(1), np.ones(1), 0.0)
    priced = [[Priced(5.0, way), Priced(1e-4, way), Priced(5.0, None), Priced(-np.inf, way)]]

    assert [(cut.part, cut.least) for cut in cuts_of([np.ones(1)], priced)] == [(0, 5.0)]


def test_the_ways_of_patterns_are_known_from_the_start() -> None:
    with Crew(1) as crew:
        started = begun(3, crew)
        search = started.search
        for i, oracle in enumerate(search.oracles):
            prices = search.guide.prices(oracle, search.segments, 1.0)
            search.take_point(i, solve_here(oracle_problem(oracle, search.segments, prices), ASK).values)
        pool = pool_of(started)

    for i, patterns in enumerate(search.patterns):
        assert patterns
        for pattern in patterns:
            for part, known in zip(pool.parts[i], pool.known[i], strict=True):
                way = part.way(pattern.values[part.columns])
                assert way.key in known
                at = part.matrix @ way.values
                assert np.all(at >= part.row_lower - 1e-6)
                assert np.all(at <= part.row_upper + 1e-6)
        uses = sum(part.way(patterns[0].values[part.columns]).uses for part in pool.parts[i])
        assert uses == pytest.approx(search.oracles[i].uses @ patterns[0].values)
