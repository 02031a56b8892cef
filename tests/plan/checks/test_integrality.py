"""The integrality check finds counts that are not counts."""

from pathlib import Path

import pytest

from tests.plan.damage import cell, edit, found_by, told_by
from tests.plan.worlds import OLD, RE

HALF = f"replicas of deployments chat / {OLD} / us-virginia / q1 / day: expected a whole number > 0, found 3.5"


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("deployments.csv", cell("replicas", 3.5, option=OLD, period="q1"), HALF),
        ("deployments.csv", cell("replicas", 0, option=OLD, period="q1"), "found 0"),
        ("nodes.csv", cell("nodes", -1, offer=RE, period="q1"), "nodes of nodes"),
        ("orders.csv", cell("nodes", 2.999999, offer=RE), "found 2.999999"),
        ("placement.csv", cell("accelerators", 0.5, pool="secret"), "accelerators of placement"),
        ("traffic.csv", cell("requests_per_s", -10, workload="secret", period="q1"), "expected a number > 0, found -10"),
        ("traffic.csv", cell("requests_per_s", "nan", workload="secret", period="q1", block="day"), "found nothing"),
        ("ledger.csv", cell("usd", "inf", term="egress"), "expected a finite number"),
    ],
)  # fmt: skip
def test_a_number_that_is_no_count_is_found(plan_folder: Path, name: str, change: object, said: str) -> None:
    edit(plan_folder, name, change)  # type: ignore[arg-type]

    assert said in told_by("integrality", plan_folder)


def test_a_sound_plan_has_none(sound_plan: Path) -> None:
    assert found_by("integrality", sound_plan) == []
