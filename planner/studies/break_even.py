r"""At what price does a node type, or one offer, win: an interval, as a plan with a gap cannot tell costs closer than its gap.

All prices of the node type (by the hour and upfront) are multiplied by a factor. With :math:`z(f)` the least cost at
factor f and :math:`z_0` the least cost of fleets without the type, z never falls as f rises and never exceeds :math:`z_0`.

* `wins`: a plan at f costs less than the bound of fleets without the type. Then every best fleet has it, at f and below.
* `absent`: the cheapest plan known at f does not have the type. What the type could still save there is at most that plan's
  cost less the lowest bound at f.
* Between the two: not determined at this gap.

A plan that pays :math:`b` for the type at list price, and :math:`a` for all else, costs :math:`a + b f` at every factor: what was
found at one counts at all, and says where to ask next (where it meets the bound, and the cost, of the fleets without). Parts of
the program in which the type cannot be (`planner/studies/apart.py`) are left out: costs and gaps are then those of the rest.
"""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from planner.errors import Fault, InputError, NoPlanError, UnsatisfiableError
from planner.methods import MethodSettings
from planner.options.coefficients import SCALARS, Coefficients
from planner.options.shortage import shortage_faults
from planner.plan.plan import gap_or_infinite
from planner.program.compile import Compiled
from planner.program.extract import Decision
from planner.solvers.problem import Floats
from planner.studies.apart import changed
from planner.studies.forced import PART_GAP, Memory, Program

WINS, ABSENT, OPEN = "wins", "absent", "not determined"
TRIAL_COLUMNS = ["factor", "verdict", "nodes_peak", "objective_usd", "bound_usd", "gap"]
BOUGHT = ("rent", "commit")
LINEAR_SHARE = 1e-9
"""Costs whose slopes differ by no more than this share of them are straight lines in the factor."""


@dataclass(frozen=True)
class _Trial:
    factor: float
    verdict: str
    nodes_peak: int
    objective_usd: float
    bound_usd: float
    at_list_usd: float
    """What the plan pays for the type at list prices: its cost rises by so much per unit of the factor."""

    @property
    def row(self) -> tuple[float, str, int, float, float, float]:
        """TRIAL_COLUMNS."""
        cost, bound = self.objective_usd, self.bound_usd
        return self.factor, self.verdict, self.nodes_peak, cost, bound, gap_or_infinite(cost, bound)

    def at(self, factor: float) -> float:
        """What the plan costs at a factor."""
        return self.objective_usd + (factor - self.factor) * self.at_list_usd

    def meets(self, usd: float) -> float | None:
        """The factor at which the plan costs so much; None where it does not have the type."""
        return self.factor + (usd - self.objective_usd) / self.at_list_usd if self.at_list_usd > 0 else None


@dataclass(frozen=True, eq=False)
class BreakEven:
    """The interval in which a node type's break-even price factor lies, and the plans that say so."""

    node_type: str
    wins_at: float | None
    """Highest factor tried at which it is proved to be in every best fleet; None: at none of those tried."""
    absent_from: float | None
    """Lowest factor tried from which up no plan found has it; None: the highest factor tried still has it."""
    saving_max_usd: float | None
    """Most that it could save at `absent_from`: cost of the plan there less its bound."""
    without_usd: tuple[float, float]
    """Bound and cost of the fleet without it."""
    trials: pd.DataFrame
    """factor, verdict, nodes_peak (of the type), objective_usd, bound_usd, gap; one row a plan, by factor."""

    @property
    def gap(self) -> float:
        """Largest gap of the plans, the one without the type included."""
        bound, cost = self.without_usd
        return max(gap_or_infinite(cost, bound), float(self.trials["gap"].max()))


def break_even(
    coefficients: Coefficients, node_type: str, settings: MethodSettings,
    low: float = 0.25, high: float = 1.5, width: float = 0.02, method: str = "auto", memory: Memory | None = None,
) -> BreakEven:  # fmt: skip
    """Returns the interval of the price factor at which a node type (or one offer) enters the fleet, ends to within `width`.

    Raises
    ------
    InputError
        where no offer has the node type, or 0 < low < high does not hold
    NoPlanError
        where a plan or its bound is not found within the time limit of one solve (`settings`), and where no fleet does without it
    UnsatisfiableError
        where there is no fleet with it either
    """
    if not 0 < low < high or width <= 0:
        raise InputError([Fault("break_even", "0 < low < high and a width > 0", f"{low:g}, {high:g} and {width:g}")])
    offers = coefficients.offers
    mine = set(offers.loc[(offers["node_type"] == node_type) | (offers["offer"] == node_type), "offer"])
    if not mine:
        known = ", ".join(sorted(set(offers["node_type"])))
        raise InputError.single("break_even, node_type", f"an offer, or one of {known}", repr(node_type))
    asker = _Asker(coefficients, mine, settings, method, memory or Memory(), (low, high))
    without = asker.without()
    trials: tuple[_Trial, ...] = ()
    for factor in (low, high):
        trials = (*trials, asker.trial(factor, without, trials))
    while (asked := _next_factor(trials, without, width)) is not None:
        trials = (*trials, asker.trial(asked, without, trials))
    ordered = sorted(trials, key=lambda trial: trial.factor)
    return _told(node_type, without, pd.DataFrame([trial.row for trial in ordered], columns=TRIAL_COLUMNS))


def at_factor(coefficients: Coefficients, offers: set[str], factor: float) -> Coefficients:
    """Returns the coefficients with every price of some offers multiplied."""
    scale = coefficients.prices["offer"].isin(offers).map({True: factor, False: 1.0})
    usd = {name: coefficients.prices[name] * scale for name in ("usd_per_hour", "upfront_usd", "residual_usd")}
    return coefficients.with_tables(prices=coefficients.prices.assign(**usd))


@dataclass(frozen=True, eq=False)
class _Asker:
    """The problem, the offers whose price is in question, and how to solve."""

    coefficients: Coefficients
    mine: set[str]
    settings: MethodSettings
    method: str
    memory: Memory
    ends: tuple[float, float]

    def without(self) -> tuple[float, float]:
        """Returns bound and cost of the best fleet without the offers."""
        asked = self._at(1.0)
        try:
            bound, cost, _ = self._solved(asked.with_compiled(changed(self._closed, asked.compiled).before))
        except UnsatisfiableError:
            self._solved(asked.with_compiled(changed(self._closed, asked.compiled).after))
            raise NoPlanError("no fleet keeps every promise without it: it is there at any price") from None
        return bound, cost

    def trial(self, factor: float, without: tuple[float, float], known: Sequence[_Trial]) -> _Trial:
        """Returns what the plan at a factor says, or a plan known from another factor where that costs less."""
        asked = self._at(factor)
        bound, cost, decision = self._solved(asked.with_compiled(changed(self._closed, asked.compiled).after))
        nodes = pd.concat([decision.rentals, decision.orders])
        is_mine = nodes["offer"].isin(self.mine)
        held = int(nodes.loc[is_mine, "nodes"].max()) if is_mine.any() else 0
        at_list = self._at_list_usd(decision)
        others = [(one.at(factor), one.nodes_peak, one.at_list_usd) for one in known if self._is_linear]
        cost, held, at_list = min([(cost, held, at_list), (without[1], 0, 0.0), *others])
        bound = min(bound, cost)
        wins = cost < without[0] * (1 - 1e-9)
        return _Trial(factor, WINS if wins else ABSENT if held == 0 else OPEN, held, cost, bound, at_list)

    def _solved(self, part: Program) -> tuple[float, float, Decision]:
        is_part = part.compiled.problem.columns < self._base.compiled.problem.columns
        fine = dataclasses.replace(self.settings, relative_gap=min(self.settings.relative_gap, PART_GAP))
        if is_part and self.method == "auto":
            result = self.memory.solve_part(part, fine)
        else:
            result = self.memory.solve(part.compiled, part.groups, self.settings, self.method)
        if result.status == "infeasible":
            named = [name for name in self.coefficients.limits["limit"] if name not in SCALARS]
            raise UnsatisfiableError(shortage_faults(self.coefficients, "supply", named))
        if result.decision is None or result.objective_usd is None or result.bound_usd is None:
            raise NoPlanError(f"{result.status}: no plan with a bound within {self.settings.time_limit_s:g} s")
        return result.bound_usd, result.objective_usd, result.decision

    def _at(self, factor: float) -> Program:
        return self._base if factor == 1.0 else Program.of(at_factor(self.coefficients, self.mine, factor))

    @cached_property
    def _base(self) -> Program:
        return Program.of(self.coefficients)

    @cached_property
    def _closed(self) -> Compiled:
        return self._base.closed(self.mine)

    @cached_property
    def _costs(self) -> tuple[Floats, Floats, Floats]:
        """Costs of all columns at the lowest factor, half way and at the highest."""
        low, high = self.ends
        return tuple(self._at(f).compiled.problem.cost for f in (low, (low + high) / 2, high))  # type: ignore[return-value]

    @cached_property
    def _is_linear(self) -> bool:
        """Whether what plans cost is a straight line in the factor, and what they buy all of its slope."""
        low, middle, high = self._costs
        moved = np.flatnonzero(low != high)
        is_bought = all(self._base.compiled.columns[j][0] in BOUGHT for j in moved)
        return is_bought and bool(np.allclose(middle, (low + high) / 2, rtol=LINEAR_SHARE, atol=0.0))

    def _at_list_usd(self, decision: Decision) -> float:
        """Returns by how much a plan's cost rises per unit of the factor."""
        slope = (self._costs[2] - self._costs[0]) / (self.ends[1] - self.ends[0])
        rise = dict(zip(self._base.compiled.columns, slope.tolist(), strict=True))
        bought = [("rent", row) for row in decision.rentals.itertuples(index=False, name=None)]
        bought += [("commit", row) for row in decision.orders.itertuples(index=False, name=None)]
        return math.fsum(rise[name, row[:-1]] * row[-1] for name, row in bought)


def _next_factor(trials: Sequence[_Trial], without: tuple[float, float], width: float) -> float | None:
    """Returns where to ask next: at the first end that is wider than asked for, wins against the rest, then absent from there up.

    A plan known to have the type says where the end may be: just below, it is proved or found there; a step above, it is not.
    """
    ordered = sorted(trials, key=lambda trial: trial.factor)
    factors, verdicts = [trial.factor for trial in ordered], [trial.verdict for trial in ordered]
    last_win = max((i for i, verdict in enumerate(verdicts) if verdict == WINS), default=-1)
    for end, usd in ((last_win, without[0]), (_first_absent(verdicts) - 1, without[1])):
        if 0 <= end < len(factors) - 1 and factors[end + 1] - factors[end] > width:
            low, high = factors[end], factors[end + 1]
            guess = max((at for trial in trials if (at := trial.meets(usd)) is not None), default=0.0)
            wanted = guess - width / 4 if guess - low > width / 2 else low + 0.9 * width
            return wanted if low + width / 8 < wanted < high - width / 8 else math.sqrt(low * high)
    return None


def _first_absent(verdicts: list[str]) -> int:
    """Returns the position from which up every verdict is `absent` (their number where the last is not)."""
    return max((i + 1 for i, verdict in enumerate(verdicts) if verdict != ABSENT), default=0)


def _told(node_type: str, without: tuple[float, float], trials: pd.DataFrame) -> BreakEven:
    verdicts = trials["verdict"].tolist()
    winning = trials.loc[trials["verdict"] == WINS, "factor"]
    first = _first_absent(verdicts)
    absent = trials.iloc[first] if first < len(trials) else None
    return BreakEven(
        node_type,
        None if winning.empty else float(winning.max()),
        None if absent is None else float(absent["factor"]),
        None if absent is None else max(float(absent["objective_usd"]) - float(absent["bound_usd"]), 0.0),
        without,
        trials,
    )
