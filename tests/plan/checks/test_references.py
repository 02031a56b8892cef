"""The reference check names what nobody declared."""

from pathlib import Path

import pytest

from tests.plan.damage import added, cell, edit, told_by, without
from tests.plan.worlds import OD, SMALL


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("deployments.csv", cell("option", "huge@fp8", option=SMALL, period="q1"), "option 'huge@fp8' of table deployments"),
        ("traffic.csv", cell("workload", "ghost", workload="secret"), "workload 'ghost' of table traffic"),
        ("traffic.csv", cell("place", "moon", workload="secret"), "place 'moon' of table traffic"),
        ("nodes.csv", cell("offer", "free/lunch", offer=OD), "offer 'free/lunch' of table nodes"),
        ("orders.csv", cell("period", "q9", nodes="1"), "period 'q9' of table orders"),
        ("placement.csv", cell("pool", "puddle", pool="secret"), "pool 'puddle' of table placement"),
        ("ledger.csv", cell("block", "noon", term="egress"), "block 'noon' of table ledger"),
        ("inputs/coefficients/rates.csv", cell("option", "huge@fp8", workload="secret"), "option 'huge@fp8' of table rates"),
        ("inputs/coefficients/blocks.csv", without(period="q2", block="night"), None),
    ],
)
def test_unknown_names_are_found(plan_folder: Path, name: str, change: object, said: str | None) -> None:
    edit(plan_folder, name, change)  # type: ignore[arg-type]

    assert said is None or said in told_by("references", plan_folder)


def test_a_second_scenario_is_refused(plan_folder: Path) -> None:
    row = {"offer": OD, "period": "q1", "scenario": "boom", "usd_per_hour": 1, "upfront_usd": 0, "source": "user"}
    edit(plan_folder, "inputs/coefficients/prices.csv", added(**row))

    assert "expected one scenario, found boom, expected" in told_by("references", plan_folder)
