"""Every shipped instance reads, prepares and says what the issue of its shape promises; quickstart solves and audits."""

from pathlib import Path

import pytest

from planner import pipeline
from planner.inputs.shipped import shipped_instances

INSTANCES = Path(__file__).resolve().parents[2] / "instances"


@pytest.mark.parametrize("name", shipped_instances())
def test_every_shipped_instance_prepares(name: str) -> None:
    """Each has at least one option for every workload, and says whose numbers they are."""
    instance, catalog = pipeline.read(INSTANCES / name)
    coefficients = pipeline.prepare_instance(instance, catalog).coefficients

    assert set(coefficients.rates["workload"]) == {w.workload for w in instance.settings.workloads}
    assert instance.settings.story.strip()


def test_quickstart_is_solved_to_its_gap_and_audited(tmp_path: Path) -> None:
    """Default options prove 1 %."""
    outcome = pipeline.make_plan(INSTANCES / "quickstart", tmp_path / "plan", pipeline.SolveSettings())

    assert outcome.plan.facts.status == "optimal"
    assert outcome.plan.facts.gap is not None
    assert outcome.plan.facts.gap <= 0.01
    assert outcome.audit.passed


def test_quarterly_portfolio_has_the_breadth_it_promises() -> None:
    """At least 12 models, 24 workloads, 3 regions, 4 quarters x 3 blocks, 8 accelerators, owned A100s, floors, residency."""
    instance, catalog = pipeline.read(INSTANCES / "quarterly_portfolio")
    settings = instance.settings
    offers = pipeline.prepare_instance(instance, catalog).coefficients.offers

    assert len(settings.candidates) >= 12
    assert len(settings.workloads) == 24
    assert (len(settings.regions), len(settings.horizon.periods), len(settings.horizon.blocks)) == (3, 4, 3)
    assert offers["accelerator"].nunique() >= 8
    assert offers.loc[offers["kind"] == "owned", "accelerator"].str.startswith("A100").all()
    assert (offers["kind"] == "owned").sum() >= 2
    assert all(w.quality is not None for w in settings.workloads)
    assert sum(bool(w.regions.jurisdictions) for w in settings.workloads) >= 8


@pytest.mark.slow
def test_quarterly_portfolio_is_proved_to_two_percent(tmp_path: Path) -> None:
    """Gap 2 % within 300 s on two quiet cores."""
    outcome = pipeline.make_plan(INSTANCES / "quarterly_portfolio", tmp_path / "plan", pipeline.SolveSettings(gap=0.02))

    assert outcome.plan.facts.status == "optimal"
    assert outcome.audit.passed


def test_purchase_or_rent_offers_every_way_to_hold_a_node() -> None:
    """Rent, two reservations and purchase with its wait; a cash limit, a hall's power and a discount rate."""
    instance, catalog = pipeline.read(INSTANCES / "purchase_or_rent")
    coefficients = pipeline.prepare_instance(instance, catalog).coefficients
    offers = coefficients.offers

    assert {"on_demand", "reserved", "purchase"} <= set(offers["kind"])
    assert offers.loc[offers["kind"] == "purchase", "lead_time_periods"].max() >= 4
    assert {limit.kind for limit in instance.settings.limits} == {"budget_usd", "power_kw"}


@pytest.mark.slow
def test_purchase_or_rent_is_proved_to_four_percent(tmp_path: Path) -> None:
    """Gap 4 % within 200 s on two quiet cores."""
    settings = pipeline.SolveSettings(gap=0.04, time_limit_s=200.0)
    outcome = pipeline.make_plan(INSTANCES / "purchase_or_rent", tmp_path / "plan", settings)

    assert outcome.plan.facts.status == "optimal"
    assert outcome.audit.passed
