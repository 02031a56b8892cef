"""Roaming demands: what parts of several regions are, and their cheapest ways, which an engine confirms."""

import dataclasses

import numpy as np
import pytest
from scipy.sparse import csc_matrix, csr_matrix

from planner.methods.parts import Part
from planner.solvers import Settings, solve_here

ASK = Settings(relative_gap=1e-9, log=False)


def roaming_part(
    demands: list[float], replicas: list[tuple[int, int, int, float]], egress_usd: float = 0.0, egress_amount: float = 0.0,
    loads: list[float] | None = None,
) -> Part:  # fmt: skip
    """Returns the part of a service with one origin a place; replicas as (place, link, accelerators, capacity).

    Columns: traffic of every workload away from home, then replicas. The last link is a shared amount, which traffic away uses.
    Rows: what all replicas carry, then that of every home.
    """
    many, links = len(demands), 1 + max(link for _, link, _, _ in replicas)
    load = np.array(loads or [1.0] * many)
    wanted = load * demands
    columns = many + len(replicas)
    rows = np.zeros((1 + many, columns))
    uses = np.zeros((links + 1, columns))
    cost = np.zeros(columns)
    rows[1 + np.arange(many), np.arange(many)] = load
    cost[:many], uses[links, :many] = egress_usd * load, egress_amount * load
    for k, (place, link, size, capacity) in enumerate(replicas):
        rows[[0, 1 + place], many + k] = capacity
        uses[link, many + k] = size
    upper = np.where(np.arange(columns) < many, np.append(demands, np.zeros(len(replicas))), np.inf)
    told = (
        csc_matrix(rows), np.append(wanted.sum(), wanted), np.full(1 + many, np.inf), cost, np.zeros(columns), upper,
        np.arange(columns) >= many, csr_matrix(uses),
    )  # fmt: skip
    return Part(np.arange(columns), *told, np.array([True] * links + [False]))


def random_part(seed: int) -> Part:
    """Returns a random part of two or three places with two or three links each and sizes of 1, 2 and 4."""
    rng = np.random.default_rng(seed)
    places = int(rng.integers(2, 4))
    replicas, link = [], 0
    for g in range(places):
        for _ in range(rng.integers(1, 4)):
            speed = float(rng.uniform(2, 6))
            sizes = [int(size) for size in rng.choice([1, 2, 4], rng.integers(1, 3), replace=False)]
            replicas += [(g, link, size, round(speed * size ** float(rng.uniform(0.9, 1.1)), 3)) for size in sizes]
            link += 1
    demands = [round(float(rng.uniform(1, 25)), 2) for _ in range(places)]
    loads = [float(rng.choice([1.0, 0.5, 2.0])) for _ in range(places)]
    return roaming_part(demands, replicas, float(rng.choice([0.0, 0.3, 2.0])), float(rng.choice([0.0, 1.0])), loads)


def test_one_large_node_at_home_beats_two_small_ones_where_egress_is_free():
    """6 and 3 units; 4 by 1 accelerator (usd 5) here, 10 by 2 (usd 8) there: one replica there carries all 9."""
    part = roaming_part([6.0, 3.0], [(0, 0, 1, 4.0), (1, 1, 2, 10.0)])

    found = part.priced_here(np.array([5.0, 4.0, 0.0]))

    assert found.least == pytest.approx(8.0)
    assert found.way.values == pytest.approx([6, 0, 0, 1])


@pytest.mark.parametrize(("egress_usd", "least"), [(0.4, 8.0 + 6 * 0.4), (2.0, 5.0 + 8.0 + 2 * 2.0)])
def test_dear_egress_keeps_traffic_at_home(egress_usd, least):
    """At 0.4 usd all six units leave; at 2 usd a replica at home, for 5 usd, keeps four of them there."""
    part = roaming_part([6.0, 3.0], [(0, 0, 1, 4.0), (1, 1, 2, 10.0)], egress_usd)

    assert part.priced_here(np.array([5.0, 4.0, 0.0])).least == pytest.approx(least)


@pytest.mark.parametrize("seed", range(60))
def test_the_cheapest_way_is_the_engines(seed):
    """At prices of nodes, some of them free, and of a shared amount: bound and way are HiGHS's, and the way keeps its rows."""
    rng, part = np.random.default_rng(1000 + seed), random_part(seed)
    links = part.uses.shape[0]
    for _ in range(3):
        prices = np.round(rng.uniform(0, 10, links) * (rng.random(links) < 0.9), 3)
        prices[-1] = rng.choice([0.0, 0.5])
        engine, found = solve_here(part.problem(prices), ASK), part.priced_here(prices)

        assert found.least == pytest.approx(engine.objective, rel=1e-7, abs=1e-9)
        assert found.way.usd + prices @ found.way.uses == pytest.approx(found.least, rel=1e-9, abs=1e-9)
        assert part.problem(prices).violation(found.way.values).largest <= 1e-9


def test_many_steps_still_bound_the_cheapest_way():
    """Where partial ways are merged the bound is not above the engine's optimum, nor the way below it."""
    part = roaming_part(
        [215.0, 155.0, 130.0], [(g, 2 * g + k, 1, 2.0 + 0.37 * g + 0.61 * k) for g in range(3) for k in range(2)], 0.2
    )
    prices = np.array([3.0, 3.9, 3.3, 4.3, 3.8, 4.6, 0.0])
    engine, found = solve_here(part.problem(prices), ASK), part.priced_here(prices)

    assert part.roaming is not None
    assert found.least <= engine.objective * (1 + 1e-9)
    assert found.least >= engine.objective * 0.99
    assert found.way.usd + prices @ found.way.uses >= engine.objective * (1 - 1e-9)


def test_a_price_below_zero_is_left_to_the_engine():
    """Where traffic away or a node earns something; not where a shared amount does and egress costs more than that."""
    part = roaming_part([6.0, 3.0], [(0, 0, 1, 4.0), (1, 1, 2, 10.0)], egress_usd=1.0, egress_amount=1.0)
    mild = np.array([5.0, 4.0, -0.5])

    assert part.priced_here(mild).least == pytest.approx(solve_here(part.problem(mild), ASK).objective)
    for prices in (np.array([5.0, 4.0, -1.5]), np.array([-5.0, 4.0, 0.0])):
        assert not part.is_priced_here(prices)
        with pytest.raises(ValueError, match="engine"):
            part.priced_here(prices)


def test_egress_is_compared_one_by_one():
    """However small beside other amounts: traffic away that uses nine times as much of one."""
    amounts = roaming_part([6.0, 3.0], [(0, 0, 1, 4.0), (1, 1, 2, 10.0)])
    uses = amounts.uses.toarray()
    uses[2, 0], uses[2, 1] = 9e-10, 1e-10

    assert amounts.roaming is not None
    assert changed(amounts, uses=csr_matrix(uses)).roaming is None


def changed(part: Part, **fields: object) -> Part:
    """Returns a part with some of its data changed."""
    return dataclasses.replace(part, **fields)


def test_other_parts_are_left_to_the_engine():
    """A limit on a replica, a price of one, unequal egress, more at home than may leave, another capacity at home, halves."""
    part = roaming_part([6.0, 3.0], [(0, 0, 1, 4.0), (1, 1, 2, 10.0)], 0.4)
    limited, kept, priced, unequal = part.upper.copy(), part.upper.copy(), part.cost.copy(), part.cost.copy()
    limited[2], kept[0], priced[2], unequal[1] = 3.0, 5.0, 1.0, 0.5
    at_home, half = part.matrix.toarray(), part.uses.toarray()
    at_home[1, 2], half[1, 3] = 3.0, 1.5

    assert part.roaming is not None
    assert changed(part).roaming is not None
    assert changed(part, upper=limited).roaming is None
    assert changed(part, upper=kept).roaming is None
    assert changed(part, cost=priced).roaming is None
    assert changed(part, cost=unequal).roaming is None
    assert changed(part, matrix=csc_matrix(at_home)).roaming is None
    assert changed(part, uses=csr_matrix(half)).roaming is None


def test_a_place_without_traffic_of_its_own_serves_others():
    """Replicas there stand in the row of all alone: 9 units by one of 10 (usd 8), all away for 0.1 usd a unit."""
    part = roaming_part([6.0, 3.0], [(0, 0, 1, 4.0), (1, 1, 2, 10.0)], 0.1)
    rows = part.matrix.toarray()
    rows[2, 3] = 0.0
    prices = np.array([5.0, 4.0, 0.0])

    found = changed(part, matrix=csc_matrix(rows)).priced_here(prices)

    assert found.least == pytest.approx(8.0 + 0.9)
    assert found.way.values == pytest.approx([6, 3, 0, 1])


def test_a_cover_that_is_not_what_all_homes_ask_is_left_to_the_engine():
    """The bound counts what is at home as what is wanted."""
    part = roaming_part([6.0, 3.0], [(0, 0, 1, 4.0), (1, 1, 2, 10.0)], 0.4)

    assert part.roaming is not None
    assert changed(part, row_lower=part.row_lower * [0.9, 1.0, 1.0]).roaming is None
