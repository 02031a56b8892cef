"""Caps on distinct options and models at a site: by hand, over blocks, scenarios and scopes, on engines and methods."""

import math

import pytest

from planner.methods import MethodSettings, solve_program
from planner.program.groups import Groups
from tests.disaggregated_worlds import apart
from tests.policy_worlds import limited
from tests.program.optima import decided, optima, optimum
from tests.resilience_worlds import motley, one_model, one_option, variety
from tests.uncertain_worlds import in_scenarios, with_surges
from tests.worlds import showcase, tiny

KINDS = ("options_max", "models_max")


def test_problems_without_a_cap_have_no_column_of_it():
    for world in (tiny(), showcase(), limited(variety(), "options_max", 2.0)):
        groups = Groups(world).variety
        assert (groups.hostings, groups.hosted) == ([], {})


def test_only_what_a_cap_counts_is_counted():
    groups = Groups(one_option()).variety

    assert groups.hostings == [("option", name, "here", "q1", "expected") for name in ("small", "big")]
    assert groups.caps["model"] == {}
    assert list(groups.caps["option"]) == [("options_max--", "here", "q1", "expected")]


@pytest.mark.parametrize("world", [one_option(), one_model()])
def test_one_at_a_site_serves_day_and_night_alike(world):
    """Small machines alone take 4 by day and 1 by night: 15 usd; big ones alone 20; one each 13."""
    assert optimum(variety()) == pytest.approx(13.0)
    assert optimum(world) == pytest.approx(15.0)
    assert set(decided(world).deployments["option"]) == {"small"}


@pytest.mark.parametrize(("value", "scope", "has_whole", "cramped"), [
    (1.0, "", False, [("options_max--", ("chat",))]), (1.0, "here", False, [("options_max-here-", ("chat",))]),
    (1.0, "there", False, []), (2.0, "", False, []), (1.0, "", True, []),
])  # fmt: skip
def test_one_option_leaves_no_room_for_a_pair_where_nothing_else_answers(value, scope, has_whole, cramped):
    world = apart()
    if not has_whole:
        world = world.with_tables(rates=world.rates[world.rates["option"] != "whole"])
    capped = limited(world, "options_max", value, scope=scope)

    assert Groups(capped).variety.cramped == cramped
    assert math.isinf(optimum(capped)) == bool(cramped)


def test_a_model_counts_once_whatever_its_options():
    same = variety(big="little@fp8")

    assert optimum(limited(same, "models_max", 1.0)) == pytest.approx(13.0)
    assert optimum(limited(same, "options_max", 1.0)) == pytest.approx(15.0)


def test_a_cap_of_another_region_or_period_says_nothing():
    assert optimum(limited(variety(), "options_max", 1.0, scope="there")) == pytest.approx(13.0)
    assert optimum(limited(variety(), "options_max", 1.0, scope="here", period="q1")) == pytest.approx(15.0)


def test_each_future_has_its_own_options():
    """40 requests/s or 5, as likely: one big machine (10 usd) or one small one (3), two hours each."""
    world = in_scenarios(variety(40.0, 40.0), {"much": (0.5, 1.0), "little": (0.5, 0.125)})

    assert optimum(limited(world, "options_max", 1.0)) == pytest.approx(13.0)


@pytest.mark.parametrize(("day", "surge", "most"), [(40.0, 0.0, 4), (41.0, 0.0, 5), (40.0, 0.5, 6), (1000.0, 0.0, 50)])
def test_a_plan_needs_no_more_replicas_than_carry_its_traffic(day, surge, most):
    """Small machines carry 10 requests/s each, and 50 can be had."""
    world = limited(variety(day), "options_max", 1.0)
    groups = Groups(with_surges(world, 1.0, surge) if surge else world)

    assert groups.variety.replicas_most(("chat", "small", "here", "q1", "day")) == most


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_engines_agree_and_caps_bind(kind):
    worlds = [limited(motley(seed), kind, 1.0) for seed in range(20)]
    highs, scip, free = optima(worlds), optima(worlds, "scip"), optima([motley(seed) for seed in range(20)])

    assert highs == pytest.approx(scip, rel=1e-6)
    assert all(a >= b * (1 - 1e-7) for a, b in zip(highs, free, strict=True))
    assert sum(a > b * 1.001 for a, b in zip(highs, free, strict=True)) >= 5
    assert sum(map(math.isfinite, highs)) >= 15


@pytest.mark.parametrize("seed", [1, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_cells_and_the_whole_program_agree(kind, seed):
    """Cells do not know what others host, so that a first plan may have to come from the whole program."""
    settings = MethodSettings(relative_gap=1e-7, threads=1)
    world = limited(motley(seed), kind, 1.0)
    found, usd = solve_program(Groups(world), settings, "outer"), optimum(world)
    assert found.objective_usd == pytest.approx(usd, rel=1e-5)
    assert found.bound_usd <= usd * (1 + 1e-7)
