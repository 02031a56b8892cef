"""`planner explain` end to end on a small instance: every question, as text and as JSON."""

import dataclasses
import json

import pandas as pd
import pytest

from planner.pipeline import SolveSettings
from planner.plan.audit import audit_plan
from planner.plan.files import read_plan_inputs
from planner.plan.interval import Proved
from planner.studies.explain import FILE, Explanation
from planner.studies.promise_cost import PROMISES, promise_costs
from planner.studies.runner_up import Fleet, RunnerUps
from tests.command_line import planner
from tests.small_instances import small_instance, write_instance

W = "workloads.0."
FLOOR = {"benchmark": "LMArena win rate", "floor": 30, "reported_by": "LMArena"}
CHANGES = {
    W + "slo": [{"metric": "tpot", "statistic": "mean", "ms": 40}], W + "replicas_min": 9, W + "quality": FLOOR,
    "supply.nodes_max_per_offer": 3,
    "candidates": [{"model": "llama-3.1-8b", "precisions": ["fp8"]}, {"model": "llama-3.3-70b", "precisions": ["fp8"]}],
}  # fmt: skip


@pytest.fixture(scope="module")
def explained(tmp_path_factory):
    root = tmp_path_factory.mktemp("explained")
    wish = write_instance(root / "wish", CHANGES)
    flags = (
        "--why-not",
        "8xH100-SXM",
        "--why-not",
        "8xGone",
        "--why-not",
        "llama-3.3-70b",
        "--break-even",
        "8xH100-SXM",
        "--gap",
        "0.0001",
        "--time-limit",
        "120",
        "--threads",
        "1",
    )
    said = planner("explain", wish, "--out", root / "plan", "--format", "json", *flags)
    assert said.code == 0, said.err
    return root, said.json


def test_every_question_is_answered(explained):
    root, record = explained

    assert [row["name"] for row in record["why_not"]] == ["8xH100-SXM", "8xGone", "llama-3.3-70b"]
    assert record["why_not"][0]["cost"]["low_usd"] == pytest.approx(0.0, abs=100)
    assert record["runner_ups"]["is_complete"]
    assert record["runner_ups"]["fleets"][0]["objective_usd"] == pytest.approx(record["objective_usd"])
    assert [row["table"] for row in record["worth"]][-1] == "pools"
    assert record["unit_costs"][0]["usd_per_mtok"] > 0
    assert record["break_even"][0]["wins_at"] is None
    assert record["break_even"][0]["text"] in record["lines"]
    assert "it is there at any price" in record["break_even"][0]["reason"]
    assert json.loads((root / "plan" / FILE).read_text()) == record


def test_a_model_that_the_plan_was_made_without_is_put_back_to_be_asked_about(explained):
    """The small model does all that the large one does on fewer accelerators, so that the program never had the large one."""
    root, record = explained
    options = read_plan_inputs(root / "plan").coefficients.options
    large = record["why_not"][2]

    assert "llama-3.3-70b" not in set(options["model"])
    assert large["kind"] == "model"
    assert large["cost"]["low_usd"] >= 0.0
    assert large["objective_usd"] >= record["bound_usd"]


def test_redundancy_costs_the_second_node(explained):
    """Nine replicas ask for two nodes where the traffic needs one: without them the fleet costs half."""
    _, record = explained
    steps = {step["promise"]: step for step in record["promises"]["steps"]}

    assert list(steps) == ["redundancy", "quality floors", "latency"]
    assert steps["redundancy"]["cost"]["verdict"] == "dearer"
    saved = record["objective_usd"] - steps["redundancy"]["objective_usd"]
    assert steps["redundancy"]["cost"]["low_usd"] - 1 <= saved <= steps["redundancy"]["cost"]["high_usd"] + 1


def test_the_plan_still_passes_its_audit_with_the_explanation_beside_it(explained):
    root, _ = explained

    assert audit_plan(root / "plan").passed
    again = planner("solve", root / "wish", "--out", root / "plan", "--gap", "0.5", "--threads", "1")
    assert again.code == 0


def test_a_promise_that_is_not_made_costs_nothing_and_is_not_told(tmp_path):
    instance = small_instance(tmp_path / "wish", {W + "slo": CHANGES[W + "slo"]})
    found = promise_costs(instance, Proved(3e5, 2.9e5), SolveSettings(time_limit_s=30, threads=1), tmp_path / "out")

    assert [step.promise for step in found.steps] == ["latency"]
    assert (tmp_path / "out" / "latency" / "plan.json").exists()


def test_spare_replicas_are_redundancy_and_other_limits_policy(tmp_path):
    limits = [{"limit": "cash", "kind": "budget_usd", "value": 9e6}, {"limit": "spares", "kind": "spare_replicas", "value": 1}]
    instance = small_instance(tmp_path / "wish", {W + "slo": CHANGES[W + "slo"], "limits": limits})
    dropped = {name: drop(instance) for name, drop in PROMISES.items()}

    assert [limit["limit"] for limit in dropped["limits of policy"]["limits"]] == ["spares"]
    assert dropped["redundancy"] == {"limits": []}


def test_an_instance_without_a_plan_is_exit_3_with_what_to_give_up(tmp_path):
    wish = write_instance(tmp_path / "wish", {W + "slo": CHANGES[W + "slo"], W + "regions": {"jurisdictions": ["EU"]}})
    said = planner("explain", wish, "--out", tmp_path / "plan", "--format", "json", "--threads", "1")

    assert said.code == 3
    assert said.json["relaxation"]["ways"][0]["relaxations"][0]["kind"] == "residency"


def test_a_fleet_cheaper_than_the_plan_that_a_question_finds_is_told():
    costs = pd.DataFrame({"workload": [], "full_usd_per_mtok": []})
    fleets = tuple(Fleet(("a",), usd, None, {"a": 1}, {"a": 1.0}) for usd in (97.0, 100.0))
    ups = RunnerUps(0.02, "kinds", 0.0, 0.0, fleets, is_complete=False)
    told = Explanation("one", Proved(100.0, 90.0), (), (), (), ups, None, costs)
    best = dataclasses.replace(told, plan=Proved(97.0, 90.0))

    assert told.cheapest_usd == 97.0
    assert "found one at 97.00 usd, cheaper than the plan" in told.lines[1]
    assert best.cheapest_usd is None
