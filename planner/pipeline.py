"""From an instance to an audited plan, on one page: read this file first."""

import dataclasses
import json
import logging
import math
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.errors import AuditError, Fault, InputError, NoPlanError, PlannerError, StoppedError, UnsatisfiableError
from planner.inputs.catalog import Catalog, load_catalog
from planner.inputs.crosscheck import crosscheck_faults
from planner.inputs.instance import Instance, read_instance

if TYPE_CHECKING:
    import pandas as pd

    from planner.methods import MethodResult
    from planner.methods.result import Fleet, Need
    from planner.options.coefficients import Coefficients
    from planner.options.prepare import Prepared
    from planner.plan.audit import AuditReport
    from planner.plan.plan import Plan
    from planner.program.groups import Groups
    from planner.program.loss_groups import Stranded

log = logging.getLogger(__name__)

MIP_SOLVERS = ("highs", "scip")
"""Engines that take the program: mixed-integer with continuous traffic."""
WHOLE_AMOUNT = 1_000.0
"""Amounts from here on are told in whole units."""
RESERVE_S, RESERVE_S_PER_DEMAND = 1.2, 0.003
"""Seconds of the time limit kept for placement, writing and audit, and for each row of demand: more than they take on a quiet
machine (ladder, high volume: S, 8 rows, 0.8 s; M, 160 rows, 0.8 s; L, 1,440 rows, 2.9 s; XL, 9,600 rows, 9.2 s)."""


@dataclass(frozen=True)
class SolveSettings:
    """How a plan is made: engine, method, gap, limits; the defaults are those of the command line."""

    solver: str = "highs"
    method: str = "auto"
    gap: float = 0.01
    time_limit_s: float = 300.0
    threads: int | None = None
    seed: int = 0
    plan_before: Path | None = None
    """Folder of an earlier plan whose fleet the search begins with."""

    def record(self) -> dict[str, Any]:
        """Returns what a plan's provenance keeps: of an earlier plan its folder's name."""
        return {**dataclasses.asdict(self), "plan_before": self.plan_before and self.plan_before.resolve().name}


@dataclass(frozen=True)
class Outcome:
    """An audited plan and where it stands."""

    plan: "Plan"
    folder: Path
    audit: "AuditReport"
    prepared: "Prepared"


def read(path: Path, overrides: Mapping[str, Any] | None = None) -> tuple[Instance, Catalog]:
    """Returns a checked instance and the catalog it is checked against; raises InputError with all faults."""
    instance, faults = read_instance(path, overrides)
    overlay = instance.settings.tables.catalog
    catalog = load_catalog(overlay=instance.folder / overlay if overlay and not faults else None)
    faults += crosscheck_faults(instance, catalog)
    if faults:
        raise InputError(faults)
    return instance, catalog


def prepare_instance(instance: Instance, catalog: Catalog) -> "Prepared":
    """Returns the coefficient tables of an instance; raises UnsatisfiableError where a promise cannot be kept."""
    from planner.options.calibrated import load_calibration
    from planner.options.prepare import prepare

    own = instance.settings.tables.calibration
    return prepare(instance, catalog, load_calibration(instance.folder / own if own else None))


def make_plan(path: Path, out: Path, settings: SolveSettings, overrides: Mapping[str, Any] | None = None) -> Outcome:
    """Returns the audited plan of an instance, written to the folder `out`.

    The time limit covers everything from reading the instance to the audited plan.

    Raises
    ------
    InputError
        malformed instance or catalog (exit 2)
    UnsatisfiableError
        no fleet can keep the promises (exit 3)
    NoPlanError
        none found within the limit (exit 4)
    AuditError
        the plan fails its audit (exit 5)
    StoppedError
        Ctrl-C during the audit of the plan written (exit 130)
    """
    from planner.methods import MethodSettings, solve_program
    from planner.methods.fullest import in_the_way

    began = time.monotonic()
    _check_settings(settings, out)
    fleet = None if settings.plan_before is None else fleet_of(settings.plan_before)
    instance, catalog = read(path, overrides)
    shape = instance.settings
    log.info("read %s: %d workloads, %d periods", instance.name, len(shape.workloads), len(shape.horizon.periods))
    prepared = prepare_instance(instance, catalog)
    coefficients = prepared.coefficients
    log.info("%d operating points keep every promise, %d after dominance", prepared.points_total, len(coefficients.rates))
    groups = routable_groups(coefficients, instance)
    left_s = settings.time_limit_s - (time.monotonic() - began) - RESERVE_S - RESERVE_S_PER_DEMAND * len(coefficients.demand)
    asked = settings.solver, settings.gap, max(1.0, left_s), settings.threads, settings.seed
    method_settings = MethodSettings(*asked, fleet=fleet)
    result = solve_program(groups, method_settings, settings.method)
    if result.status == "infeasible":
        need = result.need or in_the_way(groups, method_settings, settings.time_limit_s - (time.monotonic() - began))
        raise UnsatisfiableError(need_faults(need, result.short, instance) if need else shortages(coefficients, instance))
    if result.decision is None:
        raise NoPlanError(_without_plan(result, settings, time.monotonic() - began))
    return _audited(instance, catalog, prepared, result, settings, out, began)


def fleet_of(folder: Path) -> "Fleet":
    """Returns what the plan of a folder runs and signs; raises InputError where it is none."""
    from planner.methods.result import Fleet
    from planner.options.coefficients import read_coefficients
    from planner.plan.files import COEFFICIENTS_FOLDER, read_plan

    tables = read_plan(folder).tables
    periods = read_coefficients(folder / COEFFICIENTS_FOLDER).periods["period"].tolist()
    deployments = tables.deployments[["pool", "option", "place", "period", "block", "replicas"]]
    nodes, orders = tables.nodes[["offer", "period", "block", "nodes"]], tables.orders[["offer", "period", "nodes"]]
    replicas, rents, signed = (
        {tuple(row[:-1]): int(row[-1]) for row in frame.itertuples(index=False, name=None)}
        for frame in (deployments, nodes, orders)
    )
    return Fleet(periods, replicas, rents, signed)


def _without_plan(result: "MethodResult", settings: SolveSettings, seconds: float) -> str:
    """Says why there is no plan: the time is over, someone ended it, or the engine has no point that keeps every row."""
    if result.limit == "interrupted":
        return f"interrupted after {seconds:.0f} s, before there was a plan"
    if result.limit in {"none", "other"}:
        return f"{result.method} ended after {seconds:.0f} s without a plan that keeps every row; another --method may find one"
    near = "".join(f"; the least of {row} met is {share:.1%} of what there is" for row, share in result.short)
    return f"no plan within {settings.time_limit_s:g} s (limit: {result.limit}){near}; a longer --time-limit may find one"


def routable_groups(coefficients: "Coefficients", instance: Instance) -> "Groups":
    """Returns the prepared groups; raises UnsatisfiableError where a workload has nowhere to go, no second region, or no room.

    What is told here follows from the wishes alone, before any solve. Raises InputError where cases are too many to state.
    """
    from planner.program.groups import Groups

    groups = Groups(coefficients)
    if groups.unroutable:
        raise UnsatisfiableError(_unroutable_faults(groups.unroutable, instance))
    if groups.losses.stranded:
        raise UnsatisfiableError(_stranded_faults(groups.losses.stranded, instance))
    if groups.spares.crowded:
        raise InputError(_crowded_faults(groups.spares.crowded, instance))
    if groups.variety.cramped:
        raise UnsatisfiableError(_cramped_faults(groups.variety.cramped, instance))
    return groups


def _check_settings(settings: SolveSettings, out: Path) -> None:
    """Raises InputError at an unknown engine or method, or where the plan's folder cannot be made: told before the solve."""
    from planner.methods import METHODS

    if settings.solver not in MIP_SOLVERS:
        raise InputError.single("--solver", f"one of {', '.join(MIP_SOLVERS)}", repr(settings.solver))
    if settings.method not in ("auto", *METHODS):
        raise InputError.single("--method", f"one of {', '.join(('auto', *METHODS))}", repr(settings.method))
    try:
        nearest = next(parent for parent in (out, *out.absolute().parents) if parent.exists())
        is_writable = nearest.is_dir() and os.access(nearest, os.W_OK)
        if is_writable:  # where a folder cannot be made after all (/proc), and where the name is too long for a hidden one beside
            beside = out.resolve().parent if nearest == out else nearest
            with tempfile.TemporaryDirectory(dir=beside, prefix=f".{out.name}."):
                pass
    except OSError as error:
        raise InputError.single(f"--out {out}", "a folder that can be written", error.strerror or str(error)) from error
    if not is_writable:
        raise InputError.single(f"--out {out}", "a folder that can be written", f"{nearest}, which cannot")
    if settings.plan_before is not None and settings.method == "textbook":
        raise InputError.single("--from", "a method other than textbook, which begins with nothing", "--method textbook")


def _unroutable_faults(keys: Sequence[tuple[str, str, str]], instance: Instance) -> list[Fault]:
    """Returns one fault for each workload that no offered node can serve from a region it may use."""
    where = instance.document.where(("workloads",))
    expected = "an option that keeps its promises, on nodes offered in a region that it may use and that is near enough"
    return [Fault(f"{where}, {workload}", expected, "none") for workload in dict.fromkeys(key[0] for key in keys)]


def _stranded_faults(found: "Sequence[Stranded]", instance: Instance) -> list[Fault]:
    """Returns one fault for each region that may be lost and that some workloads cannot do without."""
    faults = []
    for one in found:
        i, limit = next((i, limit) for i, limit in enumerate(instance.settings.limits) if limit.limit == one.limit)
        expected = f"limit {one.limit}: a second region for every workload, so that {limit.value:.0%} of it survives {one.region}"
        told = f"{', '.join(one.workloads)}: residency, latency, quality and offers leave {one.region} alone"
        faults.append(Fault(instance.document.where(("limits", i)), expected, told))
    return faults


def _crowded_faults(found: Sequence[tuple[str, int, int]], instance: Instance) -> list[Fault]:
    """Returns one fault for each limit on spare replicas whose cases in shared pools are too many to state."""
    faults = []
    for name, count, most in found:
        i = next(i for i, limit in enumerate(instance.settings.limits) if limit.limit == name)
        expected = f"limit {name}: at most {most} spare replicas where pools are shared, as every choice of lost ones is a case"
        told = f"{instance.settings.limits[i].value:g}, whose cases have {count:.3g} traffic variables"
        faults.append(Fault(instance.document.where(("limits", i, "value")), expected, told))
    return faults


def _cramped_faults(found: Sequence[tuple[str, tuple[str, ...]]], instance: Instance) -> list[Fault]:
    """Returns one fault for each cap that leaves no room for the two options that prefill and decode apart take."""
    faults = []
    for name, workloads in found:
        i = next(i for i, limit in enumerate(instance.settings.limits) if limit.limit == name)
        expected = f"limit {name}: options_max 2 or more, as prefill and decode apart are one option each"
        told = f"{instance.settings.limits[i].value:g}, and nothing else serves {', '.join(workloads)}"
        faults.append(Fault(instance.document.where(("limits", i, "value")), expected, told))
    return faults


def need_faults(need: "Need", met: Sequence[tuple[str, float]], instance: Instance) -> list[Fault]:
    """Returns which limits no plan can keep: how much of them every plan needs (proved), and the fleet met that needs least."""
    least = dict(met)
    rows: dict[int | str, list[str]] = {}
    for row in need.rows:
        position = instance.limit_position(row[:-1].partition("[")[2].split(",")[0])
        rows.setdefault(row if position is None else position, []).append(row)
    told = {key: mine[0] + (f" or {len(mine) - 1} more like it" if len(mine) > 1 else "") for key, mine in rows.items()}
    faults = []
    for key, mine in rows.items():
        others = "".join(f", or of {other}" for its, other in told.items() if its != key)
        value = instance.settings.limits[key].value if isinstance(key, int) else None
        amount = "more than there is" if value is None else f"{_amount(need.share * value)} or more"
        expected = f"{amount}, as every plan needs {_percent(need.share)} of {told[key]}{others} (proved)"
        found = "what there is" if value is None else f"{value:,.10g}"
        near = max((least[row] for row in mine if row in least), default=0.0)
        found += f"; a fleet that takes {_percent(near)} of it was met" if near > 0 else ""
        faults.append(Fault(instance.document.where(("limits", key) if isinstance(key, int) else ()), expected, found))
    return faults


def _amount(value: float) -> str:
    """Returns an amount that is enough, rounded up.

    >>> _amount(1234937.2), _amount(50.1234567)
    ('1,234,938', '50.1235')
    """
    if value >= WHOLE_AMOUNT:
        return f"{math.ceil(value):,}"
    scale = 10.0 ** (5 - math.floor(math.log10(value))) if value > 0 else 1.0
    return f"{math.ceil(value * scale) / scale:,.10g}"


def _percent(share: float) -> str:
    """Returns a share above 1 with as many digits as tell it from 1.

    >>> _percent(1.0222), _percent(1.00012)
    ('102.2%', '100.012%')
    """
    return f"{share:.{max(1, math.ceil(-math.log10(share - 1)) - 1)}%}"


def shortages(coefficients: "Coefficients", instance: Instance) -> list[Fault]:
    """Returns why the program has no solution, as far as single facts tell: the cap that is too small, slot by slot."""
    from planner.options.shortage import shortage_faults

    limits = [limit.limit for limit in instance.settings.limits]
    return shortage_faults(coefficients, instance.document.where(("supply",)), limits)


def _audited(
    instance: Instance,
    catalog: Catalog,
    prepared: "Prepared",
    result: "MethodResult",
    settings: SolveSettings,
    out: Path,
    began: float,
) -> Outcome:
    """Writes the plan of a decision, audits what was written, and returns both; raises AuditError."""
    from planner.plan.audit import audit_plan
    from planner.plan.files import PlanInputs, write_plan

    extra = {"solver.log": result.log} if result.log else {}
    if result.certificate is not None:
        extra["certificate.json"] = json.dumps(dataclasses.asdict(result.certificate))
    if result.prices is not None:
        extra["link_prices.json"] = json.dumps(dataclasses.asdict(result.prices))
    if result.hull is not None:
        extra["hull_cuts.json"] = json.dumps(dataclasses.asdict(result.hull))
    inputs = PlanInputs(prepared.coefficients, instance, catalog_rows_used(catalog, prepared.coefficients), extra)
    claimed = _claimed(prepared.coefficients, instance, result, settings, began)
    folder = out.resolve()  # once: where `out` is the working directory, its place is taken by the plan's
    try:
        plan = write_plan(claimed, out, inputs)
    except OSError as error:
        raise PlannerError(f"the plan cannot be written to {out}: {error.strerror or error}") from error
    try:
        report = audit_plan(folder)
    except KeyboardInterrupt:
        raise StoppedError(f"the plan in {out} is whole, but not audited; planner audit {out} does that") from None
    plan = _timed(plan, folder, time.monotonic() - began)
    log.info("audit: %s", "passed" if report.passed else "FAILED")
    if not report.passed:
        raise AuditError("the plan fails its audit:\n" + "\n".join(report.lines()), plan)
    return Outcome(plan, out, report, prepared)


def _claimed(
    coefficients: "Coefficients", instance: Instance, result: "MethodResult", settings: SolveSettings, began: float
) -> "Plan":
    """Returns the plan of a decision, with what is claimed of it."""
    from planner.plan.assemble import plan_tables
    from planner.plan.assumptions import assumptions
    from planner.plan.goals import claims
    from planner.plan.plan import Plan, PlanFacts
    from planner.plan.provenance import provenance

    assert result.decision is not None
    decision = result.decision
    tables = plan_tables(coefficients, decision.deployments, decision.traffic, decision.rentals, decision.orders, decision.more)
    stages = [(stage.goals, stage.bound) for stage in result.stages]
    facts = PlanFacts(
        **claims(tables, coefficients, result.bound_usd, stages, settings.gap),
        name=instance.name, objective_usd=tables.total_usd, gap_asked=settings.gap, wall_s=time.monotonic() - began,
        solver=result.solver, solver_version=result.solver_version, method=result.method, seed=settings.seed, limit=result.limit,
        provenance=provenance(settings.record()), assumptions=assumptions(tables, coefficients, instance.settings),
        bound_proof=bound_proof(result),
    )  # fmt: skip
    return Plan(tables, facts)


def _timed(plan: "Plan", folder: Path, wall_s: float) -> "Plan":
    """Returns a plan with the seconds that it took, audit included, as far as they can be written too."""
    from planner.plan.files import write_wall_time

    try:
        return write_wall_time(plan, folder, wall_s)
    except OSError as error:
        log.warning("plan.json says %.1f s, the plan took %.1f with its audit: %s", plan.facts.wall_s, wall_s, error)
        return plan


def bound_proof(result: "MethodResult") -> str:
    """Returns what a bound rests on: cuts of cells, prices of what parts share, or one engine's word."""
    from planner.plan.plan import BY_PRICES, ENGINE_ASSERTED

    if result.certificate is not None:
        return result.certificate.kind
    is_by_prices = result.prices is not None and result.bound_usd is not None and result.bound_usd <= result.prices.bound_usd
    return BY_PRICES if is_by_prices else ENGINE_ASSERTED


def catalog_rows_used(catalog: Catalog, coefficients: "Coefficients") -> dict[str, "pd.DataFrame"]:
    """Returns the rows of every catalog table that a plan of these coefficients rests on."""
    options, offers = coefficients.options, coefficients.offers
    keys = {
        "accelerator": set(options["accelerator"]), "node_type": set(options["node_type"]) | set(offers["node_type"]),
        "model": set(options["model"]), "precision": set(options["precision"]), "offer": set(offers["offer"]),
        "api_offer": set(coefficients.api["api_offer"]),
        "savings_plan": set(coefficients.savings_plans["savings_plan"]),
    }  # fmt: skip
    wanted = {
        "accelerators": ("accelerator",), "node_types": ("node_type",), "precisions": ("precision",),
        "precision_support": ("accelerator", "precision"), "models": ("model",), "offers": ("offer",),
        "purchases": ("node_type",), "quality": ("model",), "api_prices": ("api_offer",), "savings_plans": ("savings_plan",),
        "quantization": ("model", "precision"),
        "quantization_defaults": ("precision",), "drafts": ("model",), "regions": (), "colocation": (), "aliases": (),
    }  # fmt: skip
    used = {}
    for name, columns in wanted.items():
        frame = catalog.tables[name]
        for column in columns:
            frame = frame[frame[column].isin(keys[column])]
        used[name] = frame.reset_index(drop=True)
    return used
