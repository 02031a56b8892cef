"""The physical floor is what a promise can be set to and still be kept, by one sequence a replica; below it nothing keeps it."""

import numpy as np
import pandas as pd
import pytest

from planner.options.calibrated import load_calibration
from planner.options.enumeration import enumerate_places
from planner.options.floor import floors, why_none
from planner.options.rates import make_bench, workload_lengths, workload_points
from planner.options.variants import candidate_variants
from tests.small_instances import shipped_catalog, small_instance

CATALOG = shipped_catalog()
NETWORK_MS = 25.0


def ground(folder, targets, **changes):
    """Returns an instance, its bench and what `floors` takes of them."""
    slo = [{"metric": metric, "statistic": statistic, "ms": ms} for metric, statistic, ms in targets]
    instance = small_instance(folder, {"workloads.0.slo": slo, **changes})
    variants = list(candidate_variants(instance, CATALOG))
    bench = make_bench(instance, enumerate_places(instance, CATALOG, variants, ["8xH100-SXM"]), load_calibration())
    workload = instance.settings.workloads[0]
    return instance, bench, (workload, bench, np.arange(len(bench.places)), workload_lengths(instance, workload), NETWORK_MS)


def points_at(folder, targets):
    """Returns the points of the workload with its promises at `targets`."""
    instance, bench, _ = ground(folder, targets)
    paths = pd.DataFrame([{"workload": "chat", "region": "r", "network_ms": NETWORK_MS, "is_allowed": True}])
    return workload_points(instance, bench, paths, {"chat": list(candidate_variants(instance, CATALOG))})[0]


@pytest.mark.parametrize("promise", [("ttft", "p95"), ("tpot", "mean"), ("tpot", "p99"), ("e2e", "p95"), ("e2e", "mean")])
def test_a_promise_at_the_floor_is_kept_and_one_below_it_is_not(tmp_path, promise):
    _, _, given = ground(tmp_path, [(*promise, 1e-3)])
    [floor] = floors(*given)

    assert floor.is_broken
    assert {p.batch for p in points_at(tmp_path, [(*promise, floor.ms * 1.0001)])} == {1.0}
    assert points_at(tmp_path, [(*promise, floor.ms * 0.9999)]) == []


def test_only_the_promises_below_the_floor_are_told(tmp_path):
    _, _, given = ground(tmp_path, [("ttft", "mean", 9000), ("tpot", "mean", 0.01)])
    _, found = why_none(*given)

    assert found.startswith("a promise below the physical floor: tpot mean <= 0.01 ms against ")
    assert "ttft" not in found


def test_promises_that_hold_apart_and_not_together_are_both_told(tmp_path):
    _, _, given = ground(tmp_path, [("ttft", "mean", 9000), ("tpot", "mean", 9000)])

    assert why_none(*given)[1].startswith("promises that each hold somewhere and nowhere together: ttft mean <= 9000 ms")
