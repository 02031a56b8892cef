"""Files of length buckets: rows and columns, shares as given, throughput 0, slices; and what is wrong with a file."""

import pytest

from planner.errors import InputError
from planner.imports.buckets import aibrix_problem, melange_problem
from tests.imports.peer_files import BUCKETS, write


def test_shares_are_used_as_given_and_zero_buckets_left_out(tmp_path):
    problem = melange_problem(write(tmp_path / "b.json", BUCKETS))

    assert {s.stream: s.requests_per_s for s in problem.streams} == {"in01-out01": 36.0, "in02-out01": 4.0, "in02-out02": 10.0}
    assert problem.streams[1].rates == {"small": 4.0, "big": 16.0}
    assert problem.streams[2].rates == {"small": 0.0, "big": 8.0}, "0: not eligible"
    assert (problem.slices, problem.is_shared, problem.accelerators_max) == (2, True, None)
    assert [(m.machine, m.accelerators, m.usd_per_hour) for m in problem.machines] == [("small", 1, 3.0), ("big", 1, 10.0)]


def test_rows_are_output_buckets_in_aibrix(tmp_path):
    problem = aibrix_problem(write(tmp_path / "b.json", BUCKETS))

    assert [s.stream for s in problem.streams] == ["out01-in01", "out02-in01", "out02-in02"]


def test_continuous_has_no_slices(tmp_path):
    assert melange_problem(write(tmp_path / "b.json", BUCKETS), is_continuous=True).slices == 0


def test_no_traffic_leaves_one_bucket(tmp_path):
    problem = melange_problem(write(tmp_path / "b.json", BUCKETS, {"total_request_rate": 0}))

    assert [(s.stream, s.requests_per_s) for s in problem.streams] == [("in01-out01", 0.0)]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"gpu_info": None}, "the key 'gpu_info'"),
        ({"gpu_info": {}}, "an object of GPU types"),
        ({"gpu_info": [1]}, "an object of GPU types"),
        ({"gpu_info.small": 5}, "gpu_info.small: expected the key 'cost', found int"),
        ({"gpu_info.small.cost": "3"}, "gpu_info.small.cost: expected a number >= 0, found '3'"),
        ({"gpu_info.small.cost": -3}, "found -3"),
        ({"gpu_info.small.tputs": [[1, 2]]}, "gpu_info.small.tputs: expected 2 x 2 numbers, found 1 x 2"),
        ({"gpu_info.small.tputs": [[1, 2], [3]]}, "rows of one length"),
        ({"gpu_info.small.tputs.0.0": -1}, "gpu_info.small.tputs[0][0]"),
        ({"workload_distribution": None}, "the key 'workload_distribution'"),
        ({"workload_distribution.1.0": "x"}, "workload_distribution[1][0]"),
        ({"total_request_rate": -1}, "total_request_rate: expected a number >= 0, found -1"),
        ({"slice_factor": 0}, "slice_factor: expected a whole number >= 1, found 0"),
        ({"slice_factor": 1.5}, "slice_factor: expected a whole number >= 1, found 1.5"),
        ({"slice_factor": 1001}, "slice_factor: expected at most 1000"),
        ({"slice_factor": None}, "the key 'slice_factor'"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, changes, told):
    with pytest.raises(InputError) as raised:
        melange_problem(write(tmp_path / "b.json", BUCKETS, changes))

    assert told in str(raised.value)


def test_all_problems_are_told_at_once(tmp_path):
    with pytest.raises(InputError) as raised:
        melange_problem(
            write(tmp_path / "b.json", BUCKETS, {"slice_factor": 0, "gpu_info.big.cost": -1, "total_request_rate": "1"})
        )

    assert len(raised.value.faults) == 3
