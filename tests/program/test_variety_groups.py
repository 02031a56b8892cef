"""Caps on distinct options and models at a site: by hand, over blocks, scenarios and scopes, on engines and methods."""

import math

import pytest

from planner.methods import MethodSettings, solve_program
from planner.options.coefficients import Coefficients
from planner.program.groups import Groups
from tests.disaggregated_worlds import apart
from tests.policy_worlds import limited, priced
from tests.program.optima import decided, optima, optimum
from tests.resilience_worlds import motley, one_model, one_option, variety
from tests.uncertain_worlds import in_scenarios, with_surges
from tests.worlds import offer_row, option_row, price_rows, rate_row, showcase, tiny, world

KINDS = ("options_max", "models_max")


def test_problems_without_a_cap_have_no_column_of_it():
    for made in (tiny(), showcase(), limited(variety(), "options_max", 2.0)):
        groups = Groups(made).variety
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


def resting(usd: float) -> Coefficients:
    """Small machines that are there all the same: 4, 1 and 4 replicas of work in three periods, a start costs `usd`."""
    slots = {(t, "day"): 1.0 for t in ("q1", "q2", "q3")}
    made = world(
        [option_row("small", "1xT", 1, variant="little@bf16"), option_row("big", "4xT", 4, variant="large@bf16")],
        [rate_row("chat", "small", 10.0), rate_row("chat", "big", 10.0)], [offer_row("s", "1xT", 1), offer_row("b", "4xT", 4)],
        [row for offer in ("s", "b") for row in price_rows(offer, ["q1", "q2", "q3"], 1.0 if offer == "s" else 50.0)],
        {("chat", t, "day"): 40.0 if t != "q2" else 10.0 for t, _ in slots}, slots, utilisation_max=1.0,
    )  # fmt: skip
    return priced(made, "migration_usd_per_replica", usd)


@pytest.mark.parametrize(("usd", "least"), [(0.5, 10.5), (10.0, 12.0)])
def test_a_cap_leaves_replicas_that_wait_for_later(usd, least):
    """4 + 1 + 4 usd of nodes, and three starts; or three nodes more in the second period, on which replicas wait."""
    assert optimum(resting(usd)) == pytest.approx(least)
    assert optimum(limited(resting(usd), "options_max", 1.0)) == pytest.approx(least)
    assert optimum(limited(resting(usd), "models_max", 1.0)) == pytest.approx(least)


def test_replicas_may_wait_for_another_pool():
    """Ten replicas of one pool and one of the other in the first period, the other way round in the second: eleven are enough."""
    slots = {(t, "day"): 1.0 for t in ("q1", "q2")}
    made = world(
        [option_row("small", "1xT", 1)], [rate_row(w, "small", 10.0) for w in ("chat", "code")], [offer_row("s", "1xT", 1)],
        price_rows("s", ["q1", "q2"], 1.0),
        {("chat", "q1", "day"): 100.0, ("chat", "q2", "day"): 10.0, ("code", "q1", "day"): 10.0, ("code", "q2", "day"): 100.0},
        slots, utilisation_max=1.0,
    )  # fmt: skip
    capped = limited(made, "options_max", 0.0)
    most = {usd: Groups(priced(capped, "migration_usd_per_replica", usd)).variety.replicas_most for usd in (0.0, 1.0)}

    assert most[0.0](("chat", "small", "here", "q2", "day")) == 1
    assert most[1.0](("chat", "small", "here", "q2", "day")) == 11
