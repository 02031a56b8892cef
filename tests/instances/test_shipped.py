"""Every shipped instance reads, prepares, uses the families that the register tells, and has the shape that it promises."""

from functools import cache
from pathlib import Path

import pytest

from planner import pipeline
from planner.inputs.instance import Instance
from planner.inputs.shipped import shipped_instances
from planner.options.coefficients import Coefficients
from scripts.docs.make_reference import REGISTER, ROOT, families_used, uses_told

INSTANCES = Path(__file__).resolve().parents[2] / "instances"
TOLD = uses_told((ROOT / REGISTER).read_text(encoding="utf-8"))


@cache
def prepared(name: str) -> tuple[Instance, Coefficients]:
    """Returns a shipped instance and its coefficient tables, made once."""
    instance, catalog = pipeline.read(INSTANCES / name)
    return instance, pipeline.prepare_instance(instance, catalog).coefficients


@pytest.mark.parametrize("name", shipped_instances())
def test_every_shipped_instance_prepares(name: str) -> None:
    """Each has at least one option for every workload, a story of three lines, and the families that the register tells."""
    instance, coefficients = prepared(name)
    served = {workload.partition("#")[0] for workload in coefficients.rates["workload"]}
    told = {family for family, names in TOLD.items() if name in names}

    assert served == {w.workload for w in instance.settings.workloads}
    assert len(instance.settings.story.strip().splitlines()) == 3
    assert families_used(coefficients) == told, "run make_reference.py --instances"


@pytest.mark.slow
def test_quickstart_is_solved_to_its_gap_and_audited(tmp_path: Path) -> None:
    """Default options prove 1 %."""
    outcome = pipeline.make_plan(INSTANCES / "quickstart", tmp_path / "plan", pipeline.SolveSettings())

    assert outcome.plan.facts.status == "optimal"
    assert outcome.plan.facts.gap is not None
    assert outcome.plan.facts.gap <= 0.01
    assert outcome.audit.passed


def test_quarterly_portfolio_has_the_breadth_it_promises() -> None:
    """At least 12 models, 24 workloads, 3 regions, 4 quarters x 3 blocks, 8 accelerators, owned A100s, floors, residency."""
    instance, coefficients = prepared("quarterly_portfolio")
    settings, offers = instance.settings, coefficients.offers

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
    instance, coefficients = prepared("purchase_or_rent")
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


def test_model_routing_is_a_portfolio_with_quality_routing() -> None:
    """At least 15 models that keep some floor, mean floors, cascades, floors on several subjects."""
    instance, coefficients = prepared("model_routing")
    settings, options = instance.settings, coefficients.options

    assert len(settings.candidates) >= 15
    assert options["model"].nunique() >= 15
    assert [limit.kind for limit in settings.limits] == ["mean_quality_floor"] * 2
    assert sum(w.cascade is not None for w in settings.workloads) == 2
    assert len({w.quality.benchmark for w in settings.workloads if w.quality}) == 3


@pytest.mark.slow
def test_model_routing_is_proved_to_two_percent(tmp_path: Path) -> None:
    """Gap 2 % within 300 s on two quiet cores; the chat that must be good on average is answered by several models."""
    outcome = pipeline.make_plan(INSTANCES / "model_routing", tmp_path / "plan", pipeline.SolveSettings(gap=0.02))
    traffic = outcome.plan.tables.traffic
    chat = traffic.loc[(traffic["workload"] == "chat-free") & (traffic["requests_per_s"] > 1), "option"]

    assert outcome.plan.facts.status == "optimal"
    assert outcome.audit.passed
    assert len({option.partition("@")[0] for option in chat}) >= 2


def test_renewals_has_contracts_that_run_out() -> None:
    """Standing ones at the end of three quarters, and new ones of a year in a horizon of six quarters."""
    instance, coefficients = prepared("renewals")
    offers = coefficients.offers
    periods = [period.period for period in instance.settings.horizon.periods]
    ends = set(instance.tables["owned"]["last_period"])

    assert len(ends) == 3
    assert periods[-1] not in ends
    assert 0 < offers.loc[offers["kind"] == "reserved", "term_periods"].max() < len(periods)


@pytest.mark.slow
def test_renewals_is_proved_to_two_percent_and_what_it_signs_runs_out(tmp_path: Path) -> None:
    """Gap 2 % within 120 s; some order of 2027 has run out before the last quarter."""
    settings = pipeline.SolveSettings(gap=0.02, time_limit_s=120.0)
    outcome = pipeline.make_plan(INSTANCES / "renewals", tmp_path / "plan", settings)

    assert outcome.plan.facts.status == "optimal"
    assert outcome.audit.passed
    assert outcome.plan.tables.orders["period"].isin(["2027Q1", "2027Q2"]).any()
