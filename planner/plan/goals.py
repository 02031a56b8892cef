r"""What a plan comes to at each goal asked for, recomputed from its tables, and how far that is from what is proved.

* least_cost: the ledger's sum, the expected cost; usd.
* tail_cost: :math:`(1 - weight) \cdot mean + weight \cdot tail`, where tail is the mean cost of the worst scenarios that
  make up `cvar_tail_share` of the probability (a scenario on the edge counts by the part of it that is inside); usd.
* least_carbon: power x PUE x grid intensity x hours of all nodes that are there, expected over scenarios; kg.
* most_served: requests offered over the horizon less those turned away, expected over scenarios; more is better.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.errors import SolverError
from planner.options.coefficients import Coefficients
from planner.plan.plan import PlanTables, Reached, gap_of, status_of
from planner.plan.policy_terms import emissions
from planner.plan.scenarios import scenario_costs
from planner.units import SECONDS_PER_HOUR

Value = Callable[[PlanTables, Coefficients], float]
BOUND_NOISE = 2e-7
"""Relative excess of a bound over the plan's own value that is floating-point noise; more is a contradiction."""
EDGE = 1e-12
"""Probability left of a tail that counts as none."""


@dataclass(frozen=True)
class Asked:
    """One stage: weight by goal, and the share by which later stages may worsen it."""

    weights: Mapping[str, float]
    tolerance_share: float

    @property
    def name(self) -> str:
        """The goal, or `weighted` for a sum of several or a goal that has a weight."""
        return next(iter(self.weights)) if list(self.weights.values()) == [1.0] else "weighted"


def asked_of(coefficients: Coefficients) -> list[Asked]:
    """Returns the stages that the coefficients ask for; none where it is least expected cost alone."""
    rows = coefficients.limits_of("goal")
    is_tail = risk_of(coefficients, "cvar_weight", 0.0) > 0
    cost = "tail_cost" if is_tail else "least_cost"
    named = [(cost if row["scope"] == "least_cost" else str(row["scope"]), float(row["value"])) for row in rows]
    if not rows:
        return [Asked({cost: 1.0}, 0.0)] if is_tail else []
    if rows[0]["unit"] == "weight":
        return [Asked(dict(named), 0.0)]
    return [Asked({goal: 1.0}, tolerance) for goal, tolerance in named]


def goal_name(asked: Sequence[Asked]) -> str:
    """Returns what a plan's goal is called: `least_cost`, another goal's name, `weighted` or `lexicographic`."""
    if not asked:
        return "least_cost"
    return asked[0].name if len(asked) == 1 else "lexicographic"


def reached(
    tables: PlanTables, coefficients: Coefficients, bounds: Sequence[tuple[Sequence[str], float | None]]
) -> tuple[Reached, ...]:
    """Returns what a plan comes to at each stage asked for, beside the bounds (goals, bound) proved of the stages."""
    found = []
    proved = {tuple(goals): bound for goals, bound in bounds}
    for stage in asked_of(coefficients):
        value = value_of(stage, tables, coefficients)
        bound = _not_beyond(proved.get(tuple(stage.weights)), value, stage.name)
        unit = UNITS.get(stage.name, "weighed")
        found.append(Reached(stage.name, value, bound, unit, goal_gap(value, bound), stage.tolerance_share))
    return tuple(found)


def claims(
    tables: PlanTables,
    coefficients: Coefficients,
    bound_usd: float | None,
    stages: Sequence[tuple[Sequence[str], float | None]],
    gap_asked: float,
) -> dict[str, Any]:
    """Returns what is claimed of a plan's proof: status, bound_usd, gap, goal and goals, as PlanFacts has them.

    Raises SolverError where a bound contradicts the plan.
    """
    asked = asked_of(coefficients)
    if not asked:
        bound_usd = _not_beyond(bound_usd, tables.total_usd, "least_cost")
        gap = gap_of(tables.total_usd, bound_usd)
        return {"status": status_of(gap, gap_asked), "bound_usd": bound_usd, "gap": gap}
    goals = reached(tables, coefficients, stages)
    gaps = [stage.gap for stage in goals]
    beyond = max(math.inf if s.gap is None else s.gap - gap_allowed(gap_asked, s.tolerance_share) for s in goals)
    largest = None if None in gaps else max(gap for gap in gaps if gap is not None)
    status = status_of(beyond, 0.0)
    return {"status": status, "bound_usd": None, "gap": largest, "goal": goal_name(asked), "goals": goals}


def _not_beyond(bound: float | None, value: float, goal: str) -> float | None:
    """Returns a bound, at most as good as the plan it bounds; raises SolverError where it contradicts the plan."""
    if bound is None:
        return None
    sign = -1.0 if goal in MAXIMISED else 1.0
    if sign * (bound - value) > BOUND_NOISE * max(1.0, abs(value)):
        raise SolverError(f"the solver's bound {bound:.10g} on {goal} contradicts a plan with {value:.10g} that it found")
    return sign * min(sign * bound, sign * value)


def value_of(stage: Asked, tables: PlanTables, coefficients: Coefficients) -> float:
    """Returns what a plan comes to at a stage: the goal's value, or the weighed sum with maximised goals turned."""
    if stage.name != "weighted":
        return VALUES[stage.name](tables, coefficients)
    signs = {goal: -weight if goal in MAXIMISED else weight for goal, weight in stage.weights.items()}
    return sum(sign * VALUES[goal](tables, coefficients) for goal, sign in signs.items())


def goal_gap(objective: float, bound: float | None) -> float | None:
    """Returns abs(objective - bound) / max(abs(objective), 1e-9), None where nothing is proved.

    >>> goal_gap(100.0, 98.0), goal_gap(100.0, 103.0), goal_gap(5.0, None)
    (0.02, 0.03, None)
    """
    return None if bound is None else abs(objective - bound) / max(abs(objective), 1e-9)


def gap_allowed(gap_asked: float, tolerance_share: float) -> float:
    """Returns the largest gap at which a stage counts as proved: later stages may have used its tolerance up."""
    return (gap_asked + tolerance_share) / (1.0 - tolerance_share)


def risk_of(coefficients: Coefficients, name: str, default: float) -> float:
    """Returns a number of the section `risk`, or its default."""
    values = [float(row["value"]) for row in coefficients.limits_of("risk") if row["limit"] == f"risk|{name}"]
    return values[0] if values else default


def tail_mean(costs: Sequence[tuple[float, float]], tail_share: float) -> float:
    """Returns the mean of the dearest (probability, usd) that make up a share of the probability.

    >>> tail_mean([(0.5, 300.0), (0.3, 800.0), (0.2, 1800.0)], 0.4)
    1300.0
    """
    left, total = tail_share, 0.0
    for chance, usd in sorted(costs, key=lambda item: -item[1]):
        part = min(chance, left)
        total += part * usd
        left -= part
        if left <= EDGE:
            break
    return total / (tail_share - max(left, 0.0))


def _least_cost(tables: PlanTables, coefficients: Coefficients) -> float:
    return tables.total_usd


def _tail_cost(tables: PlanTables, coefficients: Coefficients) -> float:
    weight, share = risk_of(coefficients, "cvar_weight", 0.0), risk_of(coefficients, "cvar_tail_share", 1.0)
    costs = scenario_costs(tables.ledger, coefficients)
    pairs = list(zip(costs["probability"].astype(float), costs["usd"].astype(float), strict=True)) or [(1.0, tables.total_usd)]
    return (1.0 - weight) * tables.total_usd + weight * tail_mean(pairs, share)


def _least_carbon(tables: PlanTables, coefficients: Coefficients) -> float:
    return float(emissions(tables.nodes, coefficients)["kg"].sum())


def _most_served(tables: PlanTables, coefficients: Coefficients) -> float:
    hours = coefficients.blocks[["period", "block", "hours"]]
    asked, refused = (frame.merge(hours, on=["period", "block"]) for frame in (coefficients.demand, tables.unserved))
    sums = [float((frame["requests_per_s"] * frame["hours"]).sum()) for frame in (asked, refused)]
    return (sums[0] - sums[1]) * SECONDS_PER_HOUR


VALUES: Mapping[str, Value] = {
    "least_cost": _least_cost, "tail_cost": _tail_cost, "least_carbon": _least_carbon, "most_served": _most_served,
}  # fmt: skip
"""Value by goal, in its unit."""
UNITS: Mapping[str, str] = {"least_cost": "usd", "tail_cost": "usd", "least_carbon": "kg", "most_served": "requests"}
MAXIMISED: frozenset[str] = frozenset({"most_served"})
"""Goals of which more is better."""
