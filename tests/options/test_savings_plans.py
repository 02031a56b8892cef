"""Savings plans of admitted sellers cover their offers on demand, and nothing else."""

import pytest

from planner.errors import InputError
from planner.inputs.crosscheck import crosscheck_faults
from planner.options.prepare import prepare
from tests.savings_worlds import QUARTERS
from tests.small_instances import shipped_catalog, small_instance

TERMS = ["on_demand", "reserved_1y", "savings_plan"]


def plans(tmp_path, changes=None, files=None):
    """Returns the table of the small instance over a year, with changes."""
    instance = small_instance(tmp_path, {"horizon.periods": QUARTERS, "supply.terms": TERMS, **(changes or {})}, files)
    return prepare(instance, shipped_catalog()).coefficients.savings_plans


def test_a_plan_covers_offers_on_demand_of_its_seller(tmp_path):
    found = plans(tmp_path, {"supply.providers": ["aws", "gcp"], "supply.node_types": ["8xH100-SXM", "8xH200-SXM"]})

    assert found["offer"].str.endswith("/on_demand").all()
    assert found["offer"].str.startswith("aws/").all()
    assert found.drop_duplicates("savings_plan")[["savings_plan", "term_periods"]].to_numpy().tolist() == [
        ["aws/compute_1y", 4], ["aws/compute_3y", 12],
    ]  # fmt: skip
    assert set(found["source"]) == {"estimate"}
    assert found["source_note"].str.contains("rule").all()


def test_there_are_none_without_the_term_or_where_denied(tmp_path):
    assert plans(tmp_path / "a", {"supply.terms": ["on_demand"]}).empty
    found = plans(tmp_path / "b", {"supply.offers_deny": ["aws/compute_3y"]})
    assert set(found["savings_plan"]) == {"aws/compute_1y"}


def test_a_row_of_an_accelerator_comes_before_that_of_all(tmp_path):
    overlay = (
        "savings_plan,provider,accelerator,term_years,discount_share,discount_share_low,discount_share_high,"
        "source,source_kind,retrieved_on,note\n"
        "aws/compute_1y,aws,H100-SXM,1,0.4,0.4,0.4,our contract,user,2026-11-21,\n"
    )
    instance = small_instance(
        tmp_path,
        {
            "horizon.periods": QUARTERS,
            "supply.terms": TERMS,
            "supply.node_types": ["8xH100-SXM", "8xH200-SXM"],
            "tables.catalog": "own",
        },
        {"own/savings_plans.csv": overlay},
    )
    from planner.inputs.catalog import load_catalog

    found = prepare(instance, load_catalog(overlay=instance.folder / "own")).coefficients
    kinds = found.offers.set_index("offer")["accelerator"]
    year = found.savings_plans[found.savings_plans["savings_plan"] == "aws/compute_1y"]

    assert dict(zip(year["offer"].map(kinds), year["discount_share"], strict=True)) == {"H100-SXM": 0.4, "H200-SXM": 0.28}


def test_periods_must_make_up_the_term(tmp_path):
    with pytest.raises(InputError, match="whole ones make up 1 years, the term of aws/compute_1y"):
        plans(tmp_path, {"horizon.periods": [{"period": "q1", "hours": 5000}], "supply.terms": ["on_demand", "savings_plan"]})


def test_volume_tiers_on_what_a_plan_covers_are_refused_by_name(tmp_path):
    offer = "aws/p5.48xlarge/us-virginia/on_demand"
    files = {"tiers.csv": f"offer,nodes_from,discount_share\n{offer},4,0.1\n"}
    changes = {"supply.terms": TERMS, "tables.price_tiers": "tiers.csv"}
    denied = {**changes, "supply.offers_deny": ["aws/compute_1y", "aws/compute_3y"]}

    told = [str(fault) for fault in crosscheck_faults(small_instance(tmp_path / "a", changes, files), shipped_catalog())]
    assert len(told) == 1
    assert "tiers.csv, line 2, column offer: expected an offer that no savings plan covers" in told[0]
    assert crosscheck_faults(small_instance(tmp_path / "b", denied, files), shipped_catalog()) == []
