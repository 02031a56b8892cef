"""The section on why this plan stands in the report where `planner explain` has been run, and nowhere else."""

import json
import shutil
from pathlib import Path

import pytest

from planner.plan.audit import audit_plan
from planner.reports.charts import LIMIT_COLOUR
from planner.reports.explained import FILE, explained
from planner.reports.facts import report_facts
from planner.reports.html import render
from planner.studies import explain

COST = {"low_usd": 900.0, "high_usd": 1100.0, "verdict": "dearer"}
RECORD = {
    "objective_usd": 5000.0,
    "worth": [
        {
            "subject": "supply of <b>", "by": 1.0, "unit": "nodes", "change_text": "1 to 2 usd lower", "dual_usd": -9.0,
            "is_misleading": True,
        }
    ],
    "why_not": [{"text": "why not B200: dear"}],
    "break_even": [],
    "runner_ups": {
        "within_share": 0.02, "is_complete": True, "least_share": 0.0,
        "fleets": [{"objective_usd": 5000.0, "text": "3 x 8xH100 on_demand"}],
    },
    "promises": {
        "objective_usd": 5000.0,
        "steps": [
            {"promise": "residency", "objective_usd": 4000.0, "cost": COST},
            {"promise": "latency", "objective_usd": 2500.0, "cost": {**COST, "low_usd": None}},
        ],
    },
}  # fmt: skip


@pytest.fixture
def folder(hand_made: Path, tmp_path: Path) -> Path:
    made = Path(shutil.copytree(hand_made, tmp_path / "plan"))
    (made / FILE).write_text(json.dumps(RECORD))
    return made


def test_the_file_is_the_one_that_explain_writes():
    assert explain.FILE == FILE


def test_the_section_has_promises_fleets_and_sentences(folder):
    page = render(report_facts(folder))

    assert "<h2>Why this plan</h2>" in page
    assert "Fleets within 2.0% of the plan, all of them" in page
    assert "3 × 8xH100 on_demand" in page
    assert "supply of &lt;b&gt;" in page
    assert "1 to 2 usd lower" in page
    assert "misleading</span>" in page
    assert "no lower end" in page
    assert "What promises cost" in page
    assert audit_plan(folder).passed


def test_the_waterfall_goes_from_the_fleet_without_promises_to_the_plan(folder):
    chart = explained(folder)["chart"]

    assert chart.index("Without these promises") < chart.index("latency") < chart.index("residency") < chart.index("The plan")


def test_each_step_has_its_interval_as_a_whisker(folder):
    """Residency is proved to cost 900 to 1,100: a line with two ends; latency has no lower end, so none is drawn."""
    record = json.loads((folder / FILE).read_text())
    chart = explained(folder)["chart"]
    (folder / FILE).write_text(
        json.dumps({**record, "promises": {**record["promises"], "steps": record["promises"]["steps"][1:]}})
    )

    assert "$900 to $1,100" in chart
    assert chart.count(LIMIT_COLOUR) == 3
    assert explained(folder)["chart"].count(LIMIT_COLOUR) == 0


def test_a_step_without_a_plan_leaves_the_picture_out(folder):
    steps = [{**RECORD["promises"]["steps"][0], "objective_usd": None}]
    (folder / FILE).write_text(json.dumps({**RECORD, "promises": {"objective_usd": 5000.0, "steps": steps}}))

    assert explained(folder)["chart"] == ""
    assert "no plan in the time" in render(report_facts(folder))


def test_without_an_explanation_there_is_no_section(hand_made, folder):
    assert "Why this plan" not in render(report_facts(hand_made))

    (folder / FILE).write_text("not json")
    assert explained(folder) is None


def test_a_fleet_cheaper_than_the_plan_and_the_plan_among_the_fleets_are_told(folder):
    fleets = [{"objective_usd": 4900.0, "text": "2 x 8xH100"}, {"objective_usd": 5000.0, "text": "3 x 8xH100", "is_plan": True}]
    runner_ups = {**RECORD["runner_ups"], "fleets": fleets}
    (folder / FILE).write_text(json.dumps({**RECORD, "cheapest_found_usd": 4900.0, "runner_ups": runner_ups}))
    page = render(report_facts(folder))

    assert "found one at $4,900, cheaper than the plan" in page
    assert page.count("<strong>The plan:</strong>") == 1
