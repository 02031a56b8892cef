"""Planted wrong claims on a plan's goal are found."""

import json
from pathlib import Path

import pytest

from planner.pipeline import SolveSettings, make_plan
from tests.plan.damage import cell, edit, edit_facts, edit_record, failing, told_by
from tests.small_instances import write_instance


def claim(folder: Path, **changes: object) -> Path:
    """Changes the plan's claim on its one goal."""
    record = json.loads((folder / "plan.json").read_text())
    return edit_facts(folder, goals=[{**record["goals"][0], **changes}])


def test_a_sound_plan_passes(tailed_plan: Path, risky_plan: Path) -> None:
    assert failing(tailed_plan) == set()
    assert failing(risky_plan) == set()
    record = json.loads((tailed_plan / "plan.json").read_text())
    assert (record["goal"], record["bound_usd"], record["goals"][0]["unit"]) == ("tail_cost", None, "usd")
    assert record["goals"][0]["objective"] > record["objective_usd"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"objective": 1.0}, "value of tail_cost"), ({"bound": 1e12}, "bound of tail_cost"), ({"gap": 0.5}, "gap of tail_cost"),
        ({"goal": "least_cost"}, "a stage: expected tail_cost"), ({"tolerance_share": 0.5}, "tolerance 0.5"),
    ],
)  # fmt: skip
def test_a_claim_changed_by_hand_is_found(tailed_plan: Path, changes: dict[str, object], said: str) -> None:
    assert said in told_by("goal", claim(tailed_plan, **changes))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"goal": "least_cost"}, "goal of the plan: expected tail_cost with 1 stages"), ({"bound_usd": 1.0}, "bound_usd"),
        ({"status": "feasible"}, "status: expected optimal"), ({"gap": 0.5}, "gap of the plan"), ({"goals": []}, "with 0 stages"),
    ],
)  # fmt: skip
def test_a_fact_changed_by_hand_is_found(tailed_plan: Path, facts: dict[str, object], said: str) -> None:
    assert said in told_by("goal", edit_facts(tailed_plan, **facts))


def test_the_last_digit_of_a_gap_is_no_gap_in_claim_and_audit(tailed_plan: Path) -> None:
    """Optimal at 0 asked for with 1e-9 left open, feasible with 2e-9: so claimed, so expected."""
    for gap, due in ((1e-9, "optimal"), (2e-9, "feasible")):
        value = json.loads((tailed_plan / "plan.json").read_text())["goals"][0]["objective"]
        claim(tailed_plan, bound=value * (1 - gap), gap=gap)
        edit_facts(tailed_plan, gap=gap, gap_asked=0.0, status=due)
        assert "goal" not in failing(tailed_plan)


def test_a_goal_left_out_is_not_taken_for_an_older_plan(tailed_plan: Path) -> None:
    edit_record(tailed_plan, lambda record: [record.pop(name) for name in ("goal", "goals")])

    assert "goal of the plan: expected tail_cost with 1 stages" in told_by("goal", tailed_plan)


def test_traffic_of_another_plan_changes_the_value(tailed_plan: Path) -> None:
    edit(tailed_plan, "ledger.csv", cell("usd", 1, term="rent", period="q1", block="day@high"))

    assert "value of tail_cost" in told_by("goal", tailed_plan)


def test_carbon_and_service_are_recomputed(tmp_path: Path) -> None:
    """Most served within a budget, then least carbon: both claims are held against nodes and requests turned away."""
    changes = {
        "goal": {"kind": "lexicographic", "order": ["most_served", "least_carbon"], "tolerance_shares": {"most_served": 0.1}},
        "limits": [{"limit": "cash", "kind": "budget_usd", "value": 500_000}],
    }  # fmt: skip
    path = write_instance(tmp_path / "instance", changes, requests_per_s=900.0)
    outcome = make_plan(path, tmp_path / "plan", SolveSettings(threads=1))
    served, carbon = outcome.plan.facts.goals

    assert failing(tmp_path / "plan") == set()
    assert outcome.plan.facts.goal == "lexicographic"
    assert 0 < served.objective < 900 * 3600 * 4380
    assert (served.unit, carbon.unit, carbon.objective > 0) == ("requests", "kg", True)
    assert not outcome.plan.tables.unserved.empty

    first = outcome.plan.tables.unserved.iloc[0]
    where = {name: str(first[name]) for name in ("workload", "period", "block")}
    edit(tmp_path / "plan", "unserved.csv", cell("requests_per_s", 1.0, **where))
    assert "value of most_served" in told_by("goal", tmp_path / "plan")
    nodes = outcome.plan.tables.nodes.iloc[0]
    where = {name: str(nodes[name]) for name in ("offer", "period", "block")}
    edit(tmp_path / "plan", "nodes.csv", cell("nodes", int(nodes["nodes"]) + 1, **where))
    assert "value of least_carbon" in told_by("goal", tmp_path / "plan")
