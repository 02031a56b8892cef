"""The table of parts has a row for each workload that asks for any."""

from planner.options.slices import slice_table
from tests.small_instances import small_instance


def test_only_workloads_in_parts_have_a_row(tmp_path):
    assert slice_table(small_instance(tmp_path / "a")).empty
    assert slice_table(small_instance(tmp_path / "b", {"workloads.0.slices": 4})).to_dict("records") == [
        {"workload": "chat", "parts": 4}
    ]
