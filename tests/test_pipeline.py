"""What a plan that cannot be is told as, and what of the time limit the search has and the plan is said to have taken."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

import planner.methods
import planner.plan.audit
import planner.plan.files
from planner.errors import UnsatisfiableError
from planner.methods.result import Need
from planner.pipeline import SolveSettings, make_plan, need_faults, read
from tests.small_instances import SMALL, second_workload, write_instance

LIMITS = [
    {"limit": "power", "kind": "power_kw", "value": 50.0},
    {"limit": "cash", "kind": "budget_usd", "value": 2_000_000.0},
]


def test_a_limit_that_no_plan_keeps_is_told_with_what_every_plan_needs(tmp_path: Path) -> None:
    instance, _ = read(write_instance(tmp_path, {"limits": LIMITS}))

    (fault,) = need_faults(Need(("budget[cash]",), 1.022), [("budget[cash]", 1.153)], instance)

    assert "limits[1]" in fault.where
    assert fault.expected == "2,044,000 or more, as every plan needs 102.2% of budget[cash] (proved)"
    assert fault.found == "2,000,000; a fleet that takes 115.3% of it was met"


def test_of_several_limits_one_is_broken(tmp_path: Path) -> None:
    instance, _ = read(write_instance(tmp_path, {"limits": LIMITS}))

    rows = ("budget[cash]", "power[power,us-virginia,q1,day]", "power[power,us-virginia,q1,night]", "other[x]")
    cash, power, other = need_faults(Need(rows, 1.05), [], instance)

    assert ["limits[1]" in cash.where, "limits[0]" in power.where, "limits" in other.where] == [True, True, False]
    day = "power[power,us-virginia,q1,day] or 1 more like it"
    assert cash.expected == f"2,100,000 or more, as every plan needs 105.0% of budget[cash], or of {day}, or of other[x] (proved)"
    assert power.expected == f"52.5 or more, as every plan needs 105.0% of {day}, or of budget[cash], or of other[x] (proved)"
    assert [fault.found for fault in (cash, power, other)] == ["2,000,000", "50", "what there is"]


def test_a_limit_in_one_future_is_that_limit_and_shares_near_1_are_told_apart_from_it(tmp_path: Path) -> None:
    instance, _ = read(write_instance(tmp_path, {"limits": LIMITS}))

    (fault,) = need_faults(Need(("budget[cash@boom]",), 1.00012), [], instance)

    assert "limits[1]" in fault.where
    assert fault.expected == "2,000,240 or more, as every plan needs 100.012% of budget[cash@boom] (proved)"


@pytest.mark.parametrize("method", ["auto", "outer", "textbook", "recourse", "partwise"])
def test_whatever_the_method_the_limit_in_the_way_is_named(method: str, tmp_path: Path) -> None:
    """A hall that holds no node beside an ample budget worlds apart from it."""
    limits = [{"limit": "far", "kind": "budget_usd", "value": 1e13}, {"limit": "hall", "kind": "power_kw", "value": 1.0}]
    settings = SolveSettings(threads=1, time_limit_s=20, method=method)

    with pytest.raises(UnsatisfiableError) as told:
        make_plan(write_instance(tmp_path / "tight", {"limits": limits}), tmp_path / "none", settings)

    assert "limits[1]" in str(told.value)
    assert "of power[hall" in str(told.value)


def test_a_budget_that_fractions_of_nodes_keep_and_whole_ones_do_not_is_told_so(tmp_path: Path) -> None:
    """All is rented by the hour, so that the cheapest plan is the one of least cash; whole nodes serve more than is asked."""
    exact = SolveSettings(gap=1e-6, threads=1, time_limit_s=60)
    rented = {"supply.terms": ["on_demand"]}
    ample = write_instance(tmp_path / "ample", {**rented, "limits": [{**LIMITS[1], "value": 1e9}]}, requests_per_s=400.0)
    least = make_plan(ample, tmp_path / "plan", exact).plan.facts.objective_usd
    tight = write_instance(tmp_path / "tight", {**rented, "limits": [{**LIMITS[1], "value": 0.98 * least}]}, requests_per_s=400.0)

    with pytest.raises(UnsatisfiableError) as told:
        make_plan(tight, tmp_path / "none", exact)

    assert not (tmp_path / "none").exists()
    assert "as every plan needs 102.0% of budget[cash] (proved)" in str(told.value)
    assert "a fleet that takes 102.0% of it was met" in str(told.value)


def test_the_seconds_a_plan_took_include_its_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audit = planner.plan.audit.audit_plan

    def slow(folder: Path) -> Any:
        time.sleep(1.0)
        return audit(folder)

    monkeypatch.setattr(planner.plan.audit, "audit_plan", slow)
    began = time.monotonic()
    facts = make_plan(write_instance(tmp_path / "world"), tmp_path / "plan", SolveSettings(threads=1, time_limit_s=20)).plan.facts

    assert 1.0 < facts.wall_s < time.monotonic() - began
    assert json.loads((tmp_path / "plan" / "plan.json").read_text())["wall_s"] == facts.wall_s


def test_more_of_the_time_limit_is_kept_for_the_audit_of_more_demand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []
    solve = planner.methods.solve_program

    def noted(groups: Any, settings: Any, method: str) -> Any:
        given.append(settings.time_limit_s)
        return solve(groups, settings, method)

    monkeypatch.setattr(planner.methods, "solve_program", noted)
    monkeypatch.setattr(planner.pipeline, "RESERVE_S_PER_DEMAND", 5.0)
    for name, workloads in (("one", SMALL["workloads"]), ("two", [*SMALL["workloads"], second_workload()])):
        world = write_instance(tmp_path / name, {"workloads": workloads})
        make_plan(world, tmp_path / f"plan_{name}", SolveSettings(threads=1, time_limit_s=100))

    assert 75.0 < given[0] < 80.0, "two periods of two blocks are four rows of demand"
    assert 55.0 < given[1] < 60.0


def test_a_time_that_cannot_be_written_is_told_and_the_plan_stands(tmp_path, monkeypatch, caplog) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(planner.plan.files, "write_wall_time", full)
    outcome = make_plan(write_instance(tmp_path / "world"), tmp_path / "plan", SolveSettings(threads=1, time_limit_s=20))

    assert outcome.audit.passed
    assert "No space left" in caplog.text


@pytest.mark.parametrize("out", [".", "none/../plan"])
def test_a_plan_is_audited_where_it_was_written(out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = write_instance(tmp_path / "world")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    assert make_plan(world, Path(out), SolveSettings(threads=1, time_limit_s=20)).audit.passed
