"""Own models, own machines and unknown lengths are checked at the door, all at once."""

import pytest

from planner.inputs.crosscheck import crosscheck_faults
from tests.small_instances import shipped_catalog, small_instance

OWN = {"model": "mine", "precisions": ["q7"], "is_modelled": False}
HEADER = "offer,node_type,accelerator,accelerators,region,provider,usd_per_hour,source\n"
ROW = "quote/1,2xNew,New,2,us-virginia,friend,3.5,a letter\n"
RATES = "workload,variant,node_type,tp,requests_per_s,source\nchat,mine@q7,2xNew,2,5,bench\n"
SOUND = {
    "changes": {
        "candidates": [OWN], "workloads.0.lengths": None, "workloads.0.slo": [],
        "tables": {"demand": "demand.csv", "offers": "offers.csv", "rates": "rates.csv"},
    },
    "files": {"offers.csv": HEADER + ROW, "rates.csv": RATES},
}  # fmt: skip


def told(tmp_path, changes=None, files=None) -> str:
    """Returns the faults of the sound instance with changes, as text."""
    instance = small_instance(tmp_path, {**SOUND["changes"], **(changes or {})}, {**SOUND["files"], **(files or {})})
    return "\n".join(map(str, crosscheck_faults(instance, shipped_catalog())))


def test_a_sound_instance_has_no_faults(tmp_path):
    assert told(tmp_path) == ""


@pytest.mark.parametrize(
    ("changes", "files", "fault"),
    [
        (
            {"candidates": [{**OWN, "model": "Llama-3.1-8B"}]},
            {},
            "a name that the catalog does not have",
        ),
        ({"candidates": [{**OWN, "precisions": ["q/7"]}]}, {}, "names without @ and /"),
        ({"candidates": [{"model": "mine", "precisions": ["q7"]}]}, {}, "a model of the catalog"),
        ({}, {"offers.csv": HEADER + ROW.replace("2xNew", "8xH100-SXM")}, "a machine that the catalog does not have"),
        ({}, {"offers.csv": HEADER + ROW + ROW.replace("quote/1", "quote/2").replace("New,2", "New,4")}, "as in the first row"),
        ({}, {"offers.csv": HEADER + ROW.replace("us-virginia", "moon")}, "a region of this instance"),
        ({}, {"offers.csv": HEADER + ROW.replace("quote/1", "owned/1")}, "that no owned or bought lot has"),
        ({}, {"offers.csv": HEADER + ROW.replace("2xNew", "2x/New")}, "a name without"),
        ({"workloads.0.models_allow": ["yours"]}, {}, "'yours'"),
        ({}, {"rates.csv": RATES.replace("2xNew", "3xNew")}, "'3xNew'"),
        ({}, {"rates.csv": "workload,variant,node_type,requests_per_s,source\n"}, "rows of the workload in the rates table"),
        ({"money": {"egress_usd_per_gb": 0.1}}, {}, "token lengths, as money.egress_usd_per_gb needs them"),
        ({"money": {"carbon_usd_per_tonne": 50}}, {}, "power_kw: expected kW, as money.carbon_usd_per_tonne counts it"),
        ({"limits": [{"limit": "grid", "kind": "power_kw", "value": 9}]}, {}, "kW, as limit grid counts it"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, changes, files, fault):
    assert fault in told(tmp_path, changes, files)


@pytest.mark.parametrize(
    "changes",
    [
        {"workloads.0.models_allow": ["mine"]},
        {"workloads.0.models_deny": ["llama-3.1-8b"]},
        {"limits": [{"limit": "cards", "kind": "accelerators_max", "scope": "New", "value": 4}]},
    ],
)
def test_own_names_may_be_named_elsewhere(tmp_path, changes):
    assert told(tmp_path, changes) == ""
