"""What each command does: one public call, then print."""

import logging
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner import pipeline
from planner.cli.output import Format, frame_records, print_frame, print_json, print_lines
from planner.errors import AuditError, InputError, PlannerError, UnsatisfiableError
from planner.inputs.instance import parse_override
from planner.inputs.shipped import instance_path, start_instance

if TYPE_CHECKING:
    from planner.plan.plan import Reached
    from planner.studies.relax import Relaxed

log = logging.getLogger(__name__)


def run_init(folder: Path, example: str) -> None:
    """Writes a copy of a shipped instance to a new folder."""
    files = start_instance(folder, example)
    print_lines([f"wrote {len(files)} files to {folder}", f"edit {folder}/instance.yaml, then: planner solve {folder}"])


def overrides_of(sets: Sequence[str]) -> dict[str, Any]:
    """Returns the `--set` texts as a mapping."""
    return dict(parse_override(text) for text in sets)


def run_check(path: Path, sets: Sequence[str], output: Format) -> None:
    """Reads an instance, prepares its coefficients and says what it holds: what `solve` refuses before solving is told here."""
    instance, catalog = pipeline.read(instance_path(path), overrides_of(sets))
    pipeline.routable_groups(pipeline.prepare_instance(instance, catalog).coefficients, instance)
    settings = instance.settings
    facts = {
        "name": instance.name, "workloads": len(settings.workloads), "candidates": len(settings.candidates),
        "regions": len(settings.regions), "periods": len(settings.horizon.periods), "blocks": len(settings.horizon.blocks),
        "catalog_digest": catalog.digest, "problems": 0,
    }  # fmt: skip
    if output is Format.JSON:
        print_json(facts)
    else:
        print_lines([f"{instance.name}: no problems found"] + [f"  {key}: {value}" for key, value in facts.items()])


def run_options(path: Path, sets: Sequence[str], workload: str | None, out: Path | None, output: Format) -> None:
    """Prints the rates of every workload (or each of its length classes) on every option kept."""
    from planner.plan.length_classes import spoken

    instance, catalog = pipeline.read(instance_path(path), overrides_of(sets))
    names = [w.workload for w in instance.settings.workloads]
    if workload is not None and workload not in names:
        raise InputError.single("--workload", f"one of {', '.join(names)}", repr(workload))
    prepared = pipeline.prepare_instance(instance, catalog)
    rates = prepared.coefficients.rates.merge(
        prepared.coefficients.options[["option", "variant", "node_type", "gpus"]], on="option"
    )
    rates["requests_per_s_per_gpu"] = rates["requests_per_s"] / rates["gpus"]
    if workload is not None:
        rates = rates[spoken(rates, prepared.coefficients)["workload"] == workload]
    if out is not None:
        from planner.options.coefficients import write_coefficients

        write_coefficients(prepared.coefficients, out)
    if output is Format.JSON:
        record = {"points_total": prepared.points_total, "dropped": len(prepared.dropped), "rates": frame_records(rates)}
        print_json(record)
        return
    shown = ["workload", "option", "requests_per_s", "requests_per_s_per_gpu", "ttft_ms", "tpot_ms", "batch", "bound", "source"]
    title = f"{len(rates)} options kept of {prepared.points_total} operating points that keep every promise"
    print_frame(rates.sort_values(["workload", "requests_per_s_per_gpu"], ascending=[True, False])[shown], title, rows_max=200)


RESULT_KEYS = (
    "status", "objective_usd", "bound_usd", "gap", "wall_s", "solver", "method", "audit_passed", "name", "goal", "out", "message",
    "relaxation",
)  # fmt: skip
GOAL_KEYS = ("order", "objective", "bound", "unit")
"""Printed for a goal other than cost."""
STATUS_OF_EXIT = {3: "infeasible", 4: "no_plan", 5: "audit_failed"}


def run_solve(path: Path, out: Path | None, sets: Sequence[str], settings: pipeline.SolveSettings, output: Format) -> None:
    """Makes a plan, then prints its summary or its JSON object; the object is printed on exit 3, 4 and 5 too."""
    found = instance_path(path)
    folder = out or Path("plans") / (found.name if found.is_dir() else found.parent.name)
    began = time.monotonic()
    try:
        outcome = pipeline.make_plan(found, folder, settings, overrides_of(sets))
    except PlannerError as error:
        left_s = settings.time_limit_s - (time.monotonic() - began)
        relaxed = _ways_out(found, settings, sets, left_s) if isinstance(error, UnsatisfiableError) else None
        if output is Format.JSON and error.exit_code in STATUS_OF_EXIT:
            record = _refusal(error, settings, folder)
            print_json(_result(record if relaxed is None else {**record, "relaxation": relaxed.record()}))
        elif relaxed is not None:
            print_lines(relaxed.lines)
        raise
    facts = outcome.plan.facts
    if output is Format.JSON:
        record = {name: getattr(facts, name) for name in RESULT_KEYS if hasattr(facts, name)} | _goal_record(facts.goals)
        print_json(_result({**record, "audit_passed": outcome.audit.passed, "out": str(outcome.folder)}))
        return
    from planner.plan.summary import summary

    print_lines(summary(outcome.plan, outcome.prepared.coefficients).lines)
    print_lines([f"plan written to {outcome.folder}; planner report {outcome.folder} makes a page of it"])


def _ways_out(path: Path, settings: pipeline.SolveSettings, sets: Sequence[str], left_s: float) -> "Relaxed | None":
    """Returns what to give up, in the time that is left; None where that fails too, which never hides the refusal itself."""
    from planner.studies.relax import what_to_give_up

    try:
        return what_to_give_up(path, settings, overrides_of(sets), left_s)
    except PlannerError as error:
        log.warning("no way out was looked for: %s", error)
        return None


def _refusal(error: PlannerError, settings: pipeline.SolveSettings, folder: Path) -> dict[str, Any]:
    """Returns what is known when there is no plan to stand for: the status, why, and the failed plan's own figures."""
    record: dict[str, Any] = {
        "status": STATUS_OF_EXIT[error.exit_code], "solver": settings.solver, "method": settings.method, "message": str(error),
    }  # fmt: skip
    if isinstance(error, AuditError) and error.plan is not None:
        facts = error.plan.facts
        record |= {name: getattr(facts, name) for name in RESULT_KEYS if hasattr(facts, name) and name != "status"}
        record |= _goal_record(facts.goals)
        record |= {"audit_passed": False, "out": str(folder)}
    return record


def _result(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: record.get(name) for name in RESULT_KEYS} | {name: record[name] for name in GOAL_KEYS if name in record}


def _goal_record(goals: "Sequence[Reached]") -> dict[str, Any]:
    """Returns objective, bound, unit and gap of a goal other than cost: lists, with their order, where lexicographic."""
    if len(goals) <= 1:
        return {name: getattr(goal, name) for goal in goals for name in ("objective", "bound", "unit", "gap")}
    lists: dict[str, Any] = {name: [getattr(goal, name) for goal in goals] for name in ("objective", "bound", "unit", "gap")}
    return {"order": [goal.goal for goal in goals], **lists}


def run_audit(
    plan: Path, instance: Path | None, output: Format, deep_limit_s: float | None = None, threads: int | None = None
) -> None:
    """Audits a plan folder; exit 5 where a finding is an error or its bound is false, 1 where the certifier errs."""
    from planner.plan.audit import audit_plan

    found = None if instance is None else instance_path(instance)
    report = audit_plan(plan, instance_path=found)
    deep = None
    if deep_limit_s is not None and report.passed:
        from planner.certify.recheck import recheck

        deep = recheck(plan, deep_limit_s, threads=threads or os.cpu_count() or 1)
    if output is Format.JSON:
        print_json(report.record() if deep_limit_s is None else {**report.record(), "deep": deep and deep.record()})
    else:
        print_lines([*report.lines(), *(deep.lines if deep else [])])
    if not report.passed or (deep and deep.contradiction):
        sys.exit(5)
    if deep and deep.clash:
        sys.exit(1)


def run_compare(before: Path, after: Path, output: Format, attribution_settings: pipeline.SolveSettings | None = None) -> None:
    """Compares two plans; with settings, also says which input change caused which dollars."""
    from planner.plan.compare import compare_plans

    comparison, caused = compare_plans(before, after), None
    if attribution_settings is not None:
        from planner.studies.attribution import attribute

        with tempfile.TemporaryDirectory(prefix="planner-compare-") as scratch:
            caused = attribute(before, after, attribution_settings, Path(scratch))
    if output is Format.JSON:
        print_json(comparison.record() if caused is None else {**comparison.record(), "attribution": caused.record()})
    else:
        print_lines([*comparison.lines, *(caused.lines if caused else [])])


def run_report(plan: Path, out: Path | None) -> None:
    """Writes the HTML page of a plan."""
    from planner.reports.html import write_report

    target = write_report(plan, out or plan / "report.html")
    print_lines([f"wrote {target}"])
