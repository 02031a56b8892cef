"""People hear of workloads, not of classes; the audit's split is that of the options, stated apart."""

import numpy as np
import pandas as pd
import pytest

from planner.economics.unit_costs import plan_unit_costs
from planner.inputs.instance import load_instance
from planner.options.length_classes import by_class, length_classes
from planner.pipeline import SolveSettings, make_plan
from planner.plan.compare import compare_plans
from planner.plan.length_classes import _split, classed, spoken, workload_of
from planner.plan.summary import summary
from planner.reports.facts import report_facts
from planner.studies.relax import what_to_give_up
from tests.classed_instances import HOURS, classed_instance
from tests.options.test_length_classes import random_lengths

SETTINGS = SolveSettings(gap=1e-6, threads=1, time_limit_s=60.0)


@pytest.mark.parametrize("is_trace", [False, True])
def test_the_split_stated_twice_is_one_split(is_trace):
    for seed in range(25):
        lengths = random_lengths(seed)
        for count in (2, 5, 16):
            ours, theirs = _split(lengths, count, is_trace), length_classes(lengths, count, is_trace)

            assert [len(one) for one in ours] == [len(one) for one in theirs]
            assert np.allclose([one["weight"].sum() for one in ours], [one["weight"].sum() for one in theirs])


def test_both_statements_make_the_same_instance(tmp_path):
    instance = load_instance(classed_instance(tmp_path))

    pd.testing.assert_frame_equal(classed(instance).demand, by_class(instance).demand)


def test_the_plan_is_optimal_and_passes_its_audit(classed_outcome):
    assert classed_outcome.plan.facts.objective_usd == pytest.approx(5.0 * HOURS)
    assert classed_outcome.audit.passed
    assert classed_outcome.audit.checks["length_classes"] == 1
    assert workload_of(classed_outcome.prepared.coefficients) == {"chat#1": "chat", "chat#2": "chat"}


def test_rows_are_told_of_the_workload(classed_outcome):
    coefficients, tables = classed_outcome.prepared.coefficients, classed_outcome.plan.tables

    assert set(tables.traffic["workload"]) == {"chat#1", "chat#2"}
    assert set(spoken(tables.traffic, coefficients)["workload"]) == {"chat"}
    assert "cost by workload: chat " in summary(classed_outcome.plan, coefficients).lines[-1]


@pytest.mark.slow
def test_report_unit_costs_and_comparison_speak_of_the_workload(classed_outcome, tmp_path):
    whole = make_plan(classed_instance(tmp_path / "instance", 1), tmp_path / "plan", SETTINGS)
    facts, units = report_facts(classed_outcome.folder), plan_unit_costs(classed_outcome.folder)

    assert facts.unit_costs["workload"].tolist() == ["chat", "all"]
    assert facts.unit_costs["requests"].iloc[0] == pytest.approx(10.0 * 3600 * HOURS)
    assert facts.unit_costs["usd"].iloc[-1] + 0.0 <= 5.0 * HOURS
    assert facts.demand["demand"].tolist() == pytest.approx([10.0] * 4)
    assert facts.routes["share"].sum() == pytest.approx(1.0)
    assert set(facts.routes["workload"]) == {"chat#1", "chat#2"}, "who serves which class is told"
    tokens = units.by(["workload"]).set_index("workload")
    assert tokens.loc["chat", "mtok_input"] == pytest.approx((0.9 * 100 + 0.1 * 900) * 10 * 3600 * HOURS / 1e6)
    assert units.energy["workload"].tolist() == ["chat", "idle", "all"]
    assert units.detail[
        ["usd_input", "usd_cached", "usd_output", "usd_by_request", "usd_idle"]
    ].to_numpy().sum() == pytest.approx(5.0 * HOURS)
    told = compare_plans(whole.folder, classed_outcome.folder)
    assert "settings workloads[chat].length_buckets: 1 -> 2" in "\n".join(told.lines)
    assert told.traffic_shares.empty, "the same model serves all of chat before and after"


def test_ways_out_are_not_looked_for_where_there_are_classes(tmp_path):
    found = what_to_give_up(classed_instance(tmp_path), SETTINGS, {"supply.nodes_max_per_offer": 0}, 5.0)

    assert found.ways == ()
