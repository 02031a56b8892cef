"""Pools are conservative: whatever the split of traffic, promises hold and loads add up to no more than is counted."""

import numpy as np
import pytest

from planner.errors import UnsatisfiableError
from planner.inputs.instance import Instance
from planner.options.calibrated import load_calibration
from planner.options.enumeration import enumerate_places
from planner.options.network import path_table
from planner.options.pooling import pool_points
from planner.options.promises import promises
from planner.options.rates import Bench, Point, make_bench, workload_lengths
from planner.options.variants import candidate_variants
from planner.roofline import service
from planner.roofline.lengths import Lengths
from tests.small_instances import second_workload, shipped_catalog, small_instance

CATALOG = shipped_catalog()
CALIBRATION = load_calibration()
LONG = {"input_tokens_mean": 6000, "output_tokens_mean": 800}
SHORT_SLO = [{"metric": "ttft", "statistic": "p95", "ms": 900}, {"metric": "tpot", "statistic": "mean", "ms": 25}]


def pooled(folder, lengths=LONG, **more) -> Instance:
    """Returns an instance whose `chat` (1000 in, 200 out) and `code` share a pool."""
    return small_instance(
        folder,
        {
            "workloads.0.slo": SHORT_SLO,
            "workloads.1": second_workload(lengths=lengths, **more),
            "pools": [{"pool": "both", "workloads": ["chat", "code"]}],
            "regions": ["us-virginia", "us-ohio"],
        },
    )


def made(instance: Instance) -> tuple[Bench, list[Point]]:
    """Returns the bench and the pool's points."""
    places = enumerate_places(instance, CATALOG, candidate_variants(instance, CATALOG), ["1xH100-SXM", "8xH100-SXM"])
    bench = make_bench(instance, places, CALIBRATION)
    eligible = {w.workload: list(candidate_variants(instance, CATALOG)) for w in instance.settings.workloads}
    points, faults = pool_points(instance, bench, path_table(instance, CATALOG), eligible)
    if faults:
        raise UnsatisfiableError(faults)
    return bench, points


def alone(bench: Bench, instance: Instance, point: Point, lengths: Lengths | None = None) -> service.Service:
    """Returns the steady state of a point's place at its batch with one workload's lengths, or a mix."""
    position = np.array([[p.name for p in bench.places].index(point.place.name)])
    candidates, efficiencies = bench.candidates.take(position), bench.efficiencies.take(position)
    workload = next(w for w in instance.settings.workloads if w.workload == point.workload)
    seen = service.traffic(candidates, lengths or workload_lengths(instance, workload), efficiencies, 0.0, 0.95)
    return service.steady_state(candidates, np.array([point.batch]), seen, efficiencies, 0.95)


def test_every_member_has_a_point_at_every_place_of_the_pool_at_one_batch(tmp_path):
    _, points = made(pooled(tmp_path))
    by_option: dict[tuple[str, float], set[str]] = {}
    for point in points:
        by_option.setdefault((point.option, point.network_ms_max), set()).add(point.workload)

    assert by_option
    assert all(members == {"chat", "code"} for members in by_option.values())


def test_every_promise_of_every_member_holds(tmp_path):
    instance = pooled(tmp_path)
    _, points = made(instance)

    for point in points:
        workload = next(w for w in instance.settings.workloads if w.workload == point.workload)
        for promise in promises(workload):
            assert (point.ttft_ms + point.network_ms_max) / 1000 <= promise.ttft_limit_s * (1 + 1e-9)
            assert point.tpot_ms / 1000 * promise.tpot_margin <= promise.tpot_limit_s * (1 + 1e-9)


def test_a_pools_rate_is_never_above_the_dedicated_rate_at_the_same_batch(tmp_path):
    instance = pooled(tmp_path)
    bench, points = made(instance)
    ratios = {(p.workload, p.place.name): p.requests_per_s / alone(bench, instance, p).requests_per_s[0] for p in points}

    assert max(ratios.values()) <= 1 + 1e-9
    assert min(ratio for (w, _), ratio in ratios.items() if w == "chat") < 0.99, "chat pays for the contexts of code"
    assert all(ratio == pytest.approx(1.0) for (w, _), ratio in ratios.items() if w == "code"), "code is the heavier member"


def test_a_pool_of_equals_loses_nothing(tmp_path):
    instance = pooled(tmp_path, lengths={"input_tokens_mean": 1000, "output_tokens_mean": 200})
    bench, points = made(instance)

    for point in points:
        assert point.requests_per_s == pytest.approx(alone(bench, instance, point).requests_per_s[0])


@pytest.mark.parametrize(
    "lengths",
    [LONG, {"input_tokens_mean": 20, "output_tokens_mean": 900}, {"input_tokens_mean": 12000, "output_tokens_mean": 10}],
)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.98])
def test_no_split_of_traffic_is_slower_or_takes_more_than_is_counted(tmp_path, lengths, share):
    """At the pool's batch a mix of the members' requests has a step, a stretch and a load within what the pool assumes."""
    slack = [{"metric": "ttft", "statistic": "mean", "ms": 60000}, {"metric": "tpot", "statistic": "mean", "ms": 150}]
    instance = pooled(tmp_path, lengths=lengths, slo=slack)
    bench, points = made(instance)
    one, other = (workload_lengths(instance, w) for w in instance.settings.workloads)
    mix = Lengths.of(
        np.concatenate([one.input_tokens, other.input_tokens]), np.concatenate([one.output_tokens, other.output_tokens]),
        np.concatenate([one.weight * share, other.weight * (1 - share)]),
    )  # fmt: skip
    pairs = {
        (p.place.name, p.network_ms_max): {
            q.workload: q for q in points if (q.place.name, q.network_ms_max) == (p.place.name, p.network_ms_max)
        }
        for p in points
    }
    for members in pairs.values():
        found = alone(bench, instance, members["chat"], mix)
        counted = 1 / (share / members["chat"].requests_per_s + (1 - share) / members["code"].requests_per_s)

        assert found.tpot_s[0] * 1000 <= max(m.tpot_ms for m in members.values()) * (1 + 1e-6)
        assert found.requests_per_s[0] >= counted * (1 - 1e-6)


def test_a_pool_whose_members_exclude_each_other_is_told(tmp_path):
    instance = pooled(tmp_path)
    bench, _ = made(instance)
    variants = list(candidate_variants(instance, CATALOG))

    points, [fault] = pool_points(instance, bench, path_table(instance, CATALOG), {"chat": variants, "code": []})

    assert points == []
    assert "keeps the promises of all of chat, code" in fault.expected


def test_a_pool_that_no_replica_can_hold_is_told(tmp_path):
    instance = pooled(tmp_path, slo=[{"metric": "tpot", "statistic": "mean", "ms": 0.1}])

    with pytest.raises(UnsatisfiableError, match=r"pools\[0\]"):
        made(instance)
