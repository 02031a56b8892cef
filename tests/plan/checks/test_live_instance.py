"""A plan is held against the instance as it is today."""

from pathlib import Path

import pytest

from planner.plan.audit import audit_plan
from tests.plan.damage import cell, edit
from tests.plan.worlds import instance


@pytest.fixture
def live(tmp_path: Path) -> Path:
    return instance(tmp_path / "live").folder


def test_the_same_instance_passes(sound_plan: Path, live: Path) -> None:
    report = audit_plan(sound_plan, live)

    assert report.passed
    assert report.checks["live_instance"] == 12


def test_demand_that_changed_since_is_told(sound_plan: Path, live: Path) -> None:
    edit(live, "demand.csv", cell("requests_per_s", 11, workload="secret", period="q1", block="day"), has_digest=False)

    [finding] = audit_plan(sound_plan, live).findings
    assert str(finding) == "demand secret / q1 / day / expected requests_per_s: expected 10, found 11"


def test_a_setting_that_changed_since_is_told_by_its_path(sound_plan: Path, live: Path) -> None:
    path = live / "instance.yaml"
    path.write_text(path.read_text().replace("utilisation_max: 0.8", "utilisation_max: 0.6").replace("ms: 400", "ms: 300"))

    told = [str(finding) for finding in audit_plan(sound_plan, live).findings]
    assert told == [
        "settings service.utilisation_max: expected 0.8, found 0.6",
        "settings workloads[secret].slo[0].ms: expected 400, found 300",
    ]


def test_words_that_no_plan_depends_on_may_change(sound_plan: Path, live: Path) -> None:
    path = live / "instance.yaml"
    path.write_text(path.read_text() + "\nstory: |\n  Another story,\n  on two lines.\n")

    assert audit_plan(sound_plan, live).passed


def test_an_instance_that_is_gone_is_a_finding(sound_plan: Path, tmp_path: Path) -> None:
    report = audit_plan(sound_plan, tmp_path / "nowhere")

    assert not report.passed
    assert "no such file" in report.lines()[1]
