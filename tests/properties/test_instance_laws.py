"""Laws of whole instances, from the YAML to the optimum: what may be wished never makes a plan cheaper than what may not."""

import copy
import math

import pytest

from planner.options.prepare import prepare
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Problem, Settings, Worker
from tests.small_instances import SMALL, changed, second_workload, shipped_catalog, small_instance

EXACT = Settings(relative_gap=1e-9, absolute_gap=1e-9, threads=1, time_limit_s=60, log=False)
SLO = [{"metric": "ttft", "statistic": "p95", "ms": 700}, {"metric": "tpot", "statistic": "mean", "ms": 30}]
BASE = {
    "horizon.periods": [{"period": "q1", "hours": 2190}],
    "regions": ["us-virginia", "finland"],
    "candidates": [{"model": "llama-3.1-8b", "precisions": ["fp8"]}, {"model": "qwen3-8b", "precisions": ["bf16"]}],
    "supply": {
        "providers": ["aws", "verda"],
        "node_types": ["8xH100-SXM", "8xL40S"],
        "terms": ["on_demand"],
        "nodes_max_per_offer": 4,
    },
    "workloads.0.slo": SLO,
    "workloads.1": second_workload(
        "code", slo=SLO, origin="us-virginia", lengths={"input_tokens_mean": 3000, "output_tokens_mean": 60}
    ),
    "money.egress_usd_per_gb": 0.09,
}
TIGHTER = {
    "a shorter time to the first token": {"workloads.0.slo.0.ms": 150},
    "a shorter time per token": {"workloads.0.slo.1.ms": 12},
    "a higher percentile": {"workloads.0.slo.0.statistic": "p99"},
    "data that may not leave home": {"workloads.0.regions": {"allow": ["us-virginia"]}},
    "one model less": {"candidates": BASE["candidates"][1:]},
    "one node type less": {"supply.node_types": ["8xL40S"]},
    "one provider less": {"supply.providers": ["aws"]},
    "one region less": {"regions": ["us-virginia"]},
    "more replicas": {"workloads.0.replicas_min": 9},
    "less of each replica": {"service.utilisation_max": 0.35},
    "no cached prefixes": {},
    "smaller batches": {"deployment.batch_max": 8},
    "a lower supply": {"supply.nodes_max_per_offer": 1},
}


def problem(folder, changes) -> Problem:
    """Returns the arrays of the base instance with changes."""
    instance = small_instance(folder, {**BASE, **changes}, requests_per_s=60.0)
    return compile_program(build_program(Groups(prepare(instance, shipped_catalog()).coefficients))).problem


@pytest.fixture(scope="module")
def engine():
    """One process of HiGHS for all laws."""
    with Worker() as worker:
        yield worker


def optimum(engine: Worker, folder, changes) -> float:
    """Returns the proved optimum of the base instance with changes, infinity where there is no plan."""
    answer = engine.solve(problem(folder, changes), EXACT)
    return math.inf if answer.objective is None else answer.objective


@pytest.fixture(scope="module")
def base(engine, tmp_path_factory) -> float:
    """The optimum of the base instance, with cached prefixes."""
    return optimum(engine, tmp_path_factory.mktemp("base"), {"workloads.0.prefix_hit_share": 0.5})


@pytest.mark.parametrize("name", TIGHTER)
def test_a_tighter_wish_never_costs_less(engine, base, tmp_path, name):
    share = 0.0 if name == "no cached prefixes" else 0.5
    usd = optimum(engine, tmp_path, {"workloads.0.prefix_hit_share": share, **TIGHTER[name]})

    assert usd >= base * (1 - 1e-9)


def test_the_order_of_lists_in_an_instance_changes_nothing(engine, tmp_path):
    def reversed_lists(value):
        if isinstance(value, dict):
            return {key: reversed_lists(part) for key, part in reversed(value.items())}
        return [reversed_lists(part) for part in reversed(value)] if isinstance(value, list) else value

    straight = changed(SMALL, BASE)
    turned = {**reversed_lists(copy.deepcopy(straight)), "horizon": straight["horizon"]}

    assert optimum(engine, tmp_path / "a", {}) == pytest.approx(optimum(engine, tmp_path / "b", turned), rel=1e-9)
