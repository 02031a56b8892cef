"""The egress check recomputes bytes that leave regions."""

from pathlib import Path

from tests.plan.damage import cell, edit, told_by


def test_egress_forgotten_is_found(plan_folder: Path) -> None:
    """0.7 requests/s for 1080 h at a tenth of a cent: 0.7 x 3600 x 1080 x 0.001."""
    edit(plan_folder, "ledger.csv", cell("usd", 0, term="egress", period="q1", block="day"))

    assert told_by("egress", plan_folder) == "egress of research in q1/day: expected 2721.6 usd, found 0 usd"


def test_egress_of_traffic_that_stays_at_home_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "ledger.csv", cell("workload", "chat", term="egress", period="q1", block="day"))

    assert "egress of chat in q1/day: expected 0 usd, found 2721.6 usd" in told_by("egress", plan_folder)
