r"""At what price does a node type, or one offer, win: an interval, as a plan with a gap cannot tell costs closer than its gap.

All prices of the node type (by the hour and upfront) are multiplied by a factor. With :math:`z(f)` the least cost at
factor f and :math:`z_0` the least cost of fleets without the type, z never falls as f rises and never exceeds :math:`z_0`.

* `wins`: a plan at f costs less than the bound of fleets without the type. Then every best fleet has it, at f and below.
* `absent`: the plan at f does not have the type. What the type could still save there is at most that plan's cost less
  the lowest bound at f.
* Between the two: not determined at this gap.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from planner.errors import Fault, InputError, NoPlanError
from planner.methods import MethodResult, MethodSettings
from planner.options.coefficients import Coefficients
from planner.program.compile import Compiled
from planner.program.groups import Groups
from planner.studies.forced import Memory, Program

WINS, ABSENT, OPEN = "wins", "absent", "not determined"
TRIAL_COLUMNS = ["factor", "verdict", "nodes_peak", "objective_usd", "bound_usd", "gap"]
Trial = tuple[float, str, int, float, float, float]
"""TRIAL_COLUMNS of one plan."""


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
        return max(_gap(cost, bound), float(self.trials["gap"].max()))


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
        where a plan or its bound is not found within the time limit of one solve (`settings`)
    """
    if not 0 < low < high or width <= 0:
        raise InputError([Fault("break_even", "0 < low < high and a width > 0", f"{low:g}, {high:g} and {width:g}")])
    offers = coefficients.offers
    mine = set(offers.loc[(offers["node_type"] == node_type) | (offers["offer"] == node_type), "offer"])
    if not mine:
        known = ", ".join(sorted(set(offers["node_type"])))
        raise InputError.single("break_even, node_type", f"an offer, or one of {known}", repr(node_type))
    asker = _Asker(coefficients, mine, settings, method, memory or Memory())
    without = asker.without()
    trials = tuple(asker.trial(factor, without[0]) for factor in (low, high))
    while (factor := _next_factor(trials, width)) is not None:
        trials = (*trials, asker.trial(factor, without[0]))
    return _told(node_type, without[:2], pd.DataFrame(sorted(trials), columns=TRIAL_COLUMNS))


def at_factor(coefficients: Coefficients, offers: set[str], factor: float) -> Coefficients:
    """Returns the coefficients with every price of some offers multiplied."""
    scale = coefficients.prices["offer"].isin(offers).map({True: factor, False: 1.0})
    prices = coefficients.prices.assign(
        usd_per_hour=coefficients.prices["usd_per_hour"] * scale, upfront_usd=coefficients.prices["upfront_usd"] * scale
    )
    return coefficients.with_tables(prices=prices)


@dataclass(frozen=True, eq=False)
class _Asker:
    """The problem, the offers whose price is in question, and how to solve."""

    coefficients: Coefficients
    mine: set[str]
    settings: MethodSettings
    method: str
    memory: Memory

    def without(self) -> tuple[float, float, MethodResult]:
        """Returns bound, cost and result of the best fleet without the offers."""
        program = Program.of(self.coefficients)
        return self._solved(program.closed(self.mine), program.groups)

    def trial(self, factor: float, bound_without_usd: float) -> Trial:
        """Returns what the plan at a factor says."""
        program = Program.of(at_factor(self.coefficients, self.mine, factor))
        bound, cost, result = self._solved(program.compiled, program.groups)
        assert result.decision is not None
        nodes = pd.concat([result.decision.rentals, result.decision.orders])
        is_mine = nodes["offer"].isin(self.mine)
        held = int(nodes.loc[is_mine, "nodes"].max()) if is_mine.any() else 0
        wins = cost < bound_without_usd * (1 - 1e-9)
        return factor, WINS if wins else ABSENT if held == 0 else OPEN, held, cost, bound, _gap(cost, bound)

    def _solved(self, compiled: Compiled, groups: Groups) -> tuple[float, float, MethodResult]:
        result = self.memory.solve(compiled, groups, self.settings, self.method)
        if result.status == "infeasible":
            raise NoPlanError("no fleet keeps every promise without it: it is there at any price")
        if result.decision is None or result.objective_usd is None or result.bound_usd is None:
            raise NoPlanError(f"{result.status}: no plan with a bound within {self.settings.time_limit_s:g} s")
        return result.bound_usd, result.objective_usd, result


def _next_factor(trials: Sequence[Trial], width: float) -> float | None:
    """Returns the middle of the first end that is wider than asked for: wins against the rest, then absent from there up."""
    ordered = sorted(trials)
    factors, verdicts = [trial[0] for trial in ordered], [trial[1] for trial in ordered]
    last_win = max((i for i, verdict in enumerate(verdicts) if verdict == WINS), default=-1)
    for end in (last_win, _first_absent(verdicts) - 1):
        if 0 <= end < len(factors) - 1 and factors[end + 1] - factors[end] > width:
            return math.sqrt(factors[end] * factors[end + 1])
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


def _gap(cost: float, bound: float) -> float:
    return (cost - bound) / max(abs(cost), 1e-9)
