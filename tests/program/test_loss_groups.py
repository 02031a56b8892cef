"""The loss of a region: by hand, what cannot survive it, engines and methods."""

import math

import pytest

from planner.methods import MethodSettings, solve_program
from planner.program.groups import Groups
from tests.policy_worlds import limited
from tests.program.optima import optima, optimum
from tests.resilience_worlds import lost_region, motley, two_regions
from tests.service_worlds import capped, turned_away
from tests.worlds import rich_world, showcase, tiny

KIND = "region_loss_service_share"


def test_problems_without_the_wish_have_no_column_of_it():
    for world in (tiny(), showcase(), limited(tiny(), KIND, 0.0)):
        losses = Groups(world).losses
        assert (losses.rests, losses.diverted, losses.stranded) == ({}, [], [])


@pytest.mark.parametrize(("share", "usd"), [(0.0, 8.0), (0.1, 10.0), (0.5, 10.0), (0.51, 20.0), (1.0, 20.0)])
@pytest.mark.parametrize("pools", [None, {"chat": "both", "code": "both"}])
def test_each_region_carries_the_share_alone(share, usd, pools):
    """8 requests/s: two replicas here cost 8 usd; half of it survives one here and one there (10), all of it two and two (20)."""
    assert optimum(limited(two_regions(8.0, pools), KIND, share)) == pytest.approx(usd)


def test_only_the_region_named_may_be_lost():
    """Without here, half is carried there: one replica there, one here. Without there, two here are enough: 8 usd."""
    assert optimum(limited(two_regions(), KIND, 0.5, scope="here")) == pytest.approx(10.0)
    assert optimum(limited(two_regions(), KIND, 1.0, scope="there")) == pytest.approx(8.0)
    assert optimum(limited(two_regions(), KIND, 1.0, scope="here", period="q1")) == pytest.approx(12.0)


def test_workloads_of_one_region_are_named():
    world = two_regions(8.0, {"chat": "both", "code": "both"})
    paths = world.paths.assign(is_allowed=(world.paths["workload"] != "code") | (world.paths["region"] == "here"))
    [stranded] = Groups(limited(world.with_tables(paths=paths), KIND, 0.5)).losses.stranded

    assert (stranded.region, stranded.workloads) == ("here", ("code",))


def test_what_is_bought_survives():
    """Three tenths of 10 requests/s by day, and of 4 by night, must come from the seller: 3 and 1.2 at 72 usd, and two nodes."""
    assert optimum(capped()) == pytest.approx(944.0)
    assert optimum(limited(capped(), KIND, 0.3)) == pytest.approx(800.0 + 4.2 * 72)
    assert Groups(limited(capped(), KIND, 0.3)).losses.stranded == []


def test_what_must_survive_nowhere_is_turned_away():
    """All 14 requests/s at 72 usd: what is served in the only region would not survive it."""
    assert optimum(limited(turned_away(), KIND, 0.5)) == pytest.approx(14 * 72)


@pytest.mark.slow
def test_engines_agree_and_the_wish_costs():
    worlds = [limited(motley(seed), KIND, 0.3 + 0.05 * (seed % 8)) for seed in range(16)]
    worlds += [limited(rich_world(seed), KIND, 0.4) for seed in range(12)]
    highs, scip = optima(worlds), optima(worlds, "scip")
    free = optima([*(motley(seed) for seed in range(16)), *(rich_world(seed) for seed in range(12))])

    assert highs == pytest.approx(scip, rel=1e-6)
    assert all(a >= b * (1 - 1e-7) for a, b in zip(highs, free, strict=True))
    assert sum(a > b * 1.001 for a, b in zip(highs, free, strict=True) if math.isfinite(a)) >= 8
    assert all(math.isinf(usd) for usd, world in zip(highs, worlds, strict=True) if Groups(world).losses.stranded)


def test_cells_and_the_whole_program_agree():
    settings = MethodSettings(relative_gap=1e-7, threads=1)
    for world in (lost_region(), limited(motley(1), KIND, 0.6)):
        found = solve_program(Groups(world), settings, "outer")
        assert found.objective_usd == pytest.approx(optimum(world), rel=1e-5)
        assert found.bound_usd <= optimum(world) * (1 + 1e-7)
