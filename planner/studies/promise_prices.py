"""The price of one step in a promise: a quality point, ten milliseconds of time per token, a region; as intervals.

Each step changes one value of the instance; the instance is solved as it is and with the step, and the difference of the
two least costs is proved as [bound after - cost before, cost after - bound before]. What each whole kind of promise costs
is `promise_cost`; what one more unit of a right side of the program is worth is `worth`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner import pipeline
from planner.errors import InputError, UnsatisfiableError
from planner.inputs.instance import Instance
from planner.methods import MethodSettings, solve_program
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


@dataclass(frozen=True)
class StepPrice:
    """What a step changes the least cost by; `reason` says why there is no plan with it, where there is none."""

    step: Step
    change: Interval
    after: Proved
    reason: str = ""

    @property
    def text(self) -> str:
        """The answer for people."""
        head = f"{self.step.promise}, {self.step.step}:"
        if self.reason:
            return f"{head} no plan ({self.reason})"
        cost = "none found" if self.after.objective_usd is None else money(self.after.objective_usd)
        return f"{head} {self.change.text}; with it {cost}"

    def record(self) -> dict[str, Any]:
        """Returns the price as plain JSON values."""
        facts = {"promise": self.step.promise, "step": self.step.step, "reason": self.reason}
        after = {"objective_usd": self.after.objective_usd, "bound_usd": self.after.bound_usd}
        return {**facts, **after, "change": self.change.record()}


def quality_steps(instance: Instance, points: float = POINTS) -> list[Step]:
    """Returns a step for each workload with a quality floor: its floor raised by some points."""
    return [
        Step(f"quality of {w.workload}", f"{points:+g} points on {w.quality.floor:g}", {
            f"workloads.{i}.quality.floor": w.quality.floor + points
        })
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
                steps.append(
                    Step(f"time per output token of {workload.workload}", told, {f"workloads.{i}.slo.{j}.ms": target.ms + ms})
                )
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
    before = _solved(path, laid, settings, method)
    prices = []
    for step in steps:
        try:
            after = _solved(path, laid | dict(step.overrides), settings, method)
        except (InputError, UnsatisfiableError) as error:
            unknown = Proved(None, None)
            prices.append(StepPrice(step, Interval(None, None), unknown, str(error.faults[0])))
            continue
        prices.append(StepPrice(step, Interval.between(before, after), after))
    return before, tuple(prices)


def _solved(path: Path, overrides: Mapping[str, Any], settings: MethodSettings, method: str) -> Proved:
    """Cost and bound of the best plan found; raises UnsatisfiableError where there is none."""
    instance, catalog = pipeline.read(path, overrides)
    coefficients = pipeline.prepare_instance(instance, catalog).coefficients
    result = solve_program(Groups(coefficients), settings, method)
    if result.status == "infeasible":
        raise UnsatisfiableError(pipeline.shortages(coefficients, instance))
    return Proved(result.objective_usd, result.bound_usd)
