r"""What an hour of an accelerator of one's own costs, and a job on it.

.. math::  usd/h = \frac{P}{8760\,Y u} + kW \cdot PUE \cdot E + \frac{P m}{8760}

Depreciation is spread over the hours that are used; power and maintenance are paid in every hour. Formula: "Beyond
Benchmarks: The Economics of AI Inference" (arXiv 2510.26136, 2025), cost section, as reviews of it quote it.
"""

import math
from dataclasses import dataclass, fields

from planner.errors import Fault, InputError
from planner.units import HOURS_PER_COMMON_YEAR, SECONDS_PER_HOUR


@dataclass(frozen=True)
class Ownership:
    """What an owned accelerator costs to have and to run; raises InputError with every value that cannot be.

    `utilisation_share` (0..1] is the share of its life's hours in which it serves; `maintenance_share` is a share of the
    price a year; `power_kw` its average draw with its part of the server; `pue` at least 1.
    """

    price_usd: float
    life_years: float
    utilisation_share: float = 1.0
    power_kw: float = 0.0
    pue: float = 1.0
    electricity_usd_per_kwh: float = 0.0
    maintenance_share: float = 0.0

    def __post_init__(self) -> None:
        rules = {
            "price_usd": (self.price_usd >= 0, "a price >= 0 usd"),
            "life_years": (self.life_years > 0, "years > 0"),
            "utilisation_share": (0 < self.utilisation_share <= 1, "a share above 0 and at most 1"),
            "power_kw": (self.power_kw >= 0, "kW >= 0"),
            "pue": (self.pue >= 1, "a ratio >= 1"),
            "electricity_usd_per_kwh": (self.electricity_usd_per_kwh >= 0, "a price >= 0 usd/kWh"),
            "maintenance_share": (self.maintenance_share >= 0, "a share a year >= 0"),
        }
        found = {field.name: float(getattr(self, field.name)) for field in fields(self)}
        broken = [name for name, (is_kept, _) in rules.items() if not is_kept or not math.isfinite(found[name])]
        if broken:
            raise InputError([Fault(f"hourly cost, {name}", rules[name][1], f"{found[name]:g}") for name in broken])


@dataclass(frozen=True)
class HourlyCost:
    """The three parts of an hour's cost, usd/h."""

    depreciation_usd_per_hour: float
    power_usd_per_hour: float
    maintenance_usd_per_hour: float

    @property
    def usd_per_hour(self) -> float:
        """Sum of the parts."""
        return self.depreciation_usd_per_hour + self.power_usd_per_hour + self.maintenance_usd_per_hour

    def line(self) -> str:
        """Returns the sum with its parts, as one line."""
        return (
            f"{self.usd_per_hour:.4g} usd/h = depreciation {self.depreciation_usd_per_hour:.4g} + power "
            f"{self.power_usd_per_hour:.4g} + maintenance {self.maintenance_usd_per_hour:.4g}"
        )


def hourly_cost(own: Ownership) -> HourlyCost:
    """Returns the cost of an hour by its parts.

    >>> round(hourly_cost(Ownership(8760.0, 4.0, 0.5, 0.4, 1.5, 0.1, 0.05)).usd_per_hour, 6)  # 0.5 + 0.06 + 0.05
    0.61
    """
    return HourlyCost(
        own.price_usd / (HOURS_PER_COMMON_YEAR * own.life_years * own.utilisation_share),
        own.power_kw * own.pue * own.electricity_usd_per_kwh,
        own.price_usd * own.maintenance_share / HOURS_PER_COMMON_YEAR,
    )


def job_usd(usd_per_hour: float, wall_s: float) -> float:
    """Returns what a job costs that keeps machines of `usd_per_hour` together for `wall_s` seconds.

    >>> round(job_usd(2 * 0.79, 775.0), 2)
    0.34
    """
    return usd_per_hour * wall_s / SECONDS_PER_HOUR


def utilisation_warnings(priced_share: float, derated_share: float) -> list[str]:
    """Returns a warning where idle hours are paid twice: in the hourly price and again by derating the throughput.

    Parameters
    ----------
    priced_share
        Utilisation inside the hourly price (`Ownership.utilisation_share`); 1 where the price has none.
    derated_share
        Share of the measured throughput that is counted on; 1 where all of it is.
    """
    if priced_share >= 1 or derated_share >= 1:
        return []
    return [
        f"utilisation is counted twice: {priced_share:g} in the hourly price and {derated_share:g} in the throughput; "
        f"together they raise the depreciation of a request {1 / (priced_share * derated_share):.3g} times; keep one of the two"
    ]
