"""What each promise costs: audited plans of the same instance with one kind of promise after another dropped.

Promises are dropped in a fixed order, each on top of those before, so that the steps add up from the fleet without any to
the fleet with all (a waterfall). Every step is an interval from two audited plans. A promise dropped only adds plans: no step
is below 0, what is proved of fleets with fewer promises holds for those with more, and a plan that keeps more is one of those
that keep fewer.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.errors import PlannerError
from planner.inputs.instance import Instance
from planner.pipeline import SolveSettings, make_plan
from planner.plan.interval import NOT_DETERMINED, THE_SAME, Interval, Proved
from planner.plan.summary import money

log = logging.getLogger(__name__)

REDUNDANCY_KINDS = ("spare_replicas", "region_loss_service_share")
"""Kinds of limit that are redundancy, as fewest replicas are."""
NO_SLO = [{"metric": "e2e", "statistic": "mean", "ms": 1e9}]
"""A latency limit of eleven days: none that matters."""


@dataclass(frozen=True)
class Step:
    """A kind of promise, what it costs on top of those that stay, and the plan without it."""

    promise: str
    cost: Interval
    objective_usd: float | None
    """Cost of the plan without this promise and without those dropped before."""
    bound_usd: float | None

    def record(self) -> dict[str, Any]:
        """Returns the step as plain JSON values."""
        facts = {"promise": self.promise, "objective_usd": self.objective_usd, "bound_usd": self.bound_usd}
        return {**facts, "cost": self.cost.record()}


def _worth(cost: Interval) -> str:
    low, high = cost.low_usd, cost.high_usd
    if low is None or high is None:
        return "not known"
    if cost.verdict == THE_SAME:
        return "nothing"
    return f"{money(low)} to {money(high)}" if low > 0 else f"at most {money(high)}, perhaps nothing ({NOT_DETERMINED})"


@dataclass(frozen=True)
class PromiseCosts:
    """The steps in the order in which promises were dropped."""

    plan: Proved
    steps: tuple[Step, ...]

    @property
    def lines(self) -> list[str]:
        """The answer for people."""
        found = ["what promises cost, dropped one after another:"]
        for step in self.steps:
            usd = step.objective_usd
            without = "no plan without it in the time" if usd is None else f"without it and those above {money(usd)}"
            found.append(f"  {step.promise}: {_worth(step.cost)}; {without}")
        return found

    def record(self) -> dict[str, Any]:
        """Returns the answer as plain JSON values."""
        steps = [step.record() for step in self.steps]
        return {"objective_usd": self.plan.objective_usd, "bound_usd": self.plan.bound_usd, "steps": steps}


def _limits(instance: Instance) -> dict[str, Any]:
    limits = instance.settings.limits
    kept = [limit.model_dump(mode="json") for limit in limits if limit.kind in REDUNDANCY_KINDS]
    return {"limits": kept} if len(kept) < len(limits) else {}


def _redundancy(instance: Instance) -> dict[str, Any]:
    has_limits = any(limit.kind in REDUNDANCY_KINDS for limit in instance.settings.limits)
    least = _each(instance, "replicas_min", 0, lambda w: w.replicas_min > 0)
    return least | ({"limits": []} if has_limits else {})


def _residency(instance: Instance) -> dict[str, Any]:
    return _each(instance, "regions", {}, lambda w: bool(w.regions.allow or w.regions.deny or w.regions.jurisdictions))


def _quality(instance: Instance) -> dict[str, Any]:
    floors = _each(instance, "quality", None, lambda w: w.quality is not None)
    return floors | _each(instance, "models_allow", [], lambda w: bool(w.models_allow))


def _latency(instance: Instance) -> dict[str, Any]:
    return _each(instance, "slo", NO_SLO, lambda w: True)


def _each(instance: Instance, name: str, value: Any, is_asked: Callable[[Any], bool]) -> dict[str, Any]:
    return {f"workloads.{i}.{name}": value for i, w in enumerate(instance.settings.workloads) if is_asked(w)}


PROMISES: Mapping[str, Callable[[Instance], dict[str, Any]]] = {
    "limits of policy": _limits, "redundancy": _redundancy, "residency": _residency, "quality floors": _quality,
    "latency": _latency,
}  # fmt: skip
"""Kinds of promise in the order in which they are dropped, each with the overrides that drop it (none: not made)."""


def promise_costs(
    instance: Instance, plan: Proved, settings: SolveSettings, folder: Path, overrides: Mapping[str, Any] | None = None
) -> PromiseCosts:
    """Returns what each kind of promise of an instance costs; writes one audited plan a step under `folder`.

    A step whose plan is not found within the time limit has an interval without ends; the next starts from the last found.
    """
    laid: dict[str, Any] = dict(overrides or {})
    found: list[tuple[str, Proved | None]] = []
    for name, drop in PROMISES.items():
        dropped = drop(instance)
        if not dropped:
            continue
        laid |= dropped
        try:
            facts = make_plan(instance.files[0], folder / name.replace(" ", "-"), settings, laid).plan.facts
        except PlannerError as error:
            log.warning("%s: %s", name, error)
            found.append((name, None))
            continue
        found.append((name, Proved(facts.objective_usd, facts.bound_usd)))
    return PromiseCosts(plan, tuple(_steps(plan, found)))


def _steps(plan: Proved, found: Sequence[tuple[str, Proved | None]]) -> list[Step]:
    """Returns the steps, each from the last plan before it, with what the plans prove of each other."""
    solved = [plan, *(one for _, one in found if one is not None)]
    best = [min(one.objective_usd for one in solved[: k + 1] if one.objective_usd is not None) for k in range(len(solved))]
    held = [max((one.bound_usd for one in solved[k:] if one.bound_usd is not None), default=None) for k in range(len(solved))]
    known = [Proved(cost, None if low is None else min(low, cost)) for cost, low in zip(best, held, strict=True)]
    steps, k = [], 0
    for name, one in found:
        if one is None:
            steps.append(Step(name, Interval(None, None), None, None))
            continue
        k += 1
        without = known[k]
        steps.append(Step(name, Interval.between(without, known[k - 1]).at_least_zero, without.objective_usd, without.bound_usd))
    return steps
