"""Names that must exist in the catalog: each unknown one is told at its place, all at once; aliases are known."""

import pytest

from planner.inputs.crosscheck import crosscheck_faults
from tests.small_instances import second_workload, shipped_catalog, small_instance

CATALOG = shipped_catalog()


def told(folder, changes=None, files=None) -> list[str]:
    """Returns the faults of an instance against the shipped catalog."""
    return [str(fault) for fault in crosscheck_faults(small_instance(folder, changes, files), CATALOG)]


def test_the_small_instance_is_clean(tmp_path):
    assert told(tmp_path) == []


def test_aliases_are_names(tmp_path):
    changes = {
        "candidates": [{"model": "meta-llama/Llama-3.1-8B-Instruct", "precisions": ["FP8", "16bit"]}],
        "workloads.0.models_allow": ["LLAMA_3.1_8B"],
    }  # fmt: skip

    assert told(tmp_path, changes) == []


CASES = {
    "candidates.0.precisions": (["fp9"], "candidates[0].precisions"),
    "supply.offers_deny": (["acme/x/y/z"], "supply.offers_deny[0]"),
    "supply.purchase_regions": (["finland"], "supply.purchase_regions[0]"),
    "workloads.0.regions": ({"allow": ["finland"]}, "workloads[0].regions.allow"),
    "workloads.0.regions.deny": (["atlantis"], "workloads[0].regions.deny"),
    "workloads.0.regions.jurisdictions": (["MOON"], "workloads[0].regions.jurisdictions"),
    "workloads.0.models_allow": (["qwen3-8b"], "a model among the candidates"),
    "workloads.0.models_deny": (["nobody-1b"], "workloads[0].models_deny"),
    "workloads.0.quality": ({"benchmark": "MMLU-Pro", "reported_by": "grandma", "floor": 1}, "reported_by one of"),
    "supply.terms": (["reserved_1y", "savings_plan"], "supply.terms: expected on_demand beside savings_plan"),
    "pools": ([{"pool": "p", "workloads": ["chat", "ghost"]}], "pools[0].workloads"),
    "workloads.0.origin": ("atlantis", "workloads[0].origin"),
}


@pytest.mark.parametrize("path", CASES)
def test_an_unknown_name_is_told_at_its_place(tmp_path, path):
    value, fragment = CASES[path]
    faults = told(tmp_path, {path: value})

    assert len(faults) == 1
    assert faults[0].startswith("instance.yaml, line ")
    assert fragment in faults[0]


TABLES = {
    "supply": ("offer,node_type,nodes_max\n*,8xH900,5\n", "supply.csv, line 2, column node_type"),
    "owned": (
        "owned,node_type,region,nodes,first_period\nold,8xH100-SXM,us-virginia,1,q9\n",
        "owned.csv, line 2, column first_period",
    ),
    "prices": (
        "offer,period,usd_per_hour,source\naws/p5.48xlarge/us-virginia/on_demand,q9,5,me\n",
        "prices.csv, line 2, column period",
    ),
    "paths": ("workload,region,network_ms\nghost,us-virginia,5\n", "paths.csv, line 2, column workload"),
    "rates": (
        "workload,variant,node_type,requests_per_s,source\nchat,llama-3.1-8b@fp8,8xH900,5,me\n",
        "rates.csv, line 2, column node_type",
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_an_unknown_name_in_a_table_is_told_with_its_line(tmp_path, name):
    text, fragment = TABLES[name]
    faults = told(tmp_path, {f"tables.{name}": f"{name}.csv"}, {f"{name}.csv": text})

    assert len(faults) == 1
    assert fragment in faults[0]


def test_stars_are_wild_in_supply_only(tmp_path):
    rows = "offer,node_type,region,provider,period,nodes_max\n*,*,*,*,*,5\n"

    assert told(tmp_path, {"tables.supply": "supply.csv"}, {"supply.csv": rows}) == []


def test_owned_lots_can_be_priced_and_capped(tmp_path):
    files = {
        "owned.csv": "owned,node_type,region,nodes\nold,8xH100-SXM,us-virginia,1\n",
        "prices.csv": "offer,usd_per_hour,source\nowned/old,2,me\n",
        "supply.csv": "offer,nodes_max\nowned/old,1\n",
    }

    assert told(tmp_path, {"tables": {name: f"{name}.csv" for name in ("owned", "prices", "supply")}}, files) == []


def test_a_workload_is_in_one_pool(tmp_path):
    pools = [{"pool": "a", "workloads": ["chat", "code"]}, {"pool": "b", "workloads": ["code", "chat"]}]
    faults = told(tmp_path, {"workloads.1": second_workload(), "pools": pools})

    assert len(faults) == 2
    assert all("each in one pool" in fault for fault in faults)


def test_own_scores_make_a_benchmark_known(tmp_path):
    changes = {"tables.scores": "scores.csv", "workloads.0.quality": {"benchmark": "Ours", "floor": 5}}

    assert told(tmp_path, changes, {"scores.csv": "variant,benchmark,score,source\nllama-3.1-8b,Ours,50,us\n"}) == []


def test_all_unknown_names_are_told_at_once(tmp_path):
    changes = {
        path: value
        for path, (value, _) in CASES.items()
        if path not in ("workloads.0.regions.deny", "workloads.0.regions.jurisdictions")
    }

    assert len(told(tmp_path, changes)) == len(changes)


LIMIT = {"limit": "cash", "kind": "budget_usd", "value": 1.0}


@pytest.mark.parametrize(
    ("change", "fragment"),
    [
        ({"limit": "utilisation_max"}, "limits[0].limit: expected a name other than"),
        ({"period": "q9"}, "limits[0].period: expected a period (q1, q2)"),
        ({"kind": "power_kw", "scope": "finland"}, "limits[0].scope: expected a region of this instance (us-virginia)"),
        ({"kind": "vendor_share_max", "scope": "Acme"}, "limits[0].scope: expected a vendor (AMD, "),
        ({"kind": "provider_share_max", "scope": "acme"}, "limits[0].scope: expected a provider ("),
        ({"kind": "accelerator_share_max", "scope": "H1000"}, "limits[0].scope: expected an accelerator ("),
        ({"kind": "options_max", "value": 1.5}, "limits[0].value: expected a whole number, at least 1"),
        ({"kind": "models_max", "value": 0}, "limits[0].value: expected a whole number, at least 1"),
        ({"kind": "spare_replicas", "value": 1.5}, "limits[0].value: expected a whole number of replicas"),
        ({"kind": "region_loss_service_share", "value": 1.5}, "limits[0].value: expected a share from 0 to 1"),
        ({"kind": "region_share_max", "value": 1.5}, "limits[0].value: expected a share from 0 to 1"),
    ],
)
def test_a_limit_of_nothing_is_told(tmp_path, change, fragment):
    assert told(tmp_path, {"limits": [LIMIT]}) == []
    assert [fragment in fault for fault in told(tmp_path, {"limits": [{**LIMIT, **change}]})] == [True]
