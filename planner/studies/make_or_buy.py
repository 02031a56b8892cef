r"""From which volume of traffic on is a fleet of one's own cheaper than tokens from an API: an interval.

The fleet's least cost at a multiple f of the demand lies in [B(f), C(f)]; the API costs f times A, exactly. Own machines
come in whole nodes, so a fleet gets cheaper per request as traffic grows (returns to scale), an API does not.

* `make`: C(f) < f A: a fleet is proved cheaper.
* `buy`: B(f) > f A: the API is proved cheaper.
* else not determined at this gap.

One or the other for all the traffic; a plan that splits it is at least as cheap as both.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from planner.errors import Fault, InputError, NoPlanError
from planner.methods import MethodSettings, solve_program
from planner.options.coefficients import Coefficients
from planner.program.groups import Groups
from planner.units import SECONDS_PER_HOUR, TOKENS_PER_MTOK

MAKE, BUY, OPEN = "make", "buy", "not determined"
TRIAL_COLUMNS = ["factor", "verdict", "bound_usd", "objective_usd", "api_usd", "requests", "usd_per_1k_low", "usd_per_1k_high"]


@dataclass(frozen=True)
class TokenPrice:
    """Prices of an API, usd per million tokens, and what says so."""

    input_usd_per_mtok: float
    output_usd_per_mtok: float
    source: str = ""

    def __post_init__(self) -> None:
        found = {"input": self.input_usd_per_mtok, "output": self.output_usd_per_mtok}
        faults = [Fault(f"{name} price", "usd per million tokens >= 0", f"{value:g}") for name, value in found.items()
                  if not 0 <= value < math.inf]  # fmt: skip
        if faults:
            raise InputError(faults)

    def request_usd(self, input_tokens: float, output_tokens: float) -> float:
        """Returns what a request of such lengths costs.

        >>> TokenPrice(0.5, 1.5).request_usd(1000, 200)
        0.0008
        """
        return (input_tokens * self.input_usd_per_mtok + output_tokens * self.output_usd_per_mtok) / TOKENS_PER_MTOK


@dataclass(frozen=True, eq=False)
class MakeOrBuy:
    """The interval of the demand factor in which the switch lies, and the plans that say so.

    `trials` has a row a plan, by factor: factor, verdict, bound_usd, objective_usd, api_usd, requests (over the horizon),
    usd_per_1k_low and usd_per_1k_high (of the fleet, per 1,000 requests).
    """

    buy_until: float | None
    """Largest factor tried at which the API is proved cheaper; None: at none of those tried."""
    make_from: float | None
    """Least factor tried from which up the fleet is proved cheaper at all larger ones tried; None: not even at the largest."""
    trials: pd.DataFrame

    def lines(self) -> list[str]:
        """Returns what a person reads of it."""
        first, last = self.trials["factor"].iloc[0], self.trials["factor"].iloc[-1]
        buy = f"at no volume tried (from {first:g} x)" if self.buy_until is None else f"up to {self.buy_until:.3g} x the traffic"
        make = f"at no volume tried (up to {last:g} x)" if self.make_from is None else f"from {self.make_from:.3g} x up"
        return [f"the API is proved cheaper {buy}", f"a fleet of one's own is proved cheaper {make}", "between: not determined"]


def make_or_buy(
    coefficients: Coefficients, prices: dict[str, float], settings: MethodSettings,
    factors: Sequence[float] = (0.01, 0.1, 1.0, 10.0), width: float = 1.2, plans_max: int = 12, method: str = "auto",
) -> MakeOrBuy:  # fmt: skip
    """Returns the interval of the demand factor at which to go from buying to making.

    Parameters
    ----------
    prices
        Price of one request from the API by workload, usd.
    factors
        Multiples of the demand to plan first, rising; the interval between the last `buy` and the first `make` is then
        halved (geometrically) until its ends are closer than `width` times, or `plans_max` plans were made.

    Raises
    ------
    InputError
        Where a workload with demand has no price, or the factors are not above 0 and rising.
    NoPlanError
        Where a plan or its bound is not found within the time limit of one solve.
    """
    _check(coefficients, prices, factors, width)
    trials = [_trial(coefficients, prices, factor, settings, method) for factor in factors]
    while len(trials) < plans_max and (factor := _next_factor(trials, width)) is not None:
        trials = sorted([*trials, _trial(coefficients, prices, factor, settings, method)])
    table = pd.DataFrame(trials, columns=TRIAL_COLUMNS)
    bought = table.loc[table["verdict"] == BUY, "factor"]
    first = _first_make([str(verdict) for verdict in table["verdict"]])
    return MakeOrBuy(
        None if bought.empty else float(bought.max()), float(table["factor"].iloc[first]) if first < len(table) else None, table
    )


def api_usd(coefficients: Coefficients, prices: dict[str, float]) -> tuple[float, float]:
    """Returns what all the demand costs at prices per request, and its number of requests."""
    rows = coefficients.demand.merge(coefficients.blocks[["period", "block", "hours"]], on=["period", "block"])
    requests = rows["requests_per_s"] * rows["hours"] * SECONDS_PER_HOUR
    return float((requests * rows["workload"].map(prices).fillna(0.0)).sum()), float(requests.sum())


def scaled(coefficients: Coefficients, factor: float) -> Coefficients:
    """Returns the coefficients with every demand multiplied; supply caps stay."""
    demand = coefficients.demand
    return coefficients.with_tables(demand=demand.assign(requests_per_s=demand["requests_per_s"] * factor))


Trial = tuple[float, str, float, float, float, float, float, float]


def _trial(coefficients: Coefficients, prices: dict[str, float], factor: float, settings: MethodSettings, method: str) -> Trial:
    asked = scaled(coefficients, factor)
    result = solve_program(Groups(asked), settings, method)
    if result.objective_usd is None or result.bound_usd is None:
        raise NoPlanError(f"{result.status} at {factor:g} x the demand: no plan with a bound in {settings.time_limit_s:g} s")
    bound, cost = result.bound_usd, result.objective_usd
    bought, requests = api_usd(asked, prices)
    verdict = MAKE if cost < bought * (1 - 1e-9) else BUY if bound > bought * (1 + 1e-9) else OPEN
    per_thousand = 1000.0 / max(requests, 1e-9)
    return factor, verdict, bound, cost, bought, requests, bound * per_thousand, cost * per_thousand


def _first_make(verdicts: Sequence[str]) -> int:
    """Returns the place from which up every verdict is `make` (their number where the last is not)."""
    return max((place + 1 for place, verdict in enumerate(verdicts) if verdict != MAKE), default=0)


def _next_factor(trials: Sequence[Trial], width: float) -> float | None:
    """Returns the geometric middle of the widest step between the last `buy` and the first `make`, while one is wide."""
    verdicts = [trial[1] for trial in trials]
    first = _first_make(verdicts)
    last = max((place for place, verdict in enumerate(verdicts) if verdict == BUY), default=-1)
    steps = [(trials[place + 1][0] / trials[place][0], place) for place in range(max(last, 0), min(first, len(trials) - 1))]
    ends = [step for step in steps if step[1] in (last, first - 1)]
    if not ends or max(ends)[0] <= width:
        return None
    place = max(ends)[1]
    return math.sqrt(trials[place][0] * trials[place + 1][0])


def _check(coefficients: Coefficients, prices: dict[str, float], factors: Sequence[float], width: float) -> None:
    demand = coefficients.demand
    wanted = dict.fromkeys(demand.loc[demand["requests_per_s"] > 0, "workload"])
    faults = [Fault(f"API price of {name}", "usd a request", "none") for name in wanted if name not in prices]
    is_rising = all(low < high for low, high in pairwise(factors))
    if not factors or factors[0] <= 0 or not is_rising:
        faults.append(Fault("factors", "multiples of the demand above 0, rising", ", ".join(f"{one:g}" for one in factors)))
    if width <= 1:
        faults.append(Fault("width", "a ratio above 1", f"{width:g}"))
    if faults:
        raise InputError(faults)
