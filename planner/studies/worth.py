"""What one more unit is worth: two proved solves apart by one right side, and the LP dual beside it.

The dual is that of the continuous part with every whole number of the plan held: an indication at most. It is flagged
where its sign differs from the proved change or it is off by more than a factor of two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.methods import MethodSettings
from planner.options.coefficients import Coefficients
from planner.plan.bindings import NEARLY
from planner.plan.interval import Interval, Proved
from planner.plan.limit_use import limit_use
from planner.plan.plan import PlanTables
from planner.solvers import Worker
from planner.studies.exchange import Exchange
from planner.studies.forced import Memory, Program, small_part

FACTOR_MAX = 2.0
SMALL_USD = 0.01
HIDDEN = 0.5
"""What is worth no more than this share of the plan's gap is not solved again: that could say no more."""

FLOORS = ("spare_replicas", "region_loss_service_share", "mean_quality_floor")
"""Kinds of limit that more of makes harder to keep; more of any other is easier."""
LARGE = 100.0
LARGE_STEP_SHARE = 0.01
"""A limit of LARGE and more (dollars, kilograms) is raised by this share of it: one dollar more says nothing."""
SHARE_STEP = 0.01


@dataclass(frozen=True)
class RightSide:
    """One number of the coefficient tables that a row of the program has on its right; a shorter key names all that begin so."""

    table: str
    """supply, demand, pools or limits."""
    key: tuple[str, ...]
    unit: str
    by: float = 1.0
    """How much more is asked about."""

    @property
    def text(self) -> str:
        """Words for it."""
        noun = {"supply": "supply of", "demand": "traffic of", "pools": "fewest replicas of", "limits": "limit"}[self.table]
        where = " in every period" if self.table == "supply" and len(self.key) == 1 else ""
        return f"{noun} {' / '.join(self.key)}{where}"

    def is_loosened_by_more(self, coefficients: Coefficients) -> bool:
        """Says whether more of it can only make plans possible; else it can only rule plans out."""
        if self.table != "limits":
            return self.table == "supply"
        kinds = coefficients.limits.loc[coefficients.limits["limit"] == self.key[0], "kind"]
        return not set(kinds) & set(FLOORS)


KEYS = {"supply": ("offer", "period"), "demand": ("workload", "period", "block"), "pools": ("workload",), "limits": ("limit",)}
VALUES = {"supply": "nodes_max", "demand": "requests_per_s", "pools": "replicas_min", "limits": "value"}
FAMILIES = {"supply": ("supply",), "demand": ("demand",), "pools": ("minimum_replicas",)}


@dataclass(frozen=True)
class Worth:
    """What one more unit of a right side changes the least cost by."""

    side: RightSide
    change: Interval
    dual_usd: float | None
    """LP dual of the plan's continuous part times what is asked about; None where it is not known."""
    is_misleading: bool
    """Whether the dual has another sign than the proved change, or is off by more than a factor of two."""

    @property
    def text(self) -> str:
        """The answer for people."""
        dual = "" if self.dual_usd is None else f"; LP dual {self.dual_usd:+,.2f} usd"
        dual += " (misleading: another sign, or off by more than a factor of two)" * self.is_misleading
        return f"{self.side.by:,.6g} more of {self.side.text} ({self.side.unit}): least cost {self.change.words}{dual}"

    def record(self) -> dict[str, Any]:
        """Returns the answer as plain JSON values."""
        facts = {
            "table": self.side.table,
            "key": list(self.side.key),
            "unit": self.side.unit,
            "by": self.side.by,
            "dual_usd": self.dual_usd,
        }
        told = {"subject": self.side.text, "change_text": self.change.words, "text": self.text}
        return {**facts, "change": self.change.record(), "is_misleading": self.is_misleading, **told}


def binding_sides(tables: PlanTables, coefficients: Coefficients) -> list[RightSide]:
    """Returns the right sides that hold the plan back: supply at its cap, limits nearly used up, fewest replicas."""
    key = ["offer", "period"]
    peak = tables.nodes.groupby(key, as_index=False)[["nodes"]].max().merge(coefficients.supply, on=key)
    at_cap = dict.fromkeys(peak.loc[peak["nodes"] >= peak["nodes_max"], "offer"].astype(str))
    sides = [RightSide("supply", (offer,), "nodes") for offer in at_cap]
    use = limit_use(tables, coefficients)
    reached = use[use["used"] >= NEARLY * use["value"]].drop_duplicates("limit")
    asked = coefficients.limits[coefficients.limits["limit"].isin(reached["limit"]) | coefficients.limits["kind"].isin(FLOORS)]
    policy = asked[["limit", "unit", "value"]].drop_duplicates("limit").to_numpy().tolist()
    sides += [RightSide("limits", (str(n),), str(u), step(str(u), float(v))) for n, u, v in policy]
    pools = coefficients.pools[coefficients.pools["replicas_min"] > 0]
    return sides + [RightSide("pools", (str(w),), "replicas") for w in pools["workload"]]


def step(unit: str, value: float) -> float:
    """Returns how much more of a limit is asked about: one, a point of a share, or a hundredth of a large amount.

    >>> step("nodes", 12.0), step("share", 0.4), step("usd", 250_000.0)
    (1.0, 0.01, 2500.0)
    """
    if unit == "share":
        return SHARE_STEP
    return 1.0 if value < LARGE else float(f"{value * LARGE_STEP_SHARE:.2g}")


def raised(coefficients: Coefficients, side: RightSide, by: float | None = None) -> Coefficients:
    """Returns the coefficients with one right side raised, by `by` or as much as it asks about."""
    more = side.by if by is None else by
    frame: pd.DataFrame = getattr(coefficients, side.table)
    is_it = np.logical_and.reduce([frame[k] == v for k, v in zip(KEYS[side.table], side.key, strict=False)])
    column = VALUES[side.table]
    values = frame[column].where(~is_it, frame[column] + (int(more) if frame[column].dtype.kind == "i" else more))
    return coefficients.with_tables(**{side.table: frame.assign(**{column: values})})


def worth(
    coefficients: Coefficients, side: RightSide, plan: Proved, settings: MethodSettings, dual_usd: float | None,
    method: str = "auto", memory: Memory | None = None, tables: PlanTables | None = None, program: Program | None = None,
) -> Worth:  # fmt: skip
    """Returns [bound_B - objective_A, objective_B - bound_A], B with one unit more, and whether the dual misleads.

    Where A and B have a part in common that no row ties to the rest, both are what is left without it. Where single nodes say
    (`planner/studies/exchange.py`) that the change is far below the plan's gap, B is not solved: it could say no more.
    More supply and a higher limit only add plans, a higher floor only takes some away: the interval stops at 0 there.
    """
    after = Program.of(raised(coefficients, side))
    if after.groups.unroutable:
        return Worth(side, Interval(None, None), dual_usd, False)
    is_looser = side.is_loosened_by_more(coefficients)
    before, known = program or Program.of(coefficients), memory or Memory()
    is_part = small_part(before.compiled, after.compiled) is not None
    most = _most_usd(side, after if is_looser else before, plan, settings, known)
    ends = Interval(None if most is None else -most, 0.0) if is_looser else Interval(0.0, most)
    if is_part or most is None or not _is_under_gap(most, plan):
        found = known.compared(plan, before, after, settings, method, None if is_looser else tables)
        change = Interval.between(found.before, found.after)
        change = change.at_most_zero if is_looser else change.at_least_zero
        ends = change if most is None else change.within(ends.low_usd, ends.high_usd)
    return Worth(side, ends, dual_usd, dual_usd is not None and is_misleading(dual_usd, ends))


def _is_under_gap(usd: float, plan: Proved) -> bool:
    """Says whether solving again cannot tell so little: the plan's own gap is far wider."""
    return plan.objective_usd is not None and plan.bound_usd is not None and usd < HIDDEN * (plan.objective_usd - plan.bound_usd)


def _most_usd(side: RightSide, program: Program, plan: Proved, settings: MethodSettings, memory: Memory) -> float | None:
    """Returns the most that one more unit is worth by what a single node costs, or one in another one's place."""
    if side.by != 1.0 or side.table not in ("supply", "pools"):
        return None
    exchange = Exchange.of(program, plan, settings, memory)
    if exchange is None:
        return None
    return exchange.node_usd(side.key[0]) if side.table == "supply" else exchange.replica_usd(program.groups.pool_of[side.key[0]])


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
    """Returns the dual of each right side in the LP that is left with the plan's whole numbers held; usd for what is asked.

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
        side.by
        * float(sum(d for (family, index), d in zip(keys, found.row_duals, strict=True) if _is_of(side, family, index, pool_of)))
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
