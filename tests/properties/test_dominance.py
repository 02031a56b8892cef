"""Dominance is safe: with and without it, small instances made from the shipped catalog have the same optimum."""

import math

import pytest

from planner.options.prepare import prepare
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Settings, Status, solve_many
from tests.small_instances import second_workload, shipped_catalog, small_instance

ONE_PERIOD = {"horizon.periods": [{"period": "q1", "hours": 2190}]}
SLO = [{"metric": "ttft", "statistic": "p95", "ms": 400}, {"metric": "tpot", "statistic": "mean", "ms": 25}]
INSTANCES = {
    "two precisions and two node types": {
        **ONE_PERIOD,
        "candidates.0.precisions": ["bf16", "fp8"],
        "supply.node_types": ["8xH100-SXM", "1xL40S", "8xL40S"],
    },
    "two regions and a network limit": {
        **ONE_PERIOD,
        "regions": ["us-virginia", "us-oregon"],
        "supply.node_types": ["8xH100-SXM", "8xA100-80GB-SXM"],
        "workloads.0.slo": SLO,
        "workloads.1": second_workload("code", origin="us-oregon", slo=SLO, replicas_min=3),
        "money.egress_usd_per_gb": 0.05,
    },
    "a pool and reservations": {
        "workloads.1": second_workload("code", lengths={"input_tokens_mean": 4000, "output_tokens_mean": 100}),
        "workloads.2": second_workload("long", lengths={"input_tokens_mean": 500, "output_tokens_mean": 900}, slo=SLO),
        "pools": [{"pool": "both", "workloads": ["chat", "code"]}],
    },
    "prefill and decode replicas apart": {
        **ONE_PERIOD,
        "workloads.0.lengths": {"input_tokens_mean": 4000, "output_tokens_mean": 300},
        "workloads.0.slo": [{"metric": "ttft", "statistic": "mean", "ms": 250}, {"metric": "tpot", "statistic": "mean", "ms": 8}],
        "workloads.1": second_workload("code", replicas_min=2),
        "deployment.roles": ["aggregated", "prefill", "decode"],
    },
    "replicas over two nodes": {
        **ONE_PERIOD,
        "candidates": [{"model": "llama-3.1-405b", "precisions": ["fp8"]}],
        "deployment.pp_max": 2,
        "deployment.nodes_per_replica_max": 2,
        "workloads.0.slo": [{"metric": "tpot", "statistic": "mean", "ms": 60}],
    },
}


@pytest.fixture(scope="module")
def optima(tmp_path_factory) -> dict[str, tuple[float, float, int]]:
    """By instance: optimum with dominance, without, and how many options were dropped."""
    dropped, problems = [], []
    for name, changes in INSTANCES.items():
        instance = small_instance(tmp_path_factory.mktemp("dominance"), changes, requests_per_s=7.0)
        prepared = [prepare(instance, shipped_catalog(), has_dominance=flag) for flag in (True, False)]
        problems += [compile_program(build_program(Groups(one.coefficients))).problem for one in prepared]
        dropped.append(len(prepared[0].dropped))
        assert len(prepared[1].coefficients.options) > len(prepared[0].coefficients.options), name
    answers = solve_many(problems, Settings(relative_gap=1e-9, absolute_gap=1e-9, threads=1, time_limit_s=60, log=False))
    assert all(answer.status is Status.OPTIMAL for answer in answers)
    usd = [float(answer.objective or math.nan) for answer in answers]
    return {name: (usd[2 * i], usd[2 * i + 1], dropped[i]) for i, name in enumerate(INSTANCES)}


@pytest.mark.parametrize("name", INSTANCES)
def test_the_optimum_is_the_same_with_and_without_dominance(optima, name):
    with_dominance, without, dropped = optima[name]

    assert dropped > 0
    assert with_dominance > 0
    assert with_dominance == pytest.approx(without, rel=1e-9)
