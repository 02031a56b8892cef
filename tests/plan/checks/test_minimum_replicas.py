"""The minimum check counts replicas where the pool has demand."""

from pathlib import Path

import pytest

from planner.methods import MethodSettings, solve_program
from planner.plan.checks.minimum_replicas import minimum_replicas
from planner.plan.finding import Checked
from planner.program.groups import Groups
from tests.plan.checks.made_plans import made_plan
from tests.plan.damage import cell, edit, found_by, told_by, without
from tests.worlds import offer_row, option_row, price_rows, rate_row, world


def test_too_few_replicas_are_found(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/pools.csv", cell("replicas_min", 3, workload="secret"))

    assert (
        told_by("minimum_replicas", plan_folder)
        == "replicas of secret in q1/night: expected at least 3 replicas, found 2 replicas"
    )


def test_no_replica_at_all_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "deployments.csv", without(pool="research", period="q1", block="night"))

    assert "research in q1/night: expected at least 1" in told_by("minimum_replicas", plan_folder)


def test_nothing_is_asked_for_in_a_block_without_demand(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/pools.csv", cell("replicas_min", 1, workload="secret"))

    assert found_by("minimum_replicas", plan_folder) == []


def test_replicas_that_serve_nobody_of_the_pool_do_not_count() -> None:
    """`chat` needs one replica and asks for two; a second one of an option of `code` alone is none of its."""
    made = world(
        [option_row("big", "1xT", 1), option_row("little", "1xU", 1)],
        [rate_row("chat", "big", 5.0), rate_row("code", "little", 5.0)],
        [offer_row("t", "1xT", 1), offer_row("u", "1xU", 1)], price_rows("t", ["q1"], 1.0) + price_rows("u", ["q1"], 0.1),
        {("chat", "q1", "day"): 4.0, ("code", "q1", "day"): 0.0}, {("q1", "day"): 100.0}, replicas_min={"chat": 2},
    )  # fmt: skip
    served = [("chat", "big", "here", "q1", "day", 4.0)]

    two = made_plan(made, [("chat", "big", "here", "q1", "day", 2)], served, [("t", "q1", "day", 2)])
    mixed = made_plan(
        made, [("chat", "big", "here", "q1", "day", 1), ("chat", "little", "here", "q1", "day", 1)], served,
        [("t", "q1", "day", 1), ("u", "q1", "day", 1)],
    )  # fmt: skip

    assert minimum_replicas(two).findings == ()
    assert len(minimum_replicas(mixed).findings) == 1


def test_replicas_that_no_member_may_use_in_the_block_do_not_count() -> None:
    """`chat` and `code` share a pool; by night `code` asks for nothing, and its cheap replicas are no use to `chat`."""
    made = world(
        [option_row("big", "1xT", 1), option_row("little", "1xU", 1)],
        [rate_row("chat", "big", 5.0), rate_row("code", "little", 5.0)],
        [offer_row("t", "1xT", 1), offer_row("u", "1xU", 1)], price_rows("t", ["q1"], 10.0) + price_rows("u", ["q1"], 1.0),
        {("chat", "q1", "day"): 4.0, ("code", "q1", "day"): 4.0, ("chat", "q1", "night"): 4.0, ("code", "q1", "night"): 0.0},
        {("q1", "day"): 100.0, ("q1", "night"): 100.0}, replicas_min={"chat": 3}, pool_of={"chat": "both", "code": "both"},
    )  # fmt: skip
    blocks = ("day", "night")
    mixed = made_plan(
        made,
        [("both", "big", "here", "q1", b, 1) for b in blocks] + [("both", "little", "here", "q1", b, 2) for b in blocks],
        [("chat", "big", "here", "q1", b, 4.0) for b in blocks] + [("code", "little", "here", "q1", "day", 4.0)],
        [("t", "q1", b, 1) for b in blocks] + [("u", "q1", b, 2) for b in blocks],
    )

    assert [finding.subject for finding in minimum_replicas(mixed).findings] == ["replicas of both in q1/night"]
    found = solve_program(Groups(made), MethodSettings(relative_gap=1e-9, threads=1))
    assert found.objective_usd == pytest.approx(100 * (10 + 2 * 1) + 100 * 3 * 10)


def test_nothing_is_asked_of_a_pool_that_may_use_no_replica() -> None:
    """`api` has no option of its own: what it asks for is turned away."""
    made = world(
        [option_row("big", "1xT", 1)], [rate_row("chat", "big", 5.0)], [offer_row("t", "1xT", 1)], price_rows("t", ["q1"], 10.0),
        {("chat", "q1", "day"): 4.0, ("api", "q1", "day"): 4.0}, {("q1", "day"): 100.0}, replicas_min={"api": 1, "chat": 1},
    )  # fmt: skip
    plan = made_plan(
        made, [("chat", "big", "here", "q1", "day", 1)], [("chat", "big", "here", "q1", "day", 4.0)], [("t", "q1", "day", 1)]
    )

    assert minimum_replicas(plan) == Checked(1)
