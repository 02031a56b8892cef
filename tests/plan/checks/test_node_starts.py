"""Starts that are not paid for are found."""

from pathlib import Path

from tests.plan.damage import added, edit, found_by, told_by
from tests.plan.policy import with_scalar
from tests.plan.solved import solved_plan


def test_a_start_that_is_not_paid_is_found(plan_folder: Path) -> None:
    """A bought node arrives in q2: by night Virginia has four H100 nodes instead of three."""
    with_scalar(plan_folder, "switching_usd_per_node", 100.0)

    assert told_by("node_starts", plan_folder) == "starts in q2: expected at least 100 usd, found 0 usd"
    assert "switching in q2: expected 100 usd, found 0 usd" in told_by("switching", plan_folder)


def test_a_plan_without_nodes_starts_nothing(plan_folder: Path) -> None:
    """Everything is bought by the token, say."""
    with_scalar(plan_folder, "switching_usd_per_node", 100.0)
    edit(plan_folder, "nodes.csv", lambda frame: frame.iloc[:0])

    assert found_by("node_starts", plan_folder) == []


def test_a_start_that_is_paid_passes(plan_folder: Path) -> None:
    with_scalar(plan_folder, "switching_usd_per_node", 100.0)
    edit(plan_folder, "ledger.csv", added(term="switching", offer="", workload="", period="q2", block="", usd=100.0))

    assert found_by("node_starts", plan_folder) == []
    assert found_by("switching", plan_folder) == []


def test_a_plan_of_one_period_starts_nothing(tmp_path: Path) -> None:
    """There is no period before to compare with: a price of starts costs nothing and the plan passes its audit."""
    changes = {"horizon.periods": [{"period": "q1", "hours": 2190}], "supply.terms": ["on_demand"]}
    plan = solved_plan(tmp_path, {**changes, "money.switching_usd_per_node": 600.0})

    assert found_by("node_starts", plan) == []
