"""The table of wishes has a row for each workload that has any."""

from planner.options.service import has_wishes, may_go_elsewhere, service_table
from tests.small_instances import second_workload, small_instance


def test_only_workloads_with_wishes_have_a_row(tmp_path):
    instance = small_instance(tmp_path, {"workloads.1": second_workload(unserved_usd_per_request=0.01)})
    table = service_table(instance)

    assert table[["workload", "unserved_usd_per_request"]].to_dict("records") == [
        {"workload": "code", "unserved_usd_per_request": 0.01}
    ]
    assert [has_wishes(w) for w in instance.settings.workloads] == [False, True]
    assert [may_go_elsewhere(w) for w in instance.settings.workloads] == [False, True]
