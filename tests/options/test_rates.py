"""Operating points: the largest batch under every promise, a point for each class of network time, the user's own rates."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from planner.errors import InputError, UnsatisfiableError
from planner.inputs.instance import Instance
from planner.options.calibrated import load_calibration
from planner.options.enumeration import enumerate_places
from planner.options.rates import NETWORK_STEP_MS, Bench, Point, make_bench, user_points, workload_lengths, workload_points
from planner.options.variants import candidate_variants
from planner.roofline import service
from tests.small_instances import shipped_catalog, small_instance

CATALOG = shipped_catalog()
CALIBRATION = load_calibration()
NODES = ["1xH100-SXM", "8xH100-SXM"]
PLACE = "llama-3.1-8b@fp8/1xH100-SXM/tp1"


def bench_of(instance: Instance) -> Bench:
    """Returns the bench of all candidates on the test's node types."""
    return make_bench(instance, enumerate_places(instance, CATALOG, candidate_variants(instance, CATALOG), NODES), CALIBRATION)


def points_of(instance: Instance, network_ms=(10.0,)) -> list[Point]:
    """Returns the points of the first workload with regions at these network times."""
    paths = pd.DataFrame(
        [{"workload": "chat", "region": f"r{i}", "network_ms": ms, "is_allowed": True} for i, ms in enumerate(network_ms)]
    )
    eligible = {w.workload: list(candidate_variants(instance, CATALOG)) for w in instance.settings.workloads}
    points, faults = workload_points(instance, bench_of(instance), paths, eligible)
    if faults:
        raise UnsatisfiableError(faults)
    return points


def with_slo(folder, *targets, **changes) -> Instance:
    """Returns the small instance with (metric, statistic, ms) promises."""
    slo = [{"metric": metric, "statistic": statistic, "ms": ms} for metric, statistic, ms in targets]
    return small_instance(folder, {"workloads.0.slo": slo, **changes})


def at(points: list[Point], name: str = PLACE) -> list[Point]:
    """Returns the points of one place."""
    return [p for p in points if p.place.name == name]


def test_points_keep_their_promises_at_the_edge_of_their_network_class(tmp_path):
    for point in points_of(with_slo(tmp_path, ("ttft", "mean", 400), ("tpot", "mean", 12)), (10.0, 90.0, 140.0)):
        assert point.network_ms_max % NETWORK_STEP_MS == 0
        assert point.ttft_ms + point.network_ms_max <= 400 * (1 + 1e-9)
        assert point.tpot_ms <= 12 * (1 + 1e-9)
        assert point.ttft_ms > 0


def test_the_batch_is_the_largest_that_keeps_them(tmp_path):
    instance = with_slo(tmp_path, ("ttft", "mean", 400), ("tpot", "mean", 12))
    bench, lengths = bench_of(instance), workload_lengths(instance, instance.settings.workloads[0])
    for point in points_of(instance, (25.0,)):
        position = np.array([[p.name for p in bench.places].index(point.place.name)])
        candidates, efficiencies = bench.candidates.take(position), bench.efficiencies.take(position)
        next_up = service.operating_point(candidates, point.batch + 1, lengths, efficiencies)
        here = service.operating_point(candidates, point.batch, lengths, efficiencies)
        is_full = service.batch_max(candidates, lengths, efficiencies)[0] <= point.batch

        assert is_full or next_up.tpot_s[0] * 1000 > 12 or next_up.ttft_s[0] * 1000 + 25 > 400
        assert here.requests_per_s[0] == pytest.approx(point.requests_per_s)
        assert {"tpot", "ttft", "memory", "engine"} >= {point.bound}


def test_each_class_of_network_time_has_its_own_point(tmp_path):
    """At most 200 ms to the first token, of which 10, 60 and 110 ms are the network's: three batches, or one where they agree."""
    points = at(points_of(with_slo(tmp_path, ("ttft", "mean", 200)), (10.0, 60.0, 110.0)))
    by_reach = {p.network_ms_max: p.batch for p in points}

    assert set(by_reach) <= {25.0, 75.0, 125.0}
    assert max(by_reach) == 125.0, "the furthest region has a point"
    batches = [by_reach[reach] for reach in sorted(by_reach)]
    assert batches == sorted(batches, reverse=True)
    assert len(set(batches)) == len(batches), "equal batches are one point"


def test_regions_of_one_class_share_a_point_and_a_loose_promise_has_one(tmp_path):
    assert len(at(points_of(with_slo(tmp_path / "a", ("ttft", "mean", 200)), (30.0, 40.0, 49.0)))) == 1
    loose = at(points_of(with_slo(tmp_path / "b", ("tpot", "mean", 12)), (1.0, 60.0, 300.0)))
    assert [p.network_ms_max for p in loose] == [300.0], "the network is no part of the time per token"


def test_a_promise_on_a_percentile_is_stricter_than_on_the_mean(tmp_path):
    for metric, ms in (("tpot", 12), ("ttft", 70), ("e2e", 3000)):
        batches = [at(points_of(with_slo(tmp_path / f"{metric}{s}", (metric, s, ms))))[0].batch for s in ("mean", "p95", "p99")]

        assert batches == sorted(batches, reverse=True)
        assert batches[0] > batches[-1]


def test_two_statistics_together_take_the_smaller_batch(tmp_path):
    def batch(folder, *targets):
        return at(points_of(with_slo(tmp_path / folder, *targets)))[0].batch

    alone = batch("a", ("tpot", "mean", 12)), batch("b", ("tpot", "p99", 15))

    assert batch("c", ("tpot", "mean", 12), ("tpot", "p99", 15)) == min(alone)


@pytest.mark.parametrize("metric", ["ttft", "tpot", "e2e"])
def test_a_looser_promise_never_lowers_a_rate(tmp_path, metric):
    levels = {"ttft": (60, 100, 400, 5000), "tpot": (6, 9, 14, 60), "e2e": (1500, 2500, 6000, 60000)}[metric]
    rates: dict[str, list[float]] = {}
    for ms in levels:
        for point in points_of(with_slo(tmp_path / str(ms), (metric, "p95", ms))):
            rates.setdefault(point.place.name, []).append(point.requests_per_s)

    assert rates
    assert all(found == sorted(found) for found in rates.values())
    assert any(len(set(found)) > 1 for found in rates.values())


def test_cached_prefixes_raise_the_rate(tmp_path):
    plain = at(points_of(with_slo(tmp_path / "a", ("tpot", "mean", 12))))[0]
    cached = at(points_of(with_slo(tmp_path / "b", ("tpot", "mean", 12), **{"workloads.0.prefix_hit_share": 0.8})))[0]

    assert cached.requests_per_s > plain.requests_per_s * 1.05


def test_the_engines_limit_caps_the_batch(tmp_path):
    points = points_of(with_slo(tmp_path, ("ttft", "mean", 60000), **{"deployment.batch_max": 16}))

    assert {p.batch for p in points} == {16.0}
    assert {p.bound for p in points} == {"engine"}


def test_a_lower_confidence_never_raises_a_rate(tmp_path):
    mid = {p.place.name: p for p in points_of(with_slo(tmp_path / "a", ("tpot", "mean", 12)))}
    low = {p.place.name: p for p in points_of(with_slo(tmp_path / "b", ("tpot", "mean", 12), **{"deployment.confidence": "low"}))}

    assert low.keys() <= mid.keys()
    assert all(low[name].requests_per_s < mid[name].requests_per_s and low[name].tpot_ms <= 12 * (1 + 1e-9) for name in low)


def test_an_impossible_promise_names_the_floor_that_was_reached(tmp_path):
    with pytest.raises(UnsatisfiableError) as caught:
        points_of(with_slo(tmp_path, ("tpot", "p95", 0.5), ("ttft", "mean", 9000)))
    fault = caught.value.faults[0]

    assert "workloads[0]" in fault.where
    assert "tpot p95 <= 0.5 ms against" in fault.found
    assert "(an empty llama-3.1-8b@fp8/" in fault.found
    assert "ttft" not in fault.found, "the promise that can be kept is not told"


def test_a_model_that_fits_nowhere_names_the_closest_place(tmp_path):
    instance = small_instance(tmp_path, {"candidates": [{"model": "deepseek-r1", "precisions": ["bf16"]}]})

    with pytest.raises(UnsatisfiableError, match=r"the closest, deepseek-r1@bf16/8xH100-SXM/\S+, needs \d+ GiB .* has 80 GiB"):
        points_of(instance)


def test_no_arithmetic_is_told(tmp_path):
    instance = small_instance(tmp_path)

    paths = pd.DataFrame([{"workload": "chat", "region": "r", "network_ms": 1.0, "is_allowed": True}])
    points, faults = workload_points(instance, bench_of(instance), paths, {"chat": []})

    assert points == []
    assert ["no offered accelerator runs" in fault.found for fault in faults] == [True]


RATES = "workload,variant,node_type,tp,requests_per_s,ttft_ms,tpot_ms,source\n"


def own_points(folder, rows: str, **changes):
    """Returns the user's points and what they replace."""
    instance = small_instance(folder, {"tables.rates": "rates.csv", **changes}, {"rates.csv": RATES + rows})
    places = enumerate_places(instance, CATALOG, candidate_variants(instance, CATALOG), NODES)
    return user_points(instance, CATALOG, places, {"chat": list(candidate_variants(instance, CATALOG))})


def test_own_rates_replace_the_modelled_ones(tmp_path):
    points, replaced = own_points(
        tmp_path, "chat,Llama-3.1-8B-Instruct@FP8,1xH100-SXM,1,7.5,300,20,bench\nchat,llama-3.1-8b@fp8,8xH100-SXM,2,0,,,bench\n"
    )

    assert replaced == {("chat", PLACE), ("chat", "llama-3.1-8b@fp8/8xH100-SXM/tp2")}, "a rate of 0 takes the option away"
    assert [(p.option, p.requests_per_s, p.source) for p in points] == [(f"{PLACE}/user", 7.5, "user")]
    assert points[0].network_ms_max == 2000 - 300, "what the user's own first token leaves of the promise"


def test_own_rates_without_latencies_hold_at_any_distance(tmp_path):
    points, _ = own_points(tmp_path, "chat,llama-3.1-8b@fp8,1xH100-SXM,1,7.5,,,bench\n")

    assert math.isnan(points[0].network_ms_max)


@pytest.mark.parametrize(
    ("row", "fragment"),
    [
        ("chat,qwen3-8b@fp8,1xH100-SXM,1,7,,,b\n", "rates.csv, line 2: expected a candidate"),
        ("chat,llama-3.1-8b@fp8,1xH100-SXM,3,7,,,b\n", "legal layout"),
        ("chat,llama-3.1-8b@fp8,8xA100-80GB-SXM,1,7,,,b\n", "offered node type"),
        ("chat,llama-3.1-8b@fp8,1xH100-SXM,1,7,2001,,b\n", "line 2, column ttft_ms: expected at most the promised 2000 ms"),
        ("chat,llama-3.1-8b@fp8,1xH100-SXM,1,7,,41,b\n", "line 2, column tpot_ms: expected at most the promised 40 ms"),
    ],
)
def test_own_rates_of_nothing_or_that_break_a_promise_are_told(tmp_path, row, fragment):
    with pytest.raises(InputError, match=fragment):
        own_points(tmp_path, row)


def test_own_rates_of_a_variant_that_the_workload_may_not_use_are_told(tmp_path):
    instance = small_instance(
        tmp_path, {"tables.rates": "rates.csv"}, {"rates.csv": RATES + "chat,llama-3.1-8b@fp8,1xH100-SXM,1,7,,,b\n"}
    )
    places = enumerate_places(instance, CATALOG, candidate_variants(instance, CATALOG), NODES)

    with pytest.raises(InputError, match="a variant that chat may use"):
        user_points(instance, CATALOG, places, {"chat": []})


def test_points_are_frozen(tmp_path):
    with pytest.raises(dataclasses.FrozenInstanceError):
        points_of(small_instance(tmp_path))[0].batch = 1.0
