"""Workloads: one form of lengths, each promise once, names that cannot break a key."""

import pytest
from pydantic import ValidationError

from planner.inputs.workloads import DEMAND, HISTOGRAM, Lengths, Pool, Workload

SLO = [{"metric": "ttft", "ms": 500}]
MEANS = {"input_tokens_mean": 10, "output_tokens_mean": 20}


def workload(**more) -> Workload:
    """Returns a workload with some keys replaced."""
    return Workload.model_validate({"workload": "chat", "origin": "us-virginia", "lengths": MEANS, "slo": SLO, **more})


def test_defaults_ask_for_nothing_special():
    found = workload()

    assert found.slo[0].statistic == "p95", "a promise without a statistic is on the 95th percentile"
    assert (found.replicas_min, found.prefix_hit_share, found.quality) == (0, 0.0, None)
    assert found.unserved_usd_per_request is None, "every request is served"
    assert found.regions.allow == found.regions.deny == found.regions.jurisdictions == ()


@pytest.mark.parametrize(
    "lengths",
    [
        {},
        {"input_tokens_mean": 5},
        {"output_tokens_mean": 5},
        {**MEANS, "trace": "t.csv"},
        {"histogram": "h.csv", "trace": "t.csv"},
        {"input_tokens_mean": 0, "output_tokens_mean": 5},
    ],
)
def test_lengths_come_in_exactly_one_form(lengths):
    with pytest.raises(ValidationError):
        Lengths.model_validate(lengths)


@pytest.mark.parametrize("lengths", [MEANS, {"histogram": "h.csv"}, {"trace": "t.csv"}])
def test_each_form_of_lengths_is_admitted(lengths):
    assert Lengths.model_validate(lengths)


@pytest.mark.parametrize(
    "change",
    [
        {"slo": [*SLO, {"metric": "ttft", "statistic": "p95", "ms": 900}]},
        {"slo": [{"metric": "speed", "ms": 5}]},
        {"slo": [{"metric": "ttft", "statistic": "p42", "ms": 5}]},
        {"slo": [{"metric": "ttft", "ms": 0}]},
        {"workload": "a|b"},
        {"workload": "a,b"},
        {"workload": " a"},
        {"workload": ""},
        {"workload": 5},
        {"replicas_min": -1},
        {"replicas_min": 1.5},
        {"prefix_hit_share": 1.5},
        {"quality": {"benchmark": "B"}},
        {"colour": "red"},
    ],
)
def test_what_makes_no_sense_is_refused(change):
    with pytest.raises(ValidationError):
        workload(**change)


def test_two_statistics_of_one_metric_are_two_promises():
    assert (
        len(workload(slo=[{"metric": "ttft", "statistic": "mean", "ms": 5}, {"metric": "ttft", "statistic": "p99", "ms": 9}]).slo)
        == 2
    )


def test_a_pool_has_two_members():
    with pytest.raises(ValidationError):
        Pool.model_validate({"pool": "p", "workloads": ["chat"]})


def test_demand_admits_zero_and_histograms_have_no_key():
    rate = next(column for column in DEMAND.columns if column.name == "requests_per_s")

    assert (rate.minimum, rate.is_positive, rate.nullable) == (0.0, False, False)
    assert DEMAND.key == ("workload", "period", "block", "scenario")
    assert HISTOGRAM.key == ()
