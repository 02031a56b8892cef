"""Why this plan: what binds and what one more is worth, why not X, the next best fleets, what promises cost."""

import dataclasses
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from planner.errors import NoPlanError
from planner.inputs.instance import Instance
from planner.methods import MethodSettings
from planner.options.coefficients import RENTED_KINDS, Coefficients
from planner.pipeline import SolveSettings, read
from planner.plan.allocation import allocate
from planner.plan.files import INSTANCE_FOLDER, read_plan, read_plan_inputs
from planner.plan.interval import Proved
from planner.plan.plan import Plan
from planner.plan.summary import money
from planner.plan.workload_costs import workload_costs
from planner.solvers import Worker
from planner.studies.break_even import BreakEven, break_even
from planner.studies.forced import Memory, Program
from planner.studies.left_out import with_model
from planner.studies.promise_cost import PROMISES, PromiseCosts, promise_costs
from planner.studies.runner_up import RunnerUps, runner_ups
from planner.studies.why_not import WhyNot, asked_for, named_columns, why_not
from planner.studies.worth import RightSide, Worth, binding_sides, duals, worth
from planner.tables import records, write_atomically

FILE = "explanation.json"
CERTIFICATE = "certificate.json"
SOLVES_EXPECTED = 8
"""Plans that a break-even price takes."""
NOISE_SHARE = 1e-6
"""Of a plan's cost: fleets that differ by less cost the same."""
LARGE_COLUMNS = 2000
"""Programs of more columns have runner-ups that are apart by LEAST_SHARE of the accelerator-hours in some part."""
LEAST_SHARE = 0.05


@dataclass(frozen=True, eq=False)
class _Bought:
    rentals: pd.DataFrame
    orders: pd.DataFrame


@dataclass(frozen=True)
class Untold:
    """A node type whose break-even price is not told, and why."""

    node_type: str
    reason: str


@dataclass(frozen=True)
class Asked:
    """What to explain: names for `why not`, node types for break-even, and which of the longer questions."""

    why_not: tuple[str, ...] = ()
    break_even: tuple[str, ...] = ()
    has_worth: bool = True
    has_runner_ups: bool = True
    has_promises: bool = True
    within_share: float = 0.02
    level: str = "kinds"
    worths_max: int = 24


@dataclass(frozen=True, eq=False)
class Explanation:
    """The answers that were asked for; None or empty where not."""

    name: str
    plan: Proved
    worths: tuple[Worth, ...]
    why_nots: tuple[WhyNot, ...]
    break_evens: tuple[BreakEven | Untold, ...]
    runner_ups: RunnerUps | None
    promises: PromiseCosts | None
    unit_costs: pd.DataFrame
    """workload, usd, million_tokens, usd_per_mtok (input and output)."""

    @property
    def lines(self) -> list[str]:
        """The explanation for people."""
        bound = "no bound" if self.plan.bound_usd is None else money(self.plan.bound_usd)
        found = [f"{self.name}: {money(self.plan.objective_usd or 0.0)}, none under {bound}", *self._cheaper]
        found += [one.text for one in self.worths] + [one.text for one in self.why_nots]
        found += [break_even_text(one) for one in self.break_evens]
        found += self.runner_ups.lines if self.runner_ups else []
        found += self.promises.lines if self.promises else []
        rows = self.unit_costs[["workload", "full_usd_per_mtok"]].dropna().to_numpy().tolist()
        told = ", ".join(f"{name} {usd:.3f}" for name, usd in rows)
        return [*found, f"usd per million tokens, idle capacity shared out: {told}"]

    @property
    def cheapest_usd(self) -> float | None:
        """The least cost of a fleet that the questions have found, where it is below the plan's; None where none is."""
        fleets = [fleet.objective_usd for fleet in self.runner_ups.fleets] if self.runner_ups else []
        fleets += [one.objective_usd for one in self.why_nots if one.objective_usd is not None]
        least, own = min(fleets, default=None), self.plan.objective_usd
        return least if least is not None and own is not None and least < own - NOISE_SHARE * abs(own) else None

    @property
    def _cheaper(self) -> list[str]:
        if self.cheapest_usd is None:
            return []
        return [f"looking for other fleets found one at {money(self.cheapest_usd)}, cheaper than the plan: solve with more time"]

    def record(self) -> dict[str, Any]:
        """Returns the explanation as plain JSON values."""
        return {
            "name": self.name, "objective_usd": self.plan.objective_usd, "bound_usd": self.plan.bound_usd,
            "cheapest_found_usd": self.cheapest_usd,
            "worth": [one.record() for one in self.worths], "why_not": [one.record() for one in self.why_nots],
            "break_even": [_break_even_record(one) for one in self.break_evens],
            "runner_ups": self.runner_ups.record() if self.runner_ups else None,
            "promises": self.promises.record() if self.promises else None,
            "unit_costs": records(self.unit_costs), "lines": self.lines,
        }  # fmt: skip


def explain(folder: Path, asked: Asked, settings: SolveSettings) -> Explanation:
    """Returns the explanation of a plan's folder; `settings.time_limit_s` is shared out among the questions, what one leaves too.

    The plan's own coefficients are solved again with one thing changed; the promises' plans are made from the copy of the
    instance that the plan keeps. Raises NoPlanError where the plan has no bound: then nothing can be compared with it.
    """
    plan, inputs = read_plan(folder), read_plan_inputs(folder)
    facts, coefficients = plan.facts, inputs.coefficients
    proved = Proved(facts.objective_usd, facts.bound_usd)
    if facts.bound_usd is None:
        raise NoPlanError(f"{folder}: the plan has no proved bound, so no difference from it can be told")
    solves = _Solves(plan, coefficients, proved, asked, settings, folder)
    kinds = [asked.has_worth, bool(asked.why_not), bool(asked.break_even), asked.has_runner_ups, asked.has_promises]
    shares = _shares(settings.time_limit_s, sum(kinds))
    worths = solves.worths(next(shares)) if asked.has_worth else ()
    why_nots = solves.why_nots(next(shares)) if asked.why_not else ()
    break_evens = solves.break_evens(next(shares)) if asked.break_even else ()
    fleets = solves.runner_ups(next(shares)) if asked.has_runner_ups else None
    promises = None
    if asked.has_promises:
        with tempfile.TemporaryDirectory(prefix="planner-promises-") as scratch:
            promises = _promises(folder, inputs.instance, plan, solves, next(shares), Path(scratch))
    return Explanation(
        facts.name, proved, worths, why_nots, break_evens, fleets, promises,
        workload_costs(allocate(plan.tables, coefficients), plan.tables, coefficients, inputs.instance),
    )  # fmt: skip


def _shares(seconds: float, many: int) -> Iterator[float]:
    """Yields the seconds of each of so many tasks: what is left then, shared out among those left."""
    deadline = time.monotonic() + seconds
    for left in range(many, 0, -1):
        yield max(1.0, (deadline - time.monotonic()) / left)


@dataclass(frozen=True, eq=False)
class _Solves:
    """The questions that are solves, and the seconds each may take."""

    plan: Plan
    coefficients: Coefficients
    proved: Proved
    asked: Asked
    settings: SolveSettings
    folder: Path

    @cached_property
    def program(self) -> Program:
        """The program of the plan's coefficients."""
        return Program.of(self.coefficients)

    @cached_property
    def memory(self) -> Memory:
        """What the plan's certificate says, for every solve to begin with."""
        return Memory.of_plan(self.program, self.plan.tables, self.folder / CERTIFICATE, self.method(60.0))

    def method(self, time_limit_s: float) -> MethodSettings:
        """Returns the settings of one solve."""
        s = self.settings
        return MethodSettings(s.solver, s.gap, max(1.0, time_limit_s), s.threads, s.seed)

    def worths(self, seconds: float) -> tuple[Worth, ...]:
        """Returns the worth of one more of what binds."""
        sides = binding_sides(self.plan.tables, self.coefficients)[: self.asked.worths_max]
        if not sides:
            return ()
        with Worker() as worker:
            found = duals(self.program, self.plan.tables, sides, self.method(60.0), worker)
        shares = _shares(seconds, len(sides))
        return tuple(self._worth(side, self.method(next(shares)), dual) for side, dual in zip(sides, found, strict=True))

    def _worth(self, side: RightSide, each: MethodSettings, dual_usd: float | None) -> Worth:
        how = (self.settings.method, self.memory, self.plan.tables, self.program)
        return worth(self.coefficients, side, self.proved, each, dual_usd, *how)

    def why_nots(self, seconds: float) -> tuple[WhyNot, ...]:
        """Returns the cost of forcing in each name asked for."""
        shares, memory, tables = _shares(seconds, len(self.asked.why_not)), self.memory, self.plan.tables
        return tuple(
            why_not(self._program_with(name), name, self.proved, self.method(next(shares)), memory, tables)
            for name in self.asked.why_not
        )

    def _program_with(self, name: str) -> Program:
        """Returns the program; where a model is asked about that was left out as never needed, with its options."""
        what = asked_for(name)[0]
        own = self.coefficients
        if any((frame[column] == what).any() for frame, column in named_columns(own)):
            return self.program
        source = self.plan.facts.provenance
        instance, catalog = read(self.folder / INSTANCE_FOLDER / source.instance_file, source.overrides)
        found = with_model(own, instance, catalog, what)
        return self.program if found is None else Program.of(found)

    def break_evens(self, seconds: float) -> tuple[BreakEven | Untold, ...]:
        """Returns the break-even price factor of each node type asked for, or why there is none."""
        each = self.method(seconds / (SOLVES_EXPECTED * max(1, len(self.asked.break_even))))
        found: list[BreakEven | Untold] = []
        for name in self.asked.break_even:
            try:
                found.append(break_even(self.coefficients, name, each, method=self.settings.method, memory=self.memory))
            except NoPlanError as error:
                found.append(Untold(name, str(error)))
        return tuple(found)

    def runner_ups(self, seconds: float) -> RunnerUps:
        """Returns the next best fleets."""
        is_large = self.program.compiled.problem.columns > LARGE_COLUMNS
        tables = self.plan.tables
        rented = {name for name, row in self.program.groups.offers.items() if row["kind"] in RENTED_KINDS}
        own = _Bought(tables.nodes[tables.nodes["offer"].isin(rented)][["offer", "period", "block", "nodes"]], tables.orders)
        return runner_ups(
            self.program, self.proved, self.method(seconds), self.memory, self.asked.within_share, self.asked.level,
            LEAST_SHARE if is_large else 0.0, own if is_large else None,
        )  # fmt: skip


def _promises(
    folder: Path, instance: Instance, plan: Plan, solves: _Solves, seconds: float, scratch: Path
) -> PromiseCosts:  # fmt: skip
    file = folder / INSTANCE_FOLDER / plan.facts.provenance.instance_file
    copy = dataclasses.replace(instance, files=(file, *instance.files[1:]))
    many = sum(bool(drop(instance)) for drop in PROMISES.values())
    each = dataclasses.replace(solves.settings, time_limit_s=max(5.0, seconds / max(1, many)))
    return promise_costs(copy, solves.proved, each, scratch, plan.facts.provenance.overrides)


def break_even_text(one: BreakEven | Untold) -> str:
    """Returns the break-even interval of a node type for people, or why there is none."""
    if isinstance(one, Untold):
        return f"break-even of {one.node_type}: {one.reason}"
    wins = "at no price tried" if one.wins_at is None else f"at {one.wins_at:.1%} of its price and below"
    gone = "no price tried" if one.absent_from is None else f"{one.absent_from:.1%} up"
    return f"break-even of {one.node_type}: in every best fleet {wins}; in no plan found from {gone}"


def _break_even_record(one: BreakEven | Untold) -> dict[str, Any]:
    if isinstance(one, Untold):
        return {**dataclasses.asdict(one), "wins_at": None, "absent_from": None, "text": break_even_text(one)}
    facts = {"node_type": one.node_type, "wins_at": one.wins_at, "absent_from": one.absent_from, "text": break_even_text(one)}
    return {**facts, "saving_max_usd": one.saving_max_usd, "trials": records(one.trials)}


def write_explanation(explanation: Explanation, folder: Path) -> Path:
    """Writes the explanation beside a plan, where its report finds it, and returns the file."""
    target = folder / FILE
    write_atomically(target, json.dumps(explanation.record(), indent=2) + "\n")
    return target
