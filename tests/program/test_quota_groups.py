"""Quotas on accelerators of a kind: what the rule sums over, that it bites, and that two engines agree."""

import numpy as np
import pytest

from planner.methods import MethodSettings, solve_program
from planner.options.coefficients import Coefficients
from planner.program.groups import Groups
from tests.sliced_worlds import quota_world, two_machines, with_quota
from tests.worlds import random_world, tiny


def outcome(world: Coefficients, solver: str = "highs") -> float | str:
    """Returns the proved optimum in usd, or the status where there is none."""
    found = solve_program(Groups(world), MethodSettings(solver, 1e-9, 60.0, 1))
    return found.status if found.objective_usd is None else found.objective_usd


def test_groups_are_empty_without_a_limit():
    groups = Groups(tiny()).quotas

    assert (groups.accelerators_max, groups.offers_of_limit, groups.rentals_of_quota) == ({}, {}, {})


def test_accelerators_of_every_machine_count():
    groups = Groups(quota_world()).quotas

    assert groups.rentals_of_quota == {("cards", "hour", "all"): [(1.0, ("s", "hour", "all"))]}
    assert groups.holdings_of_quota == {("cards", "hour", "all"): [(4.0, ("b", "hour"))]}


def test_a_limit_of_a_period_holds_there_alone():
    groups = Groups(with_quota(tiny(), 4.0, period="q2")).quotas

    assert list(groups.accelerators_max) == [("cards", "q2", "day"), ("cards", "q2", "night")]


@pytest.mark.parametrize(
    ("value", "scope", "usd"), [(9.0, "T", 9.5), (5.0, "T", 9.5), (4.0, "T", 10.0), (4.0, "", 10.0), (4.0, "U", 9.5)]
)
def test_a_quota_changes_the_optimum(value, scope, usd):
    """Five small machines (1.9 each) take 5 accelerators; where 4 are allowed, one big one at 10 that carries 50."""
    assert outcome(with_quota(two_machines((10.0, 1.9), (50.0, 10.0)), value, scope)) == pytest.approx(usd)


def test_a_quota_below_the_need_is_infeasible():
    assert outcome(with_quota(two_machines(), 3.0)) == "infeasible"


@pytest.mark.parametrize("seed", range(20))
def test_engines_agree(seed):
    value = float(np.random.default_rng(seed).integers(4, 14))
    world = with_quota(random_world(seed), value, scope="T")
    ours, theirs = outcome(world), outcome(world, "scip")

    assert ours == (pytest.approx(theirs, rel=1e-7) if isinstance(theirs, float) else theirs)
