"""The cheapest way of a demand: equal to enumeration, never above what any way costs, and it covers."""

import itertools

import numpy as np
import pytest

from planner.methods import ways
from planner.methods.covering import Demand, Replica, Staircase
from planner.methods.ways import Way, cheapest_way, taken_by_link, traffic_usd


def staircase(link: int, taken: list[float], capacity: list[float], usd: float = 0.0) -> Staircase:
    return Staircase(link, np.array(taken), np.array(capacity), usd, (Replica(0, -1, link, 1, 1.0, usd),), np.array([-1, 0]), 0)


def random_demand(rng: np.random.Generator) -> Demand:
    """Returns a demand of up to four staircases, at least one of which covers it alone."""
    wanted = float(rng.uniform(3.0, 30.0))
    stairs = []
    for link in range(int(rng.integers(1, 5))):
        steps = int(rng.integers(1, 7))
        capacity = np.cumsum(rng.uniform(0.5, wanted / 3, steps))
        if link == 0:
            capacity = np.append(capacity, max(wanted, capacity[-1]) + 0.1)
        usd = float(rng.choice([0.0, 0.0, rng.uniform(0.0, 0.3)]))
        stairs.append(staircase(link, list(np.cumsum(rng.integers(1, 3, len(capacity))).astype(float)), list(capacity), usd))
    return Demand(wanted, tuple(sorted(stairs, key=lambda s: (s.usd_per_unit, s.link))))


def enumerated(demand: Demand, mu: np.ndarray) -> float:
    """Returns the least cost over every choice of at most one step a staircase that covers the demand."""
    best, flat = np.inf, demand.flat
    choices = [[-1, *np.flatnonzero(flat.stair == k).tolist()] for k in range(len(demand.stairs))]
    for chosen in itertools.product(*choices):
        way: Way = tuple(i for i in chosen if i >= 0)
        if way and flat.capacity[list(way)].sum() >= demand.wanted:
            best = min(best, float((mu[flat.link] * flat.taken)[list(way)].sum()) + traffic_usd(demand, way))
    return best


@pytest.mark.parametrize("seed", range(60))
def test_it_is_the_best_of_all_ways(seed: int) -> None:
    rng = np.random.default_rng(seed)
    demand = random_demand(rng)
    mu = rng.uniform(0.0, 2.0, len(demand.stairs))
    found = cheapest_way(demand, mu)
    assert found is not None

    assert found.least == pytest.approx(enumerated(demand, mu), rel=1e-9)
    assert found.cost == pytest.approx(found.least, rel=1e-9)
    assert demand.flat.capacity[list(found.way)].sum() >= demand.wanted * (1 - 1e-9)
    assert mu @ taken_by_link(demand, found.way, len(mu)) + traffic_usd(demand, found.way) == pytest.approx(found.cost)


@pytest.mark.parametrize("seed", range(40))
def test_merged_labels_stay_a_lower_bound(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for two partial ways the least is at most the truth, and the way found still covers."""
    monkeypatch.setattr(ways, "LABELS_MAX", 2)
    rng = np.random.default_rng(seed)
    demand = random_demand(rng)
    mu = rng.uniform(0.1, 2.0, len(demand.stairs))
    found = cheapest_way(demand, mu)
    assert found is not None
    truth = enumerated(demand, mu)

    assert found.least <= truth * (1 + 1e-9)
    assert found.cost >= truth * (1 - 1e-9)
    assert demand.flat.capacity[list(found.way)].sum() >= demand.wanted * (1 - 1e-9)


def test_traffic_fills_the_cheapest_staircase_first() -> None:
    """6 free, then 4 of the other's 6 at 0.5 usd: 2 usd; with a node at 1 usd each, 4 usd in all."""
    demand = Demand(10.0, (staircase(0, [1.0], [6.0]), staircase(1, [1.0, 2.0], [6.0, 12.0], 0.5)))
    found = cheapest_way(demand, np.array([1.0, 1.0]))
    assert found is not None

    assert found.way == (0, 1)
    assert found.cost == pytest.approx(4.0)


def test_a_demand_that_nothing_covers_has_no_way() -> None:
    assert cheapest_way(Demand(10.0, (staircase(0, [1.0], [6.0]),)), np.array([1.0])) is None
