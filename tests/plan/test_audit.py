"""The audit as a whole: it passes what is sound, names what is not, and survives any damage."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from planner.errors import InputError
from planner.plan.audit import CHECKS, COST_CHECKS, RULE_CHECKS, audit_plan
from planner.plan.plan import TERMS
from planner.program.used import BASE
from tests.plan.damage import cell, edit, edit_facts, errors, failing, mend_digests, without
from tests.plan.worlds import OD, RE, SMALL, VA

DEPLOYMENTS, TRAFFIC, PRICES = "deployments.csv", "traffic.csv", "inputs/coefficients/prices.csv"


def test_a_sound_plan_passes_every_check_and_every_check_looks_at_something(sound_plan: Path) -> None:
    report = audit_plan(sound_plan)

    assert report.passed
    assert report.findings == ()
    assert set(report.checks) == set(CHECKS)
    extended = {*RULE_CHECKS, *COST_CHECKS} - BASE
    assert min(rows for name, rows in report.checks.items() if name not in extended) >= 1


@pytest.mark.parametrize(
    ("name", "change", "checks"),
    [
        (DEPLOYMENTS, cell("replicas", 18, pool="chat", option=SMALL, period="q1", block="day"), "capacity placement"),
        (PRICES, cell("usd_per_hour", 10, offer=RE), "commitment_charge prices_as_listed terminal_credit objective"),
        (TRAFFIC, cell("place", VA, workload="secret", period="q1"), "eligibility residency capacity egress objective"),
        ("orders.csv", without(offer=RE), "commitment commitment_charge terminal_credit objective"),
        ("nodes.csv", cell("nodes", 1, offer=OD, period="q1", block="day"), "cover rent placement objective"),
        ("ledger.csv", cell("usd", 1, term="egress", period="q1", block="day"), "egress objective"),
        (TRAFFIC, cell("requests_per_s", -10, workload="secret", period="q1"), "integrality readable demand"),
        (DEPLOYMENTS, cell("replicas", 4.5, pool="secret", period="q2"), "integrality readable placement"),
        (DEPLOYMENTS, cell("option", "huge", pool="secret"), "references eligibility capacity cover placement"),
    ],
)
def test_a_bug_planted_is_found_by_the_checks_of_its_name(plan_folder: Path, name: str, change: object, checks: str) -> None:
    edit(plan_folder, name, change)  # type: ignore[arg-type]

    assert failing(plan_folder) == set(checks.split())


def test_one_number_changed_by_hand_is_also_found_by_its_digest(plan_folder: Path) -> None:
    edit(plan_folder, "traffic.csv", cell("requests_per_s", 9, workload="secret", period="q1", block="day"), has_digest=False)
    report = audit_plan(plan_folder)

    assert not report.passed
    assert errors(report) == {"demand", "digests"}
    assert report.lines()[0] == f"audit FAILED, 2 finding(s): {len(CHECKS)} checks over {sum(report.checks.values())} rows"
    assert "error [demand] traffic of secret in q1/day: expected 10 requests/s, found 9 requests/s" in report.lines()


def test_an_objective_edited_fails(plan_folder: Path) -> None:
    edit_facts(plan_folder, objective_usd=1.0)

    assert failing(plan_folder) == {"objective"}


def test_the_report_is_plain_json(sound_plan: Path) -> None:
    record = json.loads(json.dumps(audit_plan(sound_plan).record()))

    assert record["passed"] is True
    assert record["checks"]["demand"] == 12


@pytest.mark.parametrize("wounds", [5, pytest.param(60, marks=pytest.mark.slow)])
def test_no_damage_ends_the_audit_with_anything_but_findings_or_an_input_error(
    sound_plan: Path, plan_folder: Path, wounds: int
) -> None:
    """Random wounds: cells emptied, scrambled or huge, columns and rows lost or doubled, files cut."""
    dice = random.Random(int(os.environ.get("PLAN_SEED", "7")))
    tables = sorted(path for path in plan_folder.rglob("*.csv"))
    survived = 0
    for _ in range(int(os.environ.get("PLAN_WOUNDS", wounds))):
        path = dice.choice(tables)
        sound = path.read_bytes()
        path.write_text(_wounded(sound.decode(), dice))
        mend_digests(plan_folder)
        try:
            report = audit_plan(plan_folder)
            survived += 1
            crashes = [f for f in report.findings if f.subject.startswith("the check ")]
        except InputError as error:
            crashes = [] if path.name in str(error) else [error]
        assert crashes == [], path.name
        path.write_bytes(sound)
    mend_digests(plan_folder)

    assert survived > wounds // 4
    assert audit_plan(plan_folder).passed


def _wounded(text: str, dice: random.Random) -> str:
    lines = text.splitlines()
    row = dice.randrange(len(lines))
    cells = lines[row].split(",")
    column = dice.randrange(len(cells))
    wound = dice.randrange(6)
    if wound == 0:
        return "\n".join(lines[:row])
    if wound == 1:
        return "\n".join([*lines, lines[-1]])
    if wound == 2:
        return "\n".join(",".join(line.split(",")[:column] + line.split(",")[column + 1 :]) for line in lines)
    cells[column] = {3: "", 4: "abc\u00e9", 5: "-1e308"}[wound]
    return "\n".join([*lines[:row], ",".join(cells), *lines[row + 1 :]])


def test_every_rule_and_cost_of_the_program_has_its_check() -> None:
    costs = pytest.importorskip("planner.program.costs")
    rules = pytest.importorskip("planner.program.rules")

    assert set(RULE_CHECKS) == {family.name for family in rules.RULES}
    assert set(COST_CHECKS) == {family.name for family in costs.COSTS} == set(TERMS)


def test_the_judge_never_meets_the_maker() -> None:
    code = (
        "import sys, planner.plan.audit, planner.plan.summary, planner.plan.compare, planner.plan.assemble;"
        "makers = ('planner.program', 'planner.methods', 'planner.solvers', 'pyomo', 'highspy', 'ortools');"
        "print([m for m in sys.modules if m.startswith(makers)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
