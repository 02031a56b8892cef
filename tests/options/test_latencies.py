"""Each statistic promised has its own latency, and a plan that keeps each of them passes its audit."""

import pytest

from planner.options.prepare import prepare
from planner.pipeline import SolveSettings, make_plan
from planner.plan.audit import audit_plan
from planner.reports.facts import report_facts
from tests.plan.damage import cell, edit
from tests.small_instances import shipped_catalog, small_instance, write_instance

LENGTHS = {"l.csv": "input_tokens,output_tokens,weight\n200,100,0.9\n8000,100,0.1\n"}
BOTH = {
    "workloads.0.lengths": {"histogram": "l.csv"},
    "workloads.0.slo": [{"metric": "ttft", "statistic": s, "ms": ms} for s, ms in (("mean", 200), ("p95", 2000))],
}  # fmt: skip


def test_one_statistic_needs_no_table(tmp_path):
    assert prepare(small_instance(tmp_path), shipped_catalog()).coefficients.latencies.empty


def test_each_statistic_is_what_it_is_where_it_is_promised_alone(tmp_path):
    found = prepare(small_instance(tmp_path / "both", BOTH, LENGTHS), shipped_catalog(), has_dominance=False).coefficients
    for statistic, ms in (("mean", 200), ("p95", 2000)):
        slo = [{"metric": "ttft", "statistic": statistic, "ms": ms}]
        alone = small_instance(tmp_path / statistic, {**BOTH, "workloads.0.slo": slo}, LENGTHS)
        rates = prepare(alone, shipped_catalog(), has_dominance=False).coefficients.rates
        same = rates.merge(found.latencies[found.latencies["statistic"] == statistic], on="option")

        assert len(same) > 0
        assert same["ttft_ms_y"].tolist() == pytest.approx(same["ttft_ms_x"].tolist())
        assert same["e2e_ms_y"].tolist() == pytest.approx(same["e2e_ms_x"].tolist())


def test_a_plan_keeps_a_tight_mean_beside_a_loose_percentile(tmp_path):
    """At the 95th percentile prompts of 8000 tokens take over 300 ms, more than the mean may: that is no broken promise."""
    make_plan(write_instance(tmp_path / "wish", BOTH, LENGTHS), tmp_path / "plan", SolveSettings())
    kept = report_facts(tmp_path / "plan").promises.set_index("statistic")["worst"]

    assert kept["mean"] <= 200 < kept["p95"] <= 2000
    edit(tmp_path / "plan", "inputs/coefficients/latencies.csv", cell("ttft_ms", 1e5, statistic="p95"))
    assert {f.check for f in audit_plan(tmp_path / "plan").findings} == {"slo"}
