"""Plans that pay for more than is pledged, twice, out of term, or at another discount are found."""

import shutil
from pathlib import Path

import pytest

from tests.plan.damage import added, cell, edit, found_by, told_by
from tests.savings_worlds import solved

OFFER = "aws/p5.48xlarge/us-virginia/on_demand"
PLANS = "inputs/coefficients/savings_plans.csv"


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A copy of a plan with a pledge."""
    return Path(shutil.copytree(solved(), tmp_path / "plan"))


def test_a_sound_plan_passes(plan: Path) -> None:
    assert found_by("savings_plan", plan) == []


def test_a_pledge_made_smaller_is_found(plan: Path) -> None:
    edit(plan, "pledges.csv", cell("usd_per_hour", 100, savings_plan="aws/compute_1y"))

    assert "use of aws/compute_1y, signed in q1, in q3/night: expected at most 100 usd/h, found 156" in told_by(
        "savings_plan", plan
    )


def test_more_nodes_than_run_are_found(plan: Path) -> None:
    edit(plan, "plan_use.csv", cell("nodes", 40, period="q2", block="day"))

    assert f"nodes of {OFFER} that plans pay for in q2/day: expected at most 6 nodes, found 40 nodes" in told_by(
        "savings_plan", plan
    )


def test_use_without_a_pledge_is_found(plan: Path) -> None:
    row = {"savings_plan": "aws/compute_3y", "signed": "q4", "offer": OFFER, "period": "q2", "block": "day", "nodes": 0.5}
    edit(plan, "plan_use.csv", added(**row))

    assert f"{OFFER} in q2/day, paid for by aws/compute_3y of q4" in told_by("savings_plan", plan)
    assert "outside the term" in told_by("savings_plan", plan)


def test_another_discount_or_term_than_listed_is_found(plan: Path) -> None:
    edit(plan, PLANS, cell("discount_share", 0.5, savings_plan="aws/compute_1y"))

    assert "expected 0.28 off for 4 periods, found 0.5 off for 4 periods" in told_by("savings_plan", plan)
    edit(plan, PLANS, cell("discount_share", 0.28, savings_plan="aws/compute_1y"))
    edit(plan, PLANS, cell("term_periods", 2, savings_plan="aws/compute_1y"))
    assert "expected 0.28 off for 4 periods, found 0.28 off for 2 periods" in told_by("savings_plan", plan)


def test_a_plan_that_the_instance_denies_is_found(plan: Path) -> None:
    path = plan / "inputs/instance/instance.yaml"
    path.write_text(path.read_text().replace("- savings_plan", "- spot"))
    edit(plan, "pledges.csv", lambda frame: frame)

    assert "plan aws/compute_1y on " in told_by("savings_plan", plan)
