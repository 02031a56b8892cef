r"""Carbon against cost: least cost at a given tonnage, as intervals, from plans under rising prices of carbon.

A plan made at price p has money cost :math:`C_p` (its carbon not counted) and tonnage :math:`T_p`. With :math:`B_p` the
proven bound on money plus p times tonnes, every plan of at most T tonnes costs at least

.. math::  \max_p\; B_p - p\,T

(Lagrange: a plan of at most T tonnes pays at most p T for carbon), and at T = T_p at most C_p: an interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from planner.errors import Fault, InputError
from planner.pipeline import SolveSettings
from planner.studies.choices import Choice, choose

COLUMNS = ["usd_per_tonne", "tonnes_co2", "mwh", "cost_usd_low", "cost_usd_high"]


@dataclass(frozen=True, eq=False)
class CarbonFrontier:
    """Plans by price of carbon, undominated ones only, rising in cost.

    `plans`: usd_per_tonne (the price it was made at), tonnes_co2, mwh, cost_usd_low and cost_usd_high (of the least cost at
    that tonnage, carbon not paid for).
    """

    plans: pd.DataFrame

    def steps(self) -> pd.DataFrame:
        """Returns what each further saving costs: tonnes_saved, usd_low, usd_high, usd_per_tonne_low, usd_per_tonne_high."""
        before, after = self.plans.iloc[:-1].reset_index(drop=True), self.plans.iloc[1:].reset_index(drop=True)
        saved = before["tonnes_co2"] - after["tonnes_co2"]
        low = np.maximum(after["cost_usd_low"] - before["cost_usd_high"], 0.0)
        high = after["cost_usd_high"] - before["cost_usd_low"]
        return pd.DataFrame({
            "tonnes_saved": saved, "usd_low": low, "usd_high": high, "usd_per_tonne_low": low / saved,
            "usd_per_tonne_high": high / saved,
        })  # fmt: skip


def carbon_frontier(instance: Path, prices: Sequence[float], settings: SolveSettings) -> CarbonFrontier:
    """Returns the frontier from one audited plan a price (usd per tonne of carbon dioxide).

    Raises
    ------
    InputError
        Where a price is negative or there is none.
    """
    faults = [Fault("carbon prices", "usd per tonne >= 0", f"{price:g}") for price in prices if not 0 <= price < float("inf")]
    if faults or not prices:
        raise InputError(faults or [Fault("carbon prices", "at least one", "none")])
    asked = {f"{price:g} usd a tonne": {"money.carbon_usd_per_tonne": price} for price in prices}
    return frontier_of(prices, choose(instance, asked, settings))


def frontier_of(prices: Sequence[float], choices: Sequence[Choice]) -> CarbonFrontier:
    """Returns the frontier of plans made at prices; alternatives without a plan are left out."""
    made = [(price, one) for price, one in zip(prices, choices, strict=True) if not one.why_not]
    rows = [
        (
            price, one.tonnes_co2, one.mwh,
            min(max(other.bound_usd - p * one.tonnes_co2 for p, other in made), one.objective_usd - price * one.tonnes_co2),
            one.objective_usd - price * one.tonnes_co2,
        )
        for price, one in made
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=COLUMNS).sort_values(["cost_usd_high", "tonnes_co2"], kind="stable", ignore_index=True)
    best_before = table["tonnes_co2"].cummin().shift(1, fill_value=np.inf)
    return CarbonFrontier(table[table["tonnes_co2"] < best_before * (1 - 1e-9)].reset_index(drop=True))
