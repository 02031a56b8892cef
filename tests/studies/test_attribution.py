"""Which input change caused which dollars: two changes whose effects are known from solves of their own."""

import dataclasses
import json
from pathlib import Path

import pytest

from planner.inputs.instance import load_instance
from planner.pipeline import SolveSettings, make_plan
from planner.plan.files import read_facts
from planner.studies.attribution import changes_between
from tests.command_line import planner
from tests.small_instances import SMALL, changed, demand_csv, small_instance, write_instance

W = "workloads.0."
TPOT = [{"metric": "tpot", "statistic": "mean", "ms": 40}]
SETTINGS = SolveSettings(method="textbook", gap=1e-4, time_limit_s=60, threads=1)
BASE = {W + "slo": TPOT, "supply.terms": ["on_demand"], "deployment.tp_max": 1}


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    """A: 100 requests/s, no floor on replicas. B: 300 requests/s and 20 replicas at least, and another story."""
    root = tmp_path_factory.mktemp("attributed")
    write_instance(root / "wish-a", BASE, requests_per_s=100.0)
    write_instance(root / "wish-b", {**BASE, W + "replicas_min": 20, "story": "new"}, requests_per_s=300.0)
    for name in "ab":
        make_plan(root / f"wish-{name}", root / name, SETTINGS)
    return root


def cost_of(folder: Path, changes: dict, requests_per_s: float) -> float:
    wish = write_instance(folder / "wish", {**BASE, **changes}, requests_per_s=requests_per_s)
    return make_plan(wish, folder / "plan", SETTINGS).plan.facts.objective_usd


def is_in(interval: dict, usd: float) -> bool:
    return interval["low_usd"] - 1 <= usd <= interval["high_usd"] + 1


def test_changes_are_found_by_kind_and_prose_is_none(plans):
    found = changes_between(load_instance(plans / "wish-a"), load_instance(plans / "wish-b"))

    assert [change.name for change in found] == ["workloads: replicas_min", "table demand"]
    assert found[0].overrides == {"workloads.0.replicas_min": 20}
    assert found[1].files == ("demand.csv",)


@pytest.mark.slow
def test_effects_alone_and_in_order_are_those_of_solves(plans, tmp_path):
    said = planner("compare", plans / "a", plans / "b", "--attribute", "--gap", "0.0001", "--threads", "1", "--format", "json")
    assert said.code == 0, said.err
    found = said.json["attribution"]
    start, end = (read_facts(plans / name).objective_usd for name in "ab")
    replicas = cost_of(tmp_path / "replicas", {W + "replicas_min": 20}, 100.0)
    demand = cost_of(tmp_path / "demand", {}, 300.0)

    first, second = found["effects"]
    assert [first["change"], second["change"]] == ["workloads: replicas_min", "table demand"]
    assert is_in(first["alone"], replicas - start)
    assert is_in(second["alone"], demand - start)
    assert is_in(first["step"], replicas - start)
    assert is_in(second["step"], end - replicas)
    assert is_in(found["total"], end - start)
    assert is_in(found["rest"], 0.0)
    assert is_in(found["interaction"], end - start - (replicas - start) - (demand - start))
    assert not is_in(found["interaction"], 0.0), "the two changes share nodes: there is something to name"


def test_other_workloads_are_one_change(tmp_path):
    two = changed(SMALL, {"workloads.0.workload": "talk"})
    before = small_instance(tmp_path / "a")
    after = load_instance(write_instance(tmp_path / "b", {"workloads.0.workload": "talk"}, {"demand.csv": demand_csv(two)}))

    assert next(c.name for c in changes_between(before, after)) == "workloads"
    assert changes_between(before, dataclasses.replace(before)) == []
    json.dumps([dataclasses.asdict(c) for c in changes_between(before, after)])
