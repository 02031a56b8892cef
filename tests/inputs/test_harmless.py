"""Malformed limits are told together with everything else: they are read as harmless, never as right."""

import pytest

from planner.errors import InputError
from planner.pipeline import read
from tests.small_instances import write_instance

LIMIT = {"limit": "a", "kind": "budget_usd", "value": 1.0}


def told(folder, limits, **changes):
    """Returns where each fault of an instance with these limits stands."""
    with pytest.raises(InputError) as caught:
        read(write_instance(folder, {"limits": limits, **changes}))
    return [fault.where.rpartition(", ")[2] for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"value": -1}, "limits[0].value"),
        ({"value": "much"}, "limits[0].value"),
        ({"kind": "wishes", "scope": "nobody"}, "limits[0].kind"),
        ({"limit": ""}, "limits[0].limit"),
        ({"colour": "red"}, "limits[0].colour"),
    ],
)
def test_a_malformed_limit_hides_no_other_fault(tmp_path, wrong, where):
    limits = [{**LIMIT, **wrong}, {"limit": "b", "kind": "options_max", "scope": "mars", "value": 0.5}]
    found = told(
        tmp_path, limits, **{"workloads.0.origin": "atlantis", "horizon.blocks": [{"block": "day", "hours_per_day": 23}]}
    )

    assert found == [where, "horizon.blocks", "workloads[0].origin", "limits[1].scope", "limits[1].value"]


def test_limits_that_are_no_list_are_told_alone(tmp_path):
    assert told(tmp_path, "none") == ["limits"]
