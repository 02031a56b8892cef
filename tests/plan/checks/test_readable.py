"""The readable check tells what is not as declared, file by file."""

from pathlib import Path

import pytest

from planner.plan.audit import audit_plan
from tests.plan.damage import added, cell, edit, errors, told_by
from tests.plan.worlds import OD, SMALL


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("traffic.csv", cell("requests_per_s", "much", workload="secret"), "expected a finite number in 1/s, found 'much'"),
        ("traffic.csv", cell("requests_per_s", "", workload="secret"), "found an empty cell"),
        ("nodes.csv", lambda frame: frame.drop(columns="nodes"), "expected a column 'nodes'"),
        ("orders.csv", lambda frame: frame.assign(discount=1), "found 'discount'"),
        ("deployments.csv", lambda frame: frame.iloc[[*range(len(frame)), 0]], "not used before"),
        ("inputs/coefficients/prices.csv", cell("usd_per_hour", -5, offer=OD), "expected a number >= 0 in usd/h, found -5"),
        ("inputs/coefficients/options.csv", cell("gpus", 1.5, option=SMALL), "expected a whole number, found 1.5"),
        ("inputs/coefficients/offers.csv", cell("kind", "gift", offer=OD), "found 'gift'"),
        ("inputs/coefficients/sites.csv", lambda frame: frame.iloc[:0], None),
        ("inputs/instance/demand.csv", cell("requests_per_s", -1, workload="chat"), "expected a number >= 0 in 1/s, found -1"),
        ("inputs/instance/demand.csv", added(workload="nobody", period="q1", block="day", requests_per_s=1), "'nobody'"),
    ],
)
def test_damage_is_a_finding_and_never_a_traceback(plan_folder: Path, name: str, change: object, said: str | None) -> None:
    edit(plan_folder, name, change)  # type: ignore[arg-type]

    report = audit_plan(plan_folder)
    assert not report.passed
    assert said is None or said in told_by("readable", plan_folder)
    assert not any("Error" in finding.actual for finding in report.findings)


def test_a_broken_instance_is_told_with_its_line(plan_folder: Path) -> None:
    path = plan_folder / "inputs/instance/instance.yaml"
    path.write_text(path.read_text().replace("name: pair", "name: pair\ncolour: red"))

    assert "instance.yaml, line 4, colour: expected only documented keys" in told_by("readable", plan_folder)
    assert {"readable", "digests"} == errors(audit_plan(plan_folder))
