"""The carbon price check finds ledger rows that the emissions do not give."""

from pathlib import Path

from tests.plan.damage import added, edit, found_by, told_by
from tests.plan.policy import with_scalar
from tests.plan.worlds import DE_OD


def test_carbon_that_is_not_paid_is_found(plan_folder: Path) -> None:
    """Frankfurt by night in q1: 10 kW x 1.3 x 0.3 kg x 1080 h = 4212 kg, 421.2 usd at 100 usd a tonne."""
    with_scalar(plan_folder, "carbon_usd_per_tonne", 100.0)

    assert f"carbon price of {DE_OD} in q1/night: expected 421.2 usd, found 0 usd" in told_by("carbon_price", plan_folder)


def test_carbon_without_a_price_costs_nothing(plan_folder: Path) -> None:
    assert found_by("carbon_price", plan_folder) == []
    edit(plan_folder, "ledger.csv", added(term="carbon_price", offer=DE_OD, workload="", period="q1", block="day", usd=5.0))

    assert f"carbon price of {DE_OD} in q1/day: expected 0 usd, found 5 usd" in told_by("carbon_price", plan_folder)
