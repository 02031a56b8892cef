"""SLO targets as limits in seconds: one entry a statistic, infinity where nothing is promised."""

import math

import pytest

from planner.inputs.workloads import SloTarget, Workload
from planner.options.promises import QUANTILE, TPOT_TAIL, promises


def workload(*targets) -> Workload:
    """Returns a workload with (metric, statistic, ms) targets."""
    slo = [{"metric": metric, "statistic": statistic, "ms": ms} for metric, statistic, ms in targets]
    return Workload(workload="chat", origin="us-virginia", lengths={"input_tokens_mean": 10, "output_tokens_mean": 10}, slo=slo)


def test_targets_of_one_statistic_are_judged_together():
    found = promises(workload(("ttft", "mean", 500), ("tpot", "mean", 40)))

    assert len(found) == 1
    assert (found[0].ttft_limit_s, found[0].tpot_limit_s, found[0].e2e_limit_s) == (0.5, 0.04, math.inf)
    assert (found[0].ttft_quantile, found[0].tpot_margin) == (None, 1.0)


def test_each_statistic_has_limits_of_its_own():
    found = {p.ttft_quantile: p for p in promises(workload(("ttft", "p95", 800), ("tpot", "mean", 40), ("e2e", "p99", 9000)))}

    assert set(found) == {0.95, None, 0.99}
    assert (found[0.95].ttft_limit_s, found[0.95].tpot_limit_s) == (0.8, math.inf)
    assert (found[None].tpot_limit_s, found[None].ttft_limit_s) == (0.04, math.inf)
    assert (found[0.99].e2e_limit_s, found[0.99].e2e_quantile) == (9.0, 0.99)


@pytest.mark.parametrize(("statistic", "margin"), [("mean", 1.0), ("p50", 1.0), ("p95", 1.3), ("p99", 1.6)])
def test_a_percentile_of_tpot_is_held_with_its_tail(statistic, margin):
    assert promises(workload(("tpot", statistic, 40)))[0].tpot_margin == margin


def test_every_statistic_that_can_be_said_can_be_judged():
    said = set(SloTarget.model_json_schema()["properties"]["statistic"]["enum"])

    assert said == set(QUANTILE) == set(TPOT_TAIL)
    assert TPOT_TAIL["mean"] <= TPOT_TAIL["p95"] <= TPOT_TAIL["p99"]
