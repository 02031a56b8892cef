"""Which input change caused which dollars: each change applied alone, then all in order; the rest is named as interaction.

Between a plan A and a plan B the least cost moves by z(B) - z(A). Every change of the wishes is laid over A's instance alone
(its effect on its own) and on top of those before it (its step). Steps add up to the whole move; what the lone effects do not
add up to is interaction. All are intervals, as every z is known between a bound and a plan.
"""

import dataclasses
import logging
import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.errors import PlannerError
from planner.inputs.instance import Instance
from planner.pipeline import SolveSettings, make_plan
from planner.plan.files import INSTANCE_FOLDER, PlanInputs, read_plan, read_plan_inputs
from planner.plan.interval import Interval, Proved
from planner.plan.plan import Plan

log = logging.getLogger(__name__)

PROSE = ("name", "story", "schema_version")
BY_WORKLOAD = "workloads"


@dataclass(frozen=True)
class Change:
    """A part of the wishes that differs: settings laid over the instance, or files of its tables replaced."""

    name: str
    overrides: Mapping[str, Any]
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Effect:
    """What one change does to the least cost: alone on A, and as a step on top of the changes before it."""

    change: str
    alone: Interval
    step: Interval

    def record(self) -> dict[str, Any]:
        """Returns the effect as plain JSON values."""
        return {"change": self.change, "alone": self.alone.record(), "step": self.step.record()}


@dataclass(frozen=True)
class Attribution:
    """The effects in order, what is left between the last step and B, and what lone effects do not add up to."""

    total: Interval
    effects: tuple[Effect, ...]
    rest: Interval
    """From the instance with all changes to B: the catalog, the calibration, the planner's version, the gap."""
    interaction: Interval
    """The whole move less the sum of lone effects and the rest."""

    @property
    def lines(self) -> list[str]:
        """The answer for people."""
        found = [f"the least cost moves by {self.total.text}; by change, alone and in this order:"]
        found += [f"  {e.change}: alone {e.alone.text}; in order {e.step.text}" for e in self.effects]
        found.append(f"  the catalog, calibration and version: {self.rest.text}")
        return [*found, f"  interaction (the whole less what each does alone): {self.interaction.text}"]

    def record(self) -> dict[str, Any]:
        """Returns the attribution as plain JSON values."""
        parts = {name: getattr(self, name).record() for name in ("total", "rest", "interaction")}
        return {**parts, "effects": [e.record() for e in self.effects], "lines": self.lines}


def changes_between(before: Instance, after: Instance) -> list[Change]:
    """Returns the changes of settings (by top key, by workload where both have the same) and of tables, in a fixed order."""
    old, new = (instance.settings.model_dump(mode="json") for instance in (before, after))
    found = []
    names = [[w["workload"] for w in settings[BY_WORKLOAD]] for settings in (old, new)]
    for key in (key for key in old if key not in PROSE and key != "tables" and old[key] != new[key]):
        if key == BY_WORKLOAD and names[0] == names[1]:
            found += _workload_changes(old[key], new[key])
        else:
            found.append(Change(key, {key: new[key]}))
    for name in ("demand", *before.tables):
        frames = [instance.demand if name == "demand" else instance.tables[name] for instance in (before, after)]
        if not frames[0].reset_index(drop=True).equals(frames[1].reset_index(drop=True)):
            file = new["tables"][name]
            found.append(Change(f"table {name}", {f"tables.{name}": file}, (file,) if file else ()))
    return found


def _workload_changes(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> list[Change]:
    """Returns a change for each kind of promise or property that differs, over all workloads together."""
    pairs = list(zip(old, new, strict=True))
    fields = [key for key in old[0] if key != "description" and any(a[key] != b[key] for a, b in pairs)]
    return [
        Change(
            f"workloads: {key}",
            {f"workloads.{i}.{key}": b[key] for i, (a, b) in enumerate(pairs) if a[key] != b[key]},
            tuple(
                b[key][form] for b in new if key == "lengths" for form in ("histogram", "trace") if b[key].get(form)
            ),
        )
        for key in fields
    ]  # fmt: skip


def attribute(before: Path, after: Path, settings: SolveSettings, scratch: Path) -> Attribution:
    """Returns the attribution of the move from one plan folder to another; solves two plans a change under `scratch`.

    `settings.time_limit_s` is shared out among the solves. Where both plans have the same wishes all of it is the rest.
    """
    plans = [read_plan(folder) for folder in (before, after)]
    given = [read_plan_inputs(folder) for folder in (before, after)]
    ends = [Proved(plan.facts.objective_usd, plan.facts.bound_usd) for plan in plans]
    changes = changes_between(given[0].instance, given[1].instance)
    each = dataclasses.replace(settings, time_limit_s=max(5.0, settings.time_limit_s / max(1, 2 * len(changes))))
    world = _World(before, after, plans, given, each, scratch)
    alone = [world.solved([change]) for change in changes]
    steps = [alone[0], *(world.solved(changes[: k + 1]) for k in range(1, len(changes)))] if changes else []
    places = [ends[0], *steps]
    effects = tuple(
        Effect(change.name, Interval.between(ends[0], lone), Interval.between(places[k], places[k + 1]))
        for k, (change, lone) in enumerate(zip(changes, alone, strict=True))
    )
    total, rest = Interval.between(*ends), Interval.between(places[-1], ends[1])
    return Attribution(total, effects, rest, _interaction(ends[0], places[-1], alone))


def _interaction(start: Proved, end: Proved, alone: Sequence[Proved]) -> Interval:
    """Returns the move over all changes less the sum of lone effects: z(all) - z(A) - sum of (z(one) - z(A))."""
    more = len(alone) - 1
    low = _sum([end.bound_usd, *(_negative(one.objective_usd) for one in alone), *([_scaled(start.bound_usd, more)])])
    high = _sum([end.objective_usd, *(_negative(one.bound_usd) for one in alone), *([_scaled(start.objective_usd, more)])])
    return Interval(0.0, 0.0) if more <= 0 else Interval(low, high)


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) if len(known) == len(values) else None


def _negative(value: float | None) -> float | None:
    return None if value is None else -value


def _scaled(value: float | None, times: int) -> float | None:
    return None if value is None else value * times


@dataclass(frozen=True, eq=False)
class _World:
    """The folders of two plans, and where instances between them are written."""

    before: Path
    after: Path
    plans: Sequence[Plan]
    given: Sequence[PlanInputs]
    settings: SolveSettings
    scratch: Path

    def solved(self, changes: Sequence[Change]) -> Proved:
        """Returns what is proved of A's instance with some changes; nothing where no plan is found."""
        folder = self.scratch / ("-".join(c.name for c in changes)[:40].replace(" ", "_").replace("/", "_") + f"-{len(changes)}")
        wish = folder / "wish"
        shutil.copytree(self.before / INSTANCE_FOLDER, wish)
        source = self.plans[0].facts.provenance
        laid: dict[str, Any] = dict(source.overrides)
        for change in changes:
            laid |= self._renamed(change, wish)
        try:
            facts = make_plan(wish / source.instance_file, folder / "plan", self.settings, laid).plan.facts
        except PlannerError as error:
            log.warning("%s: %s", ", ".join(c.name for c in changes), error)
            return Proved(None, None)
        return Proved(facts.objective_usd, facts.bound_usd)

    def _renamed(self, change: Change, wish: Path) -> dict[str, Any]:
        """Copies a change's files beside A's under names of their own; returns its overrides with those names."""
        laid = dict(change.overrides)
        for file in change.files:
            name = f"after-{Path(file).name}"
            shutil.copyfile(self.after / INSTANCE_FOLDER / file, wish / name)
            laid = {key: _with_file(value, file, name) for key, value in laid.items()}
        return laid


def _with_file(value: Any, file: str, name: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _with_file(inner, file, name) for key, inner in value.items()}
    return name if value == file else value
