"""The price of one step in a promise: a quality point, ten milliseconds of time per token, a region; as intervals.

Each step changes one value of the instance; the instance is solved as it is and with the step, and the difference of the
two least costs is proved as [bound after - cost before, cost after - bound before]. A step that only takes plans away costs
nothing at least, one that only adds plans nothing at most; one that leaves every coefficient as it is changes nothing at all,
which needs no solve. What each whole kind of promise costs is `promise_cost`; what one more unit of a right side of the
program is worth is `worth`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from planner import pipeline
from planner.errors import InputError, UnsatisfiableError
from planner.inputs.instance import Instance
from planner.methods import MethodSettings, solve_one_of_many
from planner.options.coefficients import Coefficients
from planner.plan.interval import Interval, Proved
from planner.plan.summary import money
from planner.program.groups import Groups

POINTS = 1.0
MS = 10.0


@dataclass(frozen=True)
class Step:
    """One step in a promise and the values of the instance (dotted paths) that make it."""

    promise: str
    step: str
    overrides: Mapping[str, Any]
    is_tighter: bool = True
    """Whether the step takes plans away; else it adds some."""


@dataclass(frozen=True)
class StepPrice:
    """What a step changes the least cost by; `reason` says why there is no plan with it, where there is none.

    `is_without_effect`: the step leaves every coefficient as it is, so the change is exactly 0.
    """

    step: Step
    change: Interval
    after: Proved
    reason: str = ""
    is_without_effect: bool = False

    @property
    def text(self) -> str:
        """The answer for people."""
        head = f"{self.step.promise}, {self.step.step}:"
        if self.reason:
            return f"{head} no plan ({self.reason})"
        if self.is_without_effect:
            return f"{head} the same, exactly: every candidate keeps it already, and no other does"
        cost = "none found" if self.after.objective_usd is None else money(self.after.objective_usd)
        return f"{head} {self.change.words}; with it {cost}"

    def record(self) -> dict[str, Any]:
        """Returns the price as plain JSON values."""
        facts = {
            "promise": self.step.promise, "step": self.step.step, "reason": self.reason,
            "is_without_effect": self.is_without_effect,
        }  # fmt: skip
        after = {"objective_usd": self.after.objective_usd, "bound_usd": self.after.bound_usd}
        return {**facts, **after, "change": self.change.record()}


def quality_steps(instance: Instance, points: float = POINTS) -> list[Step]:
    """Returns a step for each workload with a quality floor: its floor raised by some points."""
    return [
        Step(f"quality of {w.workload}", f"{points:+g} points on {w.quality.floor:g}", {
            f"workloads.{i}.quality.floor": w.quality.floor + points
        }, is_tighter=points >= 0)
        for i, w in enumerate(instance.settings.workloads) if w.quality is not None
    ]  # fmt: skip


def tpot_steps(instance: Instance, ms: float = -MS) -> list[Step]:
    """Returns a step for each promise on time per output token: its limit moved by some ms (negative: tightened).

    A promise of no more than the ms taken away has none.
    """
    steps = []
    for i, workload in enumerate(instance.settings.workloads):
        for j, target in enumerate(workload.slo):
            if target.metric == "tpot" and target.ms + ms > 0:
                told = f"{ms:+g} ms on {target.statistic} {target.ms:g} ms"
                promise, limit = f"time per output token of {workload.workload}", f"workloads.{i}.slo.{j}.ms"
                steps.append(Step(promise, told, {limit: target.ms + ms}, is_tighter=ms < 0))
    return steps


def region_steps(instance: Instance) -> list[Step]:
    """Returns a step for each region of an instance with several: the fleet without it."""
    regions = instance.settings.regions
    if len(regions) < 2:
        return []
    return [Step(f"region {name}", "without it", {"regions": [one for one in regions if one != name]}) for name in regions]


def all_steps(instance: Instance) -> list[Step]:
    """Returns a point of quality, ten ms less and ten ms more of time per token, and each region."""
    return [*quality_steps(instance), *tpot_steps(instance, -MS), *tpot_steps(instance, MS), *region_steps(instance)]


def step_prices(
    path: Path, steps: Sequence[Step], settings: MethodSettings, overrides: Mapping[str, Any] | None = None, method: str = "auto"
) -> tuple[Proved, tuple[StepPrice, ...]]:
    """Returns the least cost of an instance as it is, and the price of every step; one solve each within `settings`.

    Raises
    ------
    InputError, UnsatisfiableError
        Where the instance itself, before any step, cannot be read or has no plan.
    """
    laid = dict(overrides or {})
    instance, coefficients = _read(path, laid)
    before = _solved(instance, coefficients, settings, method)
    prices = []
    for step in steps:
        try:
            changed, other = _read(path, laid | dict(step.overrides))
            is_same = _is_same(coefficients, other)
            after = before if is_same else _solved(changed, other, settings, method)
        except (InputError, UnsatisfiableError) as error:
            unknown = Proved(None, None)
            prices.append(StepPrice(step, Interval(None, None), unknown, str(error.faults[0])))
            continue
        told = Interval.between(before, after)
        told = told.at_least_zero if step.is_tighter else told.at_most_zero
        prices.append(StepPrice(step, Interval(0.0, 0.0) if is_same else told, after, is_without_effect=is_same))
    return before, tuple(prices)


def _read(path: Path, overrides: Mapping[str, Any]) -> tuple[Instance, Coefficients]:
    instance, catalog = pipeline.read(path, overrides)
    return instance, pipeline.prepare_instance(instance, catalog).coefficients


def _is_same(before: Coefficients, after: Coefficients) -> bool:
    """Says whether two instances come to the same coefficients; the program reads nothing else."""
    return all(getattr(before, one.name).equals(getattr(after, one.name)) for one in fields(Coefficients))


def _solved(instance: Instance, coefficients: Coefficients, settings: MethodSettings, method: str) -> Proved:
    """Cost and bound of the best plan found; raises UnsatisfiableError where there is none."""
    result = solve_one_of_many(Groups(coefficients), settings, method)
    if result.status == "infeasible":
        raise UnsatisfiableError(pipeline.shortages(coefficients, instance))
    return Proved(result.objective_usd, result.bound_usd)
