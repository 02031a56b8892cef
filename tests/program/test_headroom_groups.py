"""Pooled headroom changes the optimum to a known one, on both engines and both methods."""

import pytest

from planner.methods import MethodSettings, solve_program
from planner.options.headroom import busy_max
from planner.program.groups import Groups
from tests.headroom_worlds import pooled, with_headroom
from tests.policy_worlds import spotty
from tests.program.optima import decided, optima, optimum
from tests.service_worlds import plain
from tests.worlds import rich_world, tiny

both = pytest.mark.parametrize("solver", ["highs", "scip"])


@both
def test_two_replicas_carry_what_took_three(solver):
    """8.5 requests/s keep 1.7 replicas busy: over 2 x 0.8, under R(2) = 1.7267. So one node of two is enough, 400 usd."""
    assert optimum(plain(8.5, 0.0), solver) == pytest.approx(800.0)
    assert optimum(pooled(8.5), solver) == pytest.approx(400.0)
    assert optimum(pooled(8.7), solver) == pytest.approx(800.0), "1.74 is over the curve"


def test_load_stands_on_the_best_line():
    """45 requests/s: 9 busy; at 0.8 each 12 replicas (6 nodes), with headroom 10: R(10) = 9.42; nine are too few, 7 nodes' 5."""
    made = decided(pooled(45.0))

    assert busy_max(9, 0.8) < 9 <= busy_max(10, 0.8)
    assert int(made.deployments["replicas"].sum()) == 10
    assert optimum(plain(45.0, 0.0)) == pytest.approx(2400.0)
    assert optimum(pooled(45.0)) == pytest.approx(2000.0)


def test_replicas_on_spot_nodes_have_no_headroom():
    groups = Groups(with_headroom(spotty(1.0)))

    assert {d[2] for d in groups.headroom.plain} == {"here!spot"}
    assert {d[2] for d in groups.headroom.deployments} == {"here"}
    assert Groups(tiny()).headroom.deployments == []
    assert Groups(tiny()).headroom.plain == Groups(tiny()).deployments


def disagreements(seeds: range) -> list[str]:
    """Returns the seeds of random worlds on which the engines disagree, or headroom costs more than none."""
    made = [with_headroom(rich_world(seed)) for seed in seeds]
    by_highs, by_scip, without = optima(made), optima(made, "scip"), optima([rich_world(seed) for seed in seeds])
    told = [f"{s}: {a}, {b}" for s, a, b in zip(seeds, by_highs, by_scip, strict=True) if a != pytest.approx(b, rel=1e-6)]
    told += [f"{s}: {a} over {b}" for s, a, b in zip(seeds, by_highs, without, strict=True) if a > b * (1 + 1e-9)]
    assert len(seeds) < 20 or any(a < b * (1 - 1e-6) for a, b in zip(by_highs, without, strict=True)), "it pays somewhere"
    return told


def test_engines_agree_on_random_worlds():
    assert disagreements(range(4)) == []


@pytest.mark.slow
def test_engines_agree_on_many_random_worlds():
    assert disagreements(range(24)) == []


SETTINGS = MethodSettings(relative_gap=1e-6, time_limit_s=60.0, threads=1)


@pytest.mark.parametrize("seed", [pytest.param(seed, marks=pytest.mark.slow if seed > 1 else ()) for seed in range(8)])
def test_methods_agree(seed):
    groups = Groups(with_headroom(rich_world(seed)))
    outer, whole = (solve_program(groups, SETTINGS, method) for method in ("outer", "textbook"))

    assert outer.status == whole.status
    if whole.objective_usd is not None:
        assert outer.objective_usd == pytest.approx(whole.objective_usd, rel=1e-5)


def test_the_line_above_what_is_needed_without_headroom_may_be_the_best_below_it():
    """11.362 busy need 15 replicas without headroom; 12 with the line of 16, while that of 8 falls 1e-3 short."""
    requests_per_s = 11.362 * 5.0
    made = decided(pooled(requests_per_s))

    assert {one[5] for one in Groups(pooled(requests_per_s)).headroom.lifted} == {2, 4, 8, 16}
    assert int(made.deployments["replicas"].sum()) == 12
