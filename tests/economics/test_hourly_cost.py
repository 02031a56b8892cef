"""The hour of an owned accelerator by its parts, and a warning against paying idle hours twice."""

import math

import pytest

from planner.economics.hourly_cost import Ownership, hourly_cost, job_usd, utilisation_warnings
from planner.errors import InputError

FULL = {"price_usd": 8760.0, "life_years": 4.0, "utilisation_share": 0.5, "power_kw": 0.4, "pue": 1.5,
        "electricity_usd_per_kwh": 0.1, "maintenance_share": 0.05}  # fmt: skip


def test_the_three_parts_add_up() -> None:
    """8760 / (8760 x 4 x 0.5) = 0.5; 0.4 x 1.5 x 0.1 = 0.06; 8760 x 0.05 / 8760 = 0.05."""
    cost = hourly_cost(Ownership(**FULL))

    parts = (cost.depreciation_usd_per_hour, cost.power_usd_per_hour, cost.maintenance_usd_per_hour)
    assert parts == pytest.approx((0.5, 0.06, 0.05))
    assert cost.usd_per_hour == pytest.approx(0.61)
    assert cost.line() == "0.61 usd/h = depreciation 0.5 + power 0.06 + maintenance 0.05"


@pytest.mark.parametrize(
    ("name", "value"),
    [("price_usd", -1.0), ("utilisation_share", 1.01), ("utilisation_share", math.nan), ("power_kw", -0.1), ("pue", 0.9),
     ("electricity_usd_per_kwh", -0.1), ("maintenance_share", -0.1), ("life_years", math.inf)],
)  # fmt: skip
def test_what_cannot_be_is_refused(name: str, value: float) -> None:
    with pytest.raises(InputError, match=f"hourly cost, {name}"):
        Ownership(**{**FULL, name: value})


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputError) as told:
        Ownership(-1.0, 0.0, 0.0)

    assert len(told.value.faults) == 3


def test_a_job_pays_for_its_wall_time() -> None:
    assert job_usd(7.2, 1800.0) == pytest.approx(3.6)


def test_one_utilisation_is_no_reason_to_warn() -> None:
    assert [len(utilisation_warnings(*shares)) for shares in ((1.0, 1.0), (0.5, 1.0), (1.0, 0.5), (0.5, 0.5))] == [0, 0, 0, 1]
