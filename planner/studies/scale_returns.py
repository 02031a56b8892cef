r"""Returns to scale: what a million tokens costs as the fleet grows, all traffic multiplied by one factor after another.

Whole nodes, whole replicas and spare capacity weigh less on a large fleet, so unit cost falls and levels off. The least
unit cost at factor f lies in [bound, cost] / tokens; the elasticity between two factors is

.. math:: \epsilon = \frac{\ln (z(f_2) / z(f_1))}{\ln (f_2 / f_1)}

of the cost z: 1 where unit cost no longer falls, below 1 where it does. It is an interval too.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from planner.errors import InputError, NoPlanError
from planner.methods import MethodSettings, solve_one_of_many
from planner.options.coefficients import Coefficients
from planner.program.groups import Groups
from planner.units import SECONDS_PER_HOUR

COLUMNS = [
    "factor", "requests", "objective_usd", "bound_usd", "usd_per_1000_requests", "usd_per_1000_requests_low", "accelerators_peak",
    "elasticity_low", "elasticity_high",
]  # fmt: skip


def scale_returns(
    coefficients: Coefficients, factors: Sequence[float], settings: MethodSettings, method: str = "auto"
) -> pd.DataFrame:
    """Returns one row a factor on all traffic (COLUMNS), in rising order.

    Supply caps grow with the traffic where the factor is above 1, so that scarcity is not mistaken for returns; fewest
    replicas and prices stay. `usd_per_1000_requests` is that of the plan found, `_low` what no plan can beat; elasticity is
    against the row before.

    Raises
    ------
    InputError
        Where a factor is not above 0 or occurs twice.
    NoPlanError
        Where no plan with a bound is found for a factor.
    """
    ordered = sorted(factors)
    if not ordered or ordered[0] <= 0 or len(set(ordered)) < len(ordered):
        raise InputError.single("scale_returns, factors", "different factors above 0", repr(list(factors)))
    rows = []
    for factor in ordered:
        scaled = at_scale(coefficients, factor)
        result = solve_one_of_many(Groups(scaled), settings, method)
        if result.decision is None or result.objective_usd is None or result.bound_usd is None:
            raise NoPlanError(f"factor {factor:g}: {result.status}, no plan with a bound within {settings.time_limit_s:g} s")
        requests = requests_of(scaled)
        cost, bound = result.objective_usd, result.bound_usd
        peak = _accelerators_peak(result.decision.deployments, scaled)
        rows.append([factor, requests, cost, bound, 1000 * cost / requests, 1000 * bound / requests, peak])
    frame = pd.DataFrame(rows, columns=COLUMNS[:-2])
    low, high = _elasticities(frame)
    return frame.assign(elasticity_low=low, elasticity_high=high)


def at_scale(coefficients: Coefficients, factor: float) -> Coefficients:
    """Returns the coefficients with all traffic multiplied, and supply caps with it where the factor is above 1."""
    demand = coefficients.demand.assign(requests_per_s=coefficients.demand["requests_per_s"] * factor)
    caps = np.ceil(coefficients.supply["nodes_max"] * max(factor, 1.0)).astype("int64")
    return coefficients.with_tables(demand=demand, supply=coefficients.supply.assign(nodes_max=caps))


def requests_of(coefficients: Coefficients) -> float:
    """Returns the requests of the horizon, expected over scenarios."""
    blocks = coefficients.blocks[["period", "block", "hours"]].drop_duplicates(["period", "block"])
    rows = coefficients.demand.merge(blocks, on=["period", "block"])
    return float((rows["requests_per_s"] * rows["hours"]).sum() * SECONDS_PER_HOUR)


def _accelerators_peak(deployments: pd.DataFrame, coefficients: Coefficients) -> float:
    """Most accelerators that replicas take in any block."""
    sized = deployments.merge(coefficients.options[["option", "gpus"]], on="option")
    taken = sized["replicas"] * sized["gpus"]
    return float(taken.groupby([sized["period"], sized["block"]]).sum().max()) if len(sized) else 0.0


def _elasticities(frame: pd.DataFrame) -> tuple[list[float], list[float]]:
    """Least and greatest elasticity of cost against the row before; NaN in the first row."""
    low, high = [math.nan], [math.nan]
    cost, bound, factor = (frame[name].to_numpy(dtype=float) for name in ("objective_usd", "bound_usd", "factor"))
    for row in range(1, len(frame)):
        step = math.log(factor[row] / factor[row - 1])
        low.append(math.log(bound[row] / cost[row - 1]) / step if bound[row] > 0 else math.nan)
        high.append(math.log(cost[row] / bound[row - 1]) / step if bound[row - 1] > 0 else math.nan)
    return low, high
