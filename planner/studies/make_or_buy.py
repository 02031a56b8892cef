r"""Machines of one's own, tokens from an API, or both: from which volume of traffic on, as intervals.

At a multiple f of the demand the API alone costs A(f), exactly; machines alone cost something in [B(f), C(f)], and the best
mix of both something in [M(f), P(f)], P being a plan. Own machines come in whole nodes, so a fleet gets cheaper per request
as traffic grows (returns to scale), an API does not; a mix carries the base on machines and buys the rest.

* `own machines pay`: P(f) < A(f): a plan with machines is proved cheaper than buying everything.
* `buy all`: A(f) - M(f) is at most a tolerance of A(f): machines could save no more than that.
* `make all`: C(f) - M(f) is at most that tolerance of C(f): the API could save no more.
* between machines alone and the API alone: `make` where C(f) < A(f), `buy` where B(f) > A(f), else not determined.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

import pandas as pd

from planner.errors import Fault, InputError, NoPlanError
from planner.methods import MethodSettings, solve_one_of_many
from planner.options.coefficients import Coefficients
from planner.options.service_tables import API, CALLS
from planner.program.groups import Groups
from planner.units import SECONDS_PER_HOUR, TOKENS_PER_MTOK

MAKE, BUY, OPEN = "make", "buy", "not determined"
NOISE = 1e-9
"""Relative difference that is floating-point noise."""


@dataclass(frozen=True)
class Trial:
    """What one multiple of the demand costs, usd: all bought, all made (bound, plan), and the best mix (bound, plan).

    `bought_share` is the part of all requests that the mix found buys; `requests` those of the horizon.
    """

    factor: float
    requests: float
    api_usd: float
    own_bound_usd: float
    own_usd: float
    mix_bound_usd: float
    mix_usd: float
    bought_share: float

    @property
    def verdict(self) -> str:
        """One or the other for all the traffic: `make`, `buy` or `not determined`."""
        is_make = self.own_usd < self.api_usd * (1 - NOISE)
        return MAKE if is_make else BUY if self.own_bound_usd > self.api_usd * (1 + NOISE) else OPEN

    @property
    def saving_usd(self) -> tuple[float, float]:
        """Least and most that the best mix saves against the cheaper of both."""
        low = min(self.api_usd, self.own_bound_usd) - self.mix_usd
        return max(low, 0.0), max(min(self.api_usd, self.own_usd) - self.mix_bound_usd, 0.0)


Judge = Callable[[Trial], bool]


@dataclass(frozen=True, eq=False)
class MakeOrBuy:
    """The plans by rising factor, and the factors at which the answer changes.

    A property is None where it holds at no factor tried.
    """

    plans: tuple[Trial, ...]
    tolerance_share: float

    def _until(self, judge: Judge) -> float | None:
        """The largest factor tried at which something is proved."""
        return max((one.factor for one in self.plans if judge(one)), default=None)

    def _from(self, judge: Judge) -> float | None:
        """The least factor tried from which up something is proved at all that were tried."""
        first = _first(self.plans, judge)
        return self.plans[first].factor if first < len(self.plans) else None

    @property
    def buy_all_until(self) -> float | None:
        """Machines could save no more than the tolerance up to here."""
        return self._until(self._is_all_bought)

    @property
    def own_from(self) -> float | None:
        """A plan with machines is proved cheaper than buying everything from here up."""
        return self._from(_pays)

    @property
    def make_all_from(self) -> float | None:
        """The API could save no more than the tolerance from here up."""
        return self._from(self._is_all_made)

    @property
    def buy_until(self) -> float | None:
        """One or the other for all the traffic: the API is proved cheaper up to here."""
        return self._until(_is_buy)

    @property
    def make_from(self) -> float | None:
        """One or the other for all the traffic: machines are proved cheaper from here up."""
        return self._from(_is_make)

    @property
    def trials(self) -> pd.DataFrame:
        """The plans as a table: the fields of Trial, its verdict, and what the mix saves at least and at most."""
        rows = [
            {**asdict(one), "verdict": one.verdict, "saves_low_usd": one.saving_usd[0], "saves_high_usd": one.saving_usd[1]}
            for one in self.plans
        ]
        return pd.DataFrame(rows)

    def lines(self) -> list[str]:
        """Returns what a person reads of it."""
        slack = f"{self.tolerance_share:.2g} of the cost" if self.tolerance_share < 0.001 else f"{self.tolerance_share:.1%}"
        best = max(self.plans, key=lambda one: one.saving_usd[0] / max(one.mix_usd, NOISE))
        low, high = best.saving_usd
        told = [
            f"buy everything {self._told('up to', self.buy_all_until)}: machines could save {slack} at most",
            f"machines of one's own pay, beside the API or without it, {self._told('from', self.own_from)}: proved",
            f"make everything {self._told('from', self.make_all_from)}: the API could save {slack} at most",
            f"one or the other for all: the API is proved cheaper {self._told('up to', self.buy_until)}, machines"
            f" {self._told('from', self.make_from)}",
        ]
        if low > 0:
            told.append(
                f"at {best.factor:.3g} x a mix that buys {best.bought_share:.1%} saves {low:,.0f} to {high:,.0f} usd against"
                f" the cheaper of both ({low / best.mix_usd:.1%} at least)"
            )
        return told

    def _told(self, end: str, factor: float | None) -> str:
        if factor is None:
            return f"at no volume tried ({self.plans[0].factor:g} to {self.plans[-1].factor:g} x)"
        return f"{end} {factor:.3g} x the traffic"

    def _is_all_bought(self, one: Trial) -> bool:
        return one.api_usd - one.mix_bound_usd <= self.tolerance_share * one.api_usd

    def _is_all_made(self, one: Trial) -> bool:
        return math.isfinite(one.own_usd) and one.own_usd - one.mix_bound_usd <= self.tolerance_share * one.own_usd

    def next_factor(self, width: float) -> float | None:
        """The geometric middle of the widest step in which an answer still changes, while one is wider than `width`."""
        changes = ((self._is_all_bought, _pays), (_is_buy, _is_make), (_pays, self._is_all_made))
        steps = [step for low, high in changes for step in _open_steps(self.plans, low, high)]
        ratio, middle = max(steps, default=(1.0, None))
        return middle if ratio > width else None


def make_or_buy(
    coefficients: Coefficients, settings: MethodSettings, factors: Sequence[float] = (0.01, 0.1, 1.0, 10.0),
    width: float = 1.2, plans_max: int = 12, method: str = "auto",
) -> MakeOrBuy:  # fmt: skip
    """Returns at which multiples of the demand to buy, to mix and to make; two solves a multiple, each within `settings`.

    Parameters
    ----------
    coefficients
        With the API offers in question (`api`, `calls`): every workload with demand may call one.
    factors
        Multiples of the demand to plan first, rising; the widest steps in which an answer changes are then halved
        (geometrically) until all are narrower than `width` times, or `plans_max` multiples were tried.

    Raises
    ------
    InputError
        Where a workload with demand may not buy, an API offer has a cap, or the factors are not above 0 and rising.
    NoPlanError
        Where a plan or its bound is not found within the time limit of one solve.
    """
    _check(coefficients, factors, width)
    tolerance = max(2 * settings.relative_gap, 1e-6)
    found = MakeOrBuy(tuple(_trial(coefficients, factor, settings, method) for factor in factors), tolerance)
    while len(found.plans) < plans_max and (factor := found.next_factor(width)) is not None:
        tried = [*found.plans, _trial(coefficients, factor, settings, method)]
        found = MakeOrBuy(tuple(sorted(tried, key=lambda one: one.factor)), tolerance)
    return found


def api_usd(coefficients: Coefficients) -> tuple[float, float]:
    """Returns what all the demand costs from the cheapest API offer of each workload and period, and its requests."""
    calls = coefficients.calls.merge(coefficients.api, on="api_offer")
    cached = calls["cached_input_usd_per_mtok"].astype(float).fillna(calls["input_usd_per_mtok"].astype(float))
    usd = calls["input_tokens"] * calls["input_usd_per_mtok"] + calls["cached_tokens"] * cached
    calls = calls.assign(usd=(usd + calls["output_tokens"] * calls["output_usd_per_mtok"]) / TOKENS_PER_MTOK)
    cheapest = calls.groupby(["workload", "period"], as_index=False)[["usd"]].min()
    rows = coefficients.demand.merge(coefficients.blocks[["period", "block", "hours"]], on=["period", "block"])
    rows = rows.merge(cheapest, on=["workload", "period"], how="left").fillna({"usd": 0.0})
    requests = rows["requests_per_s"] * rows["hours"] * SECONDS_PER_HOUR
    return float((requests * rows["usd"]).sum()), float(requests.sum())


def scaled(coefficients: Coefficients, factor: float) -> Coefficients:
    """Returns the coefficients with every demand multiplied; supply caps stay."""
    demand = coefficients.demand
    return coefficients.with_tables(demand=demand.assign(requests_per_s=demand["requests_per_s"] * factor))


def _trial(coefficients: Coefficients, factor: float, settings: MethodSettings, method: str) -> Trial:
    """Plans one multiple twice; what one proves of the other is used: the mix may do all that machines alone can."""
    asked = scaled(coefficients, factor)
    alone = asked.with_tables(api=API.empty(), calls=CALLS.empty())
    bought_usd, requests = api_usd(asked)
    own_bound, own, _ = _solved(alone, factor, settings, method)
    mix_bound, mix, bought = _solved(asked, factor, settings, method)
    share = bought / max(requests, NOISE)
    if min(own, bought_usd) < mix:
        mix, share = (own, 0.0) if own < bought_usd else (bought_usd, 1.0)
    return Trial(factor, requests, bought_usd, max(own_bound, mix_bound), own, min(mix_bound, mix), mix, share)


def _solved(asked: Coefficients, factor: float, settings: MethodSettings, method: str) -> tuple[float, float, float]:
    """Returns bound and cost of the best plan found, and the requests that it buys; infinite costs where nothing serves all."""
    result = solve_one_of_many(Groups(asked), settings, method)
    if result.status == "infeasible":
        return math.inf, math.inf, 0.0
    if result.objective_usd is None or result.bound_usd is None or result.decision is None:
        raise NoPlanError(f"{result.status} at {factor:g} x the demand: no plan with a bound in {settings.time_limit_s:g} s")
    bought = result.decision.more.get("api_traffic")
    if bought is None or bought.empty:
        return result.bound_usd, result.objective_usd, 0.0
    timed = bought.merge(asked.blocks[["period", "block", "hours"]], on=["period", "block"])
    return result.bound_usd, result.objective_usd, float((timed["requests_per_s"] * timed["hours"]).sum() * SECONDS_PER_HOUR)


def _pays(one: Trial) -> bool:
    return one.mix_usd < one.api_usd * (1 - NOISE)


def _is_buy(one: Trial) -> bool:
    return one.verdict == BUY


def _is_make(one: Trial) -> bool:
    return one.verdict == MAKE


def _first(plans: Sequence[Trial], judge: Judge) -> int:
    """Returns the place from which up a judge says yes to all (their number where not to the last)."""
    return max((place + 1 for place, one in enumerate(plans) if not judge(one)), default=0)


def _open_steps(plans: Sequence[Trial], low: Judge, high: Judge) -> list[tuple[float, float]]:
    """Returns (ratio, geometric middle) of the outer steps between the last `low` and the first of the last `high`s."""
    last = max((place for place, one in enumerate(plans) if low(one)), default=-1)
    first = _first(plans, high)
    places = range(max(last, 0), min(first, len(plans) - 1))
    return [
        (plans[place + 1].factor / plans[place].factor, math.sqrt(plans[place].factor * plans[place + 1].factor))
        for place in places if place in (last, first - 1)
    ]  # fmt: skip


def _check(coefficients: Coefficients, factors: Sequence[float], width: float) -> None:
    demand, api = coefficients.demand, coefficients.api
    wanted = dict.fromkeys(demand.loc[demand["requests_per_s"] > 0, "workload"])
    callers = set(coefficients.calls["workload"])
    faults = [Fault(f"workload {name}", "an API offer that it may call", "none") for name in wanted if name not in callers]
    capped = api[["requests_per_s_max", "tokens_per_s_max"]].notna().any(axis=1)
    faults += [Fault(f"API offer {name}", "no cap", "a cap") for name in dict.fromkeys(api.loc[capped, "api_offer"])]
    tiered = dict.fromkeys(coefficients.api_tiers["api_offer"])
    faults += [Fault(f"API offer {name}", "one price for every token", "volume tiers") for name in tiered]
    is_rising = all(low < high for low, high in pairwise(factors))
    if not factors or factors[0] <= 0 or not is_rising:
        faults.append(Fault("factors", "multiples of the demand above 0, rising", ", ".join(f"{one:g}" for one in factors)))
    if width <= 1:
        faults.append(Fault("width", "a ratio above 1", f"{width:g}"))
    if faults:
        raise InputError(faults)
