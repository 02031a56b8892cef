"""What a plan that cannot be is told as: which limits no plan keeps, by how much, and how near a fleet comes."""

from pathlib import Path

import pytest

from planner.errors import UnsatisfiableError
from planner.methods.result import Need
from planner.pipeline import SolveSettings, make_plan, need_faults, read
from tests.small_instances import write_instance

LIMITS = [
    {"limit": "power", "kind": "power_kw", "value": 50.0},
    {"limit": "cash", "kind": "budget_usd", "value": 2_000_000.0},
]


def test_a_limit_that_no_plan_keeps_is_told_with_what_every_plan_needs(tmp_path: Path) -> None:
    instance, _ = read(write_instance(tmp_path, {"limits": LIMITS}))

    (fault,) = need_faults(Need(("budget[cash]",), 1.022), [("budget[cash]", 1.153)], instance)

    assert "limits[1]" in fault.where
    assert fault.expected == "2.044e+06 or more, as every plan needs 102.2% of budget[cash] (proved)"
    assert fault.found == "2,000,000; a fleet that takes 115.3% of it was met"


def test_of_several_limits_one_is_broken(tmp_path: Path) -> None:
    instance, _ = read(write_instance(tmp_path, {"limits": LIMITS}))

    faults = need_faults(Need(("budget[cash]", "power[power,us-virginia,q1]", "other[x]"), 1.05), [], instance)

    assert ["limits[1]" in faults[0].where, "limits[0]" in faults[1].where] == [True, True]
    assert all("one of budget[cash], power[power,us-virginia,q1], other[x], 105.0%" in fault.expected for fault in faults)
    assert [fault.found for fault in faults] == ["2,000,000", "50", "what there is"]


def test_a_budget_that_fractions_of_nodes_keep_and_whole_ones_do_not_is_told_so(tmp_path: Path) -> None:
    """All is rented by the hour, so that the cheapest plan is the one of least cash; whole nodes serve more than is asked."""
    exact = SolveSettings(gap=1e-6, threads=1, time_limit_s=60)
    rented = {"supply.terms": ["on_demand"]}
    ample = write_instance(tmp_path / "ample", {**rented, "limits": [{**LIMITS[1], "value": 1e9}]}, requests_per_s=400.0)
    least = make_plan(ample, tmp_path / "plan", exact).plan.facts.objective_usd
    tight = write_instance(tmp_path / "tight", {**rented, "limits": [{**LIMITS[1], "value": 0.98 * least}]}, requests_per_s=400.0)

    with pytest.raises(UnsatisfiableError) as told:
        make_plan(tight, tmp_path / "none", exact)

    assert not (tmp_path / "none").exists()
    assert "as every plan needs 102.0% of budget[cash] (proved)" in str(told.value)
    assert "a fleet that takes 102.0% of it was met" in str(told.value)
