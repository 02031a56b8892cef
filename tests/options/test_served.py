"""One ground serves any promises; workloads and pools that it does not serve are told at once."""

import dataclasses

from planner.options.calibrated import load_calibration
from planner.options.served import ground_of, served
from tests.small_instances import second_workload, shipped_catalog, small_instance

CATALOG = shipped_catalog()
SLOW = [{"metric": "tpot", "statistic": "mean", "ms": 40}]
TOO_FAST = [{"metric": "tpot", "statistic": "mean", "ms": 0.1}]


def test_one_ground_serves_other_promises_as_its_own_ground_would(tmp_path):
    loose, tight = (small_instance(tmp_path / str(ms), {"workloads.0.slo.1.ms": ms}) for ms in (40, 15))
    ground = ground_of(loose, CATALOG, load_calibration())
    over = dataclasses.replace(loose, settings=tight.settings)

    assert served(over, CATALOG, ground).points == served(tight, CATALOG, ground_of(tight, CATALOG, load_calibration())).points
    assert served(over, CATALOG, ground).points != served(loose, CATALOG, ground).points


def test_a_workload_and_a_pool_that_nothing_serves_are_told_together(tmp_path):
    changes = {
        "workloads.0.slo": TOO_FAST, "workloads.1": second_workload(slo=SLOW),
        "workloads.2": {**second_workload(slo=TOO_FAST), "workload": "extra"},
        "pools": [{"pool": "both", "workloads": ["code", "extra"]}],
    }  # fmt: skip
    instance = small_instance(tmp_path, changes)
    found = served(instance, CATALOG, ground_of(instance, CATALOG, load_calibration()))

    assert found.points == []
    assert [fault.where.rpartition(", ")[2] for fault in found.faults] == ["workloads[0]", "pools[0]"]
