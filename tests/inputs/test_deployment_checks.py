"""Roles of replicas and what does not go with them."""

import pytest

from planner.errors import InputError
from planner.inputs.crosscheck import crosscheck_faults
from planner.inputs.deployment_checks import deployment_faults
from tests.small_instances import second_workload, shipped_catalog, small_instance

POOL = {"workloads.1": second_workload("code"), "pools": [{"pool": "both", "workloads": ["chat", "code"]}]}


def test_prefill_and_decode_come_together(tmp_path):
    for roles in (["aggregated", "prefill"], ["decode"], [], ["prefill", "decode", "prefill"]):
        with pytest.raises(InputError, match="roles, each once, with prefill and decode both or neither"):
            small_instance(tmp_path, {"deployment.roles": roles})


def test_a_pool_needs_whole_replicas(tmp_path):
    apart = small_instance(tmp_path, {**POOL, "deployment.roles": ["prefill", "decode"]})
    both = small_instance(tmp_path, {**POOL, "deployment.roles": ["aggregated", "prefill", "decode"]})

    assert [f.found for f in deployment_faults(apart)] == ["pool both and roles prefill, decode"]
    assert list(deployment_faults(both)) == []
    assert next(iter(deployment_faults(apart))) in crosscheck_faults(apart, shipped_catalog())


def test_replicas_without_a_role_go_with_everything(tmp_path):
    assert list(deployment_faults(small_instance(tmp_path, POOL))) == []
