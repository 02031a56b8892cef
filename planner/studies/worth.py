"""What one more unit is worth: two proved solves apart by one unit of one right side, and the LP dual beside it.

The dual is that of the continuous part with every whole number of the plan held: an indication at most. It is flagged
where its sign differs from the proved change or it is off by more than a factor of two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.methods import MethodSettings, solve_program
from planner.options.coefficients import Coefficients
from planner.plan.interval import Interval, Proved
from planner.plan.plan import PlanTables
from planner.program.groups import Groups
from planner.solvers import Worker
from planner.studies.forced import Program

FACTOR_MAX = 2.0
SMALL_USD = 0.01


@dataclass(frozen=True)
class RightSide:
    """One number of the coefficient tables that a row of the program has on its right."""

    table: str
    """supply, demand, pools or limits."""
    key: tuple[str, ...]
    unit: str

    @property
    def text(self) -> str:
        """Words for it."""
        noun = {"supply": "supply of", "demand": "traffic of", "pools": "fewest replicas of", "limits": "limit"}[self.table]
        return f"{noun} {' / '.join(self.key)}"


KEYS = {"supply": ("offer", "period"), "demand": ("workload", "period", "block"), "pools": ("workload",), "limits": ("limit",)}
VALUES = {"supply": "nodes_max", "demand": "requests_per_s", "pools": "replicas_min", "limits": "value"}
FAMILIES = {"supply": ("supply",), "demand": ("demand",), "pools": ("minimum_replicas",)}


@dataclass(frozen=True)
class Worth:
    """What one more unit of a right side changes the least cost by."""

    side: RightSide
    change: Interval
    dual_usd: float | None
    """LP dual of the plan's continuous part; None where it is not known."""
    is_misleading: bool
    """Whether the dual has another sign than the proved change, or is off by more than a factor of two."""

    @property
    def text(self) -> str:
        """The answer for people."""
        dual = "" if self.dual_usd is None else f"; LP dual {self.dual_usd:,.2f} usd" + " (misleading)" * self.is_misleading
        return f"one more of {self.side.text} ({self.side.unit}): least cost changes by {self.change.text}{dual}"

    def record(self) -> dict[str, Any]:
        """Returns the answer as plain JSON values."""
        facts = {"table": self.side.table, "key": list(self.side.key), "unit": self.side.unit, "dual_usd": self.dual_usd}
        return {**facts, "change": self.change.record(), "is_misleading": self.is_misleading, "text": self.text}


def binding_sides(tables: PlanTables, coefficients: Coefficients) -> list[RightSide]:
    """Returns the right sides that hold the plan back: supply at its cap by period, policy limits, fewest replicas."""
    key = ["offer", "period"]
    peak = tables.nodes.groupby(key, as_index=False)[["nodes"]].max().merge(coefficients.supply, on=key)
    at_cap = peak[peak["nodes"] >= peak["nodes_max"]]
    sides = [RightSide("supply", (str(o), str(t)), "nodes") for o, t in at_cap[["offer", "period"]].to_numpy().tolist()]
    policy = coefficients.limits[~coefficients.limits["kind"].isin(["service", "money"])]
    sides += [RightSide("limits", (str(n),), str(u)) for n, u in policy[["limit", "unit"]].to_numpy().tolist()]
    pools = coefficients.pools[coefficients.pools["replicas_min"] > 0]
    return sides + [RightSide("pools", (str(w),), "replicas") for w in pools["workload"]]


def raised(coefficients: Coefficients, side: RightSide, by: float = 1.0) -> Coefficients:
    """Returns the coefficients with one right side raised."""
    frame: pd.DataFrame = getattr(coefficients, side.table)
    is_it = np.logical_and.reduce([frame[k] == v for k, v in zip(KEYS[side.table], side.key, strict=True)])
    column = VALUES[side.table]
    more = frame[column].where(~is_it, frame[column] + (int(by) if frame[column].dtype.kind == "i" else by))
    return coefficients.with_tables(**{side.table: frame.assign(**{column: more})})


def worth(
    coefficients: Coefficients,
    side: RightSide,
    plan: Proved,
    settings: MethodSettings,
    dual_usd: float | None,
    method: str = "auto",
) -> Worth:
    """Returns [bound_B - objective_A, objective_B - bound_A], B with one unit more, and whether the dual misleads."""
    result = solve_program(Groups(raised(coefficients, side)), settings, method)
    after = Proved(result.objective_usd, result.bound_usd)
    change = Interval.between(plan, after)
    return Worth(side, change, dual_usd, dual_usd is not None and is_misleading(dual_usd, change))


def is_misleading(dual_usd: float, change: Interval) -> bool:
    """Says whether no value of the interval has the dual's sign and lies within a factor of two of it.

    >>> is_misleading(-10.0, Interval(-15.0, -12.0)), is_misleading(0.0, Interval(-15.0, -12.0))
    (False, True)
    """
    low = -np.inf if change.low_usd is None else change.low_usd
    high = np.inf if change.high_usd is None else change.high_usd
    ends = sorted((dual_usd / FACTOR_MAX, dual_usd * FACTOR_MAX))
    return bool(ends[0] > high + SMALL_USD or ends[1] < low - SMALL_USD)


def duals(
    program: Program, tables: PlanTables, sides: Sequence[RightSide], settings: MethodSettings, worker: Worker
) -> list[float | None]:
    """Returns the dual of each right side in the LP that is left when the plan's whole numbers are held; usd a unit.

    A right side that stands in several rows (a cap in every block) has the sum of their duals.
    """
    problem = program.at(tables)
    whole = worker.solve(problem, settings.for_solver(60.0))
    if whole.values is None:
        return [None] * len(sides)
    found = worker.solve(problem.fix_integers(whole.values), settings.for_solver(60.0))
    if found.row_duals is None:
        return [None] * len(sides)
    names = [name[:-1].partition("[") for name in problem.row_names]
    keys = [(family, tuple(index.split(","))) for family, _, index in names]
    pool_of = program.groups.pool_of
    return [
        float(sum(d for (family, index), d in zip(keys, found.row_duals, strict=True) if _is_of(side, family, index, pool_of)))
        for side in sides
    ]


def _is_of(side: RightSide, family: str, index: tuple[str, ...], pool_of: dict[str, str]) -> bool:
    """Says whether a row has a right side on its right."""
    if side.table == "limits":
        return index[0] == side.key[0] and family not in ("supply", "demand", "minimum_replicas", "capacity")
    if family not in FAMILIES[side.table]:
        return False
    key = (pool_of[side.key[0]],) if side.table == "pools" else side.key
    return index[: len(key)] == key
