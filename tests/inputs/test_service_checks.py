"""Wishes about traffic that make no sense are told at the door, each at its place."""

import pytest

from planner.inputs.service_checks import service_faults
from tests.small_instances import second_workload, shipped_catalog, small_instance

OFFER = "deepinfra/llama-3.1-8b"
CASCADE = {"first": ["llama-3.1-8b"], "escalation_share": 0.2}
MEAN = {"limit": "good", "kind": "mean_quality_floor", "value": 60}


def told(tmp_path, changes, files=None):
    """Returns the faults of the small instance with changes, as text."""
    instance = small_instance(tmp_path, changes, files)
    return "\n".join(str(fault) for fault in service_faults(instance, shipped_catalog()))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"workloads.0.slices": 4, "workloads.0.is_interruptible": True}, "may wait for another block"),
        ({"workloads.0.slices": 4, "workloads.0.cascade": CASCADE}, "a share of the answers is asked again"),
        ({"workloads.0.api_allow": ["nobody/llama-3.1-8b"]}, "an API offer of the catalog"),
        ({"workloads.0.api_allow": [OFFER], "workloads.0.models_deny": ["llama-3.1-8b"]}, "models_deny does not name"),
        ({"workloads.0.api_allow": [OFFER], "workloads.0.regions.allow": ["us-virginia"]}, "a seller names no region"),
        ({"workloads.0.api_allow": [OFFER], "workloads.0.regions.deny": ["us-virginia"]}, "a seller names no region"),
        ({"workloads.0.api_allow": [OFFER], "workloads.0.regions.jurisdictions": ["US"]}, "unknown, and what is not known"),
        (
            {"workloads.0.api_allow": [OFFER], "workloads.0.regions.jurisdictions": ["US"],
             "supply.api_jurisdictions": {"deepinfra": "EU"}},
            "deepinfra: jurisdiction EU",
        ),
        ({"supply.api_jurisdictions": {"nobody": "EU"}}, "a seller of the catalog's api_prices"),
        ({"workloads.0.cascade": {**CASCADE, "first": ["llama-3.1-70b"]}}, "first models among the candidates"),
        ({"workloads.0.cascade": {**CASCADE, "first": []}}, "at least one model that answers first"),
        ({"workloads.0.cascade": CASCADE, "workloads.0.is_indivisible": True}, "no cascade where all traffic"),
        ({"limits": [{**MEAN, "benchmark": "no such"}]}, "a benchmark of the catalog"),
        ({"limits": [{**MEAN, "benchmark": ""}]}, "a benchmark of the catalog"),
        ({"limits": [{**MEAN, "benchmark": "MMLU-Pro", "scope": "nobody"}]}, "a scope among the pools chat"),
    ],
)  # fmt: skip
def test_a_wish_that_makes_no_sense_is_told(tmp_path, changes, expected):
    assert expected in told(tmp_path, changes)


@pytest.mark.parametrize("table", ["api_caps", "api_tiers"])
def test_a_cap_or_tier_of_an_unknown_offer_is_told_with_its_line(tmp_path, table):
    columns = {"api_caps": "api_offer,requests_per_s_max", "api_tiers": "api_offer,usd_from,discount_share"}[table]
    numbers = {"api_caps": "1", "api_tiers": "1000,0.1"}[table]
    files = {"t.csv": f"{columns}\n{OFFER},{numbers}\nnobody/x,{numbers}\n"}

    assert "t.csv, line 3, column api_offer" in told(tmp_path, {f"tables.{table}": "t.csv"}, files)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"workloads.0.api_allow": [OFFER]},
        {
            "workloads.0.api_allow": [OFFER], "workloads.0.regions.jurisdictions": ["US"],
            "supply.api_jurisdictions": {"deepinfra": "US"},
        },
        {"workloads.0.cascade": CASCADE},
        {"workloads.0.cascade": {**CASCADE, "first": ["llama-3.3-70b"]}, "workloads.0.api_allow": ["deepinfra/llama-3.3-70b"]},
    ],
)  # fmt: skip
def test_sound_wishes_pass(tmp_path, changes):
    assert told(tmp_path, changes) == ""


CLASSED = {"workloads.0.lengths": {"histogram": "h.csv"}, "workloads.0.length_buckets": 3}
LENGTHS = {"h.csv": "input_tokens,output_tokens,weight\n100,100,9\n900,900,1\n"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"workloads.0.lengths": {"input_tokens_mean": 10, "output_tokens_mean": 10}}, "prompts of different lengths"),
        ({"workloads.1": second_workload(), "pools": [{"pool": "both", "workloads": ["chat", "code"]}]}, "no pool"),
        ({"workloads.0.slices": 4}, "no slices"),
        ({"workloads.0.is_indivisible": True}, "not is_indivisible"),
        ({"limits": [{**MEAN, "benchmark": "MMLU-Pro", "scope": "chat"}]}, "no limit with the workload as its scope"),
        ({"workloads.1": second_workload("chat#2")}, "no other workload named chat#..."),
    ],
)
def test_length_classes_refuse_by_name_what_they_cannot_be_combined_with(tmp_path, changes, expected):
    found = told(tmp_path, {**CLASSED, **changes}, LENGTHS)

    assert expected in found
    assert "workloads[0].length_buckets" in found


def test_length_classes_of_a_histogram_pass(tmp_path):
    assert told(tmp_path, CLASSED, LENGTHS) == ""


def test_pooled_headroom_beside_robust_demand_is_refused(tmp_path):
    robust = {"service.pooled_headroom": True, "risk": {"robust_budget": 1, "robust_deviation_share": 0.1}}

    assert "no pooled headroom beside risk.robust_budget" in told(tmp_path, robust)
    assert told(tmp_path, {"service.pooled_headroom": True}) == ""
