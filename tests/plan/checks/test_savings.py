"""Ledger rows of savings plans that are off by more than a cent are found."""

import shutil
from pathlib import Path

from tests.plan.damage import cell, edit, found_by, told_by, without
from tests.savings_worlds import solved


def test_a_saving_made_larger_or_left_out_is_found(tmp_path: Path) -> None:
    plan = Path(shutil.copytree(solved(), tmp_path / "plan"))
    assert found_by("savings", plan) == []

    edit(plan, "ledger.csv", cell("usd", -99999, term="savings", period="q1", block="day"))
    assert "savings of aws/p5.48xlarge/us-virginia/on_demand in q1/day: expected -66618" in told_by("savings", plan)
    edit(plan, "ledger.csv", without(term="savings", period="q1", block="day"))
    assert "found 0 usd" in told_by("savings", plan)
