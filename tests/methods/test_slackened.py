"""Slack on links: every choice for cells becomes a point, a point without slack is a plan, and what is short is told."""

import numpy as np
import pytest

from planner.methods.slackened import slackened
from planner.program.groups import Groups
from planner.solvers import solve_here
from tests.methods.hand_world import guided
from tests.methods.pooled_worlds import ASK
from tests.worlds import random_world, tiny


def loosened(groups: Groups):
    split, guide, _, _ = guided(groups)
    return split, slackened(split.problem, split, guide)


@pytest.mark.parametrize("seed", range(6))
def test_no_slack_is_worth_having_where_a_plan_exists(seed: int) -> None:
    split, loose = loosened(Groups(random_world(seed)))
    with_slack, without = solve_here(loose.problem, ASK), solve_here(split.problem, ASK)

    assert with_slack.objective == pytest.approx(without.objective, rel=1e-6, abs=1e-4)
    assert loose.slack(with_slack.values) == pytest.approx(0.0, abs=1e-5)
    assert loose.short(with_slack.values) == set()


def test_a_fleet_without_nodes_is_short_of_them_all() -> None:
    """tiny's optimum without its contracts: the cells' replicas stay, their nodes are slack, and each cover row is short."""
    split, loose = loosened(Groups(tiny()))
    plan = solve_here(split.problem, ASK).values
    bare = plan.copy()
    bare[split.master_columns] = 0.0
    point = loose.start(bare)

    assert split.problem.violation(bare).largest > 1e-6
    assert loose.problem.violation(point).largest <= 1e-6
    short = loose.short(point)
    assert short
    assert short <= {link.row for link in split.links if link.quantum > 0}
    assert loose.slack(loose.start(plan)) == pytest.approx(0.0, abs=1e-9)


def test_raised_penalties_are_dearer_and_nothing_else_is() -> None:
    _, loose = loosened(Groups(tiny()))
    dearer = loose.raised(4.0)

    assert np.array_equal(dearer.problem.cost[: loose.own], loose.problem.cost[: loose.own])
    assert np.allclose(dearer.problem.cost[loose.own :], 4.0 * loose.problem.cost[loose.own :])
    assert np.all(loose.problem.cost[loose.own :] > 0)
