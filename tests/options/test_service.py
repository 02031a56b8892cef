"""The table of wishes has a row for each workload that has any."""

from planner.options.service import (
    cascade_table,
    has_models_apart,
    has_options_apart,
    has_wishes,
    may_go_elsewhere,
    service_table,
)
from tests.small_instances import second_workload, shipped_catalog, small_instance


def test_only_workloads_with_wishes_have_a_row(tmp_path):
    instance = small_instance(tmp_path, {"workloads.1": second_workload(unserved_usd_per_request=0.01)})
    table = service_table(instance)

    assert table[["workload", "unserved_usd_per_request"]].to_dict("records") == [
        {"workload": "code", "unserved_usd_per_request": 0.01}
    ]
    assert [has_wishes(w) for w in instance.settings.workloads] == [False, True]
    assert [may_go_elsewhere(w) for w in instance.settings.workloads] == [False, True]


def test_first_models_of_a_cascade_have_their_canonical_names(tmp_path):
    cascade = {"first": ["meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b"], "escalation_share": 0.25}
    instance = small_instance(tmp_path, {"workloads.0.cascade": cascade})

    assert cascade_table(instance, shipped_catalog()).to_dict("records") == [
        {"workload": "chat", "model": "llama-3.1-8b", "escalation_share": 0.25}
    ]


def test_models_are_told_apart_where_a_family_counts_them(tmp_path):
    mean = {"limit": "good", "kind": "mean_quality_floor", "benchmark": "MMLU-Pro", "value": 40}

    assert not has_models_apart(small_instance(tmp_path / "a"))
    assert not has_options_apart(small_instance(tmp_path / "a"))
    assert has_models_apart(small_instance(tmp_path / "b", {"limits": [mean]}))
    assert has_models_apart(
        small_instance(tmp_path / "c", {"workloads.0.cascade": {"first": ["llama-3.1-8b"], "escalation_share": 0}})
    )


def test_options_are_told_apart_where_a_cap_counts_them(tmp_path):
    few = {"limit": "few", "kind": "options_max", "value": 2}

    assert has_options_apart(small_instance(tmp_path, {"limits": [few]}))
