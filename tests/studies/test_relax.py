"""Fifteen instances without a plan, each with a known smallest relaxation: found, told, confirmed by solving with it."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from planner.errors import UnsatisfiableError
from planner.inputs.instance import Instance, load_instance
from planner.methods import MethodSettings, solve_program
from planner.options.calibrated import load_calibration
from planner.options.prepare import prepare
from planner.program.groups import Groups
from planner.studies.loosened_instance import Edit, edited
from planner.studies.loosening import loosened
from planner.studies.relax import CUT, Relaxed, WayOut, relax
from planner.studies.relaxation import Relaxation
from tests.small_instances import second_workload, shipped_catalog, write_instance

W = "workloads.0."
TPOT = [{"metric": "tpot", "statistic": "mean", "ms": 40}]
SETTINGS = MethodSettings(time_limit_s=120, threads=1)
FLOOR = {"benchmark": "LMArena win rate", "floor": 60, "reported_by": "LMArena"}


def instance_of(folder: Path, changes: dict[str, Any], requests_per_s: float = 10.0) -> Instance:
    return load_instance(write_instance(folder, {W + "slo": TPOT, **changes}, requests_per_s=requests_per_s))


def is_feasible(instance: Instance) -> bool:
    try:
        groups = Groups(prepare(instance, shipped_catalog()).coefficients)
    except UnsatisfiableError:
        return False
    return not groups.unroutable and not groups.losses.stranded and solve_program(groups, SETTINGS).decision is not None


def ways_of(instance: Instance) -> Relaxed:
    """Returns the ways out, after checks that hold for all: none without them, the best one confirmed and proved fewest."""
    assert not is_feasible(instance)
    found = relax(instance, shipped_catalog(), load_calibration(), SETTINGS)
    best = found.ways[0]
    assert found.is_fewest
    assert len(best.relaxations) == found.promises
    assert best.is_confirmed
    assert best.objective_usd is not None
    assert best.bound_usd is not None
    assert best.bound_usd <= best.objective_usd
    if all(edit.kind != "lead" for edit in best.edits):
        assert is_feasible(edited(instance, best.edits))
    json.dumps(found.record(), allow_nan=False)
    return found


def test_supply_that_is_too_small_names_the_missing_nodes(tmp_path):
    instance = instance_of(tmp_path, {"supply.nodes_max_per_offer": 1}, 2000.0)
    found = ways_of(instance)
    [more] = found.ways[0].relaxations

    assert more.kind == "supply"
    assert more.unit == "nodes"
    fewer = [dataclasses.replace(edit, value=edit.value - 1) for edit in more.edits]
    assert not is_feasible(edited(instance, fewer))
    assert f"+{int(more.after - more.before)} in q1" in more.text


def test_a_machine_that_arrives_too_late_is_told_with_its_periods(tmp_path):
    instance = instance_of(tmp_path, {"supply.terms": ["purchase"], "supply.purchase_regions": ["us-virginia"]})
    [earlier] = ways_of(instance).ways[0].relaxations

    assert earlier.promise == "lead|purchase/8xH100-SXM/us-virginia"
    assert earlier.after == 0
    assert f"delivered {earlier.before:g} periods earlier" in earlier.text


def test_an_slo_below_the_physical_floor_is_loosened_to_the_first_step_that_holds(tmp_path):
    """Steps start at the floor, however far below it the promise is."""
    ms = 0.0005
    instance = instance_of(tmp_path, {W + "slo": [{"metric": "tpot", "statistic": "mean", "ms": ms}]})
    with pytest.raises(UnsatisfiableError, match=r"tpot mean <= \S+ ms against (\S+) ms, the least that anything") as told:
        prepare(instance, shipped_catalog())
    floor = float(str(told.value).partition(" against ")[2].split()[0])
    [slo] = ways_of(instance).ways[0].relaxations

    assert slo.promise == "slo|chat|tpot|mean"
    assert slo.before == ms
    assert slo.after == pytest.approx(floor, rel=0.01)
    assert not is_feasible(edited(instance, [dataclasses.replace(slo.edits[0], value=floor * 0.99)]))


def test_a_search_that_time_ends_says_so(tmp_path):
    instance = instance_of(tmp_path, {W + "slo": [{"metric": "tpot", "statistic": "mean", "ms": 0.0005}]})
    hurried = dataclasses.replace(SETTINGS, time_limit_s=0.0)
    found = relax(instance, shipped_catalog(), load_calibration(), hurried)

    assert found.ways == ()
    assert found.lines == [f"no way out was found, but not all was tried: {CUT}"]
    assert found.record()["untried"] == CUT


def test_steps_that_time_leaves_out_are_told(tmp_path):
    whole = loosened(instance_of(tmp_path, {}), shipped_catalog(), load_calibration())
    cut = loosened(instance_of(tmp_path, {}), shipped_catalog(), load_calibration(), deadline=0.0)

    assert (whole.is_cut, cut.is_cut) == (False, True)
    assert set(cut.coefficients.options["option"]) < set(whole.coefficients.options["option"])


def test_each_way_out_is_told_with_its_own_edits():
    edits = [tuple(Edit("set", (f"limits.{i}.value",), j) for j in range(count)) for i, count in enumerate((1, 8))]
    ways = tuple(
        WayOut((Relaxation("budget|b", f"way {i}", 1, 2, "usd", e),), 1.0, True, None, None) for i, e in enumerate(edits)
    )
    lines = Relaxed(ways, 1, True, False, False, ()).lines

    assert lines[1:4] == ["  1. way 0", "       --set limits.0.value=0", "  2. way 1"]
    assert lines[4:] == [f"       --set limits.1.value={j}" for j in range(6)] + ["       and 2 more (--format json tells all)"]


def test_residency_that_excludes_every_region_is_told_by_law(tmp_path):
    [region] = ways_of(instance_of(tmp_path, {W + "regions": {"jurisdictions": ["EU"]}})).ways[0].relaxations

    assert region.promise == "residency|chat"
    assert region.text == "chat may also be served in us-virginia (data under the law of US)"


def test_a_floor_that_no_model_reaches_is_lowered_to_the_best_score(tmp_path):
    instance = instance_of(tmp_path, {W + "quality": FLOOR})
    [floor] = ways_of(instance).ways[0].relaxations

    assert floor.promise == "quality|chat"
    higher = dataclasses.replace(floor.edits[0], value=floor.after + 0.2)
    assert not is_feasible(edited(instance, [higher]))


@pytest.mark.slow
def test_lists_that_contradict_each_other_are_told(tmp_path):
    instance = instance_of(tmp_path, {W + "models_allow": ["llama-3.1-8b"], W + "models_deny": ["llama-3.1-8b"]})
    [pin] = ways_of(instance).ways[0].relaxations

    assert pin.text == "chat may also be served by llama-3.1-8b"
    assert [str(edit) for edit in pin.edits] == ["--set workloads.0.models_deny=[]"]


@pytest.mark.slow
def test_a_model_that_fits_nowhere_asks_for_another_machine(tmp_path):
    giant = [{"model": "deepseek-r1-0528", "precisions": ["fp8"]}]
    found = ways_of(instance_of(tmp_path, {"candidates": giant, "supply.node_types": ["8xL4"]}, 1.0))

    assert found.is_wide
    assert found.ways[0].relaxations[0].promise == "market|node type 8xH200-SXM"


@pytest.mark.slow
def test_redundancy_that_does_not_fit_asks_for_fewer_replicas_or_more_nodes(tmp_path):
    instance = instance_of(tmp_path, {W + "replicas_min": 40, "supply.nodes_max_per_offer": 2})
    kinds = {way.relaxations[0].kind: way.relaxations[0] for way in ways_of(instance).ways}

    assert kinds["minimum_replicas"].after == 32
    assert kinds["supply"].after - kinds["supply"].before == 1


@pytest.mark.slow
def test_two_promises_are_relaxed_together_where_one_is_not_enough(tmp_path):
    found = ways_of(instance_of(tmp_path, {W + "regions": {"jurisdictions": ["EU"]}, W + "quality": FLOOR}))

    assert found.promises == 2
    assert {r.kind for r in found.ways[0].relaxations} == {"quality", "residency"}


@pytest.mark.slow
def test_a_budget_below_the_least_cash_is_raised_to_it(tmp_path):
    limits = [{"limit": "cash", "kind": "budget_usd", "value": 100_000}]
    instance = instance_of(tmp_path, {"limits": limits})
    [budget] = ways_of(instance).ways[0].relaxations

    assert budget.kind == "budget"
    assert budget.text.startswith("budget cash: 100,000 -> ")
    assert not is_feasible(edited(instance, [dataclasses.replace(budget.edits[0], value=budget.after * 0.98)]))


@pytest.mark.slow
def test_a_carbon_cap_below_what_machines_emit_is_raised(tmp_path):
    limits = [{"limit": "green", "kind": "carbon_kg", "value": 5000}]
    instance = instance_of(tmp_path, {"limits": limits})
    [carbon] = ways_of(instance).ways[0].relaxations

    assert carbon.kind == "carbon_cap"
    assert not is_feasible(edited(instance, [dataclasses.replace(carbon.edits[0], value=carbon.after * 0.98)]))


@pytest.mark.slow
def test_a_share_of_one_vendor_among_one_is_the_whole(tmp_path):
    limits = [{"limit": "not-all-one", "kind": "vendor_share_max", "value": 0.6}]
    [share] = ways_of(instance_of(tmp_path, {"limits": limits})).ways[0].relaxations

    assert share.text == "largest share of a vendor (not-all-one): 60% -> 100% of accelerators"


@pytest.mark.slow
def test_a_quota_below_one_machine_is_raised_to_one(tmp_path):
    limits = [{"limit": "gpus", "kind": "accelerators_max", "value": 4}]
    [quota] = ways_of(instance_of(tmp_path, {"limits": limits})).ways[0].relaxations

    assert quota.text == "accelerator quota gpus: 4 -> 8 accelerators (+100.0%)"


@pytest.mark.slow
def test_a_smallest_order_above_supply_is_lowered_or_more_is_sold(tmp_path):
    offer = "aws/p5.48xlarge/us-virginia/reserved_1y"
    changes = {"supply.terms": ["reserved_1y"], "supply.nodes_max_per_offer": 1, W + "slo": TPOT}
    tables = {"tables": {"demand": "demand.csv", "orders_min": "orders_min.csv"}}
    instance = load_instance(write_instance(tmp_path, {**changes, **tables}, {"orders_min.csv": f"offer,nodes_min\n{offer},3\n"}))
    kinds = {way.relaxations[0].kind: way.relaxations[0] for way in ways_of(instance).ways}

    assert kinds["orders_min"].after == 1
    assert kinds["orders_min"].text == f"smallest order of {offer}: 3 -> 1 nodes"
    assert kinds["supply"].after == 3


@pytest.mark.slow
def test_a_smallest_order_above_what_is_needed_and_allowed_is_lowered_or_the_quota_raised(tmp_path):
    """One node of eight is needed and eight accelerators are allowed, but the seller takes no order under three nodes."""
    offers = [f"aws/p5.48xlarge/us-virginia/{term}" for term in ("on_demand", "reserved_1y")]
    limits = [{"limit": "gpus", "kind": "accelerators_max", "value": 8}]
    changes = {"limits": limits, W + "slo": TPOT, "tables": {"demand": "demand.csv", "orders_min": "orders_min.csv"}}
    rows = "".join(f"{offer},3\n" for offer in offers)
    instance = load_instance(write_instance(tmp_path, changes, {"orders_min.csv": "offer,nodes_min\n" + rows}))
    kinds = {way.relaxations[0].kind: way.relaxations[0] for way in ways_of(instance).ways}

    assert kinds["orders_min"].text.endswith("3 -> 1 nodes")
    assert kinds["quota"].after == 24


@pytest.mark.slow
def test_traffic_is_turned_away_only_where_nothing_else_helps(tmp_path):
    changes = {"supply.terms": ["purchase"], "tables": {"demand": "demand.csv", "owned": "owned.csv"}}
    owned = "owned,node_type,region,nodes,running_usd_per_hour\nlot,8xH100-SXM,us-virginia,1,1.0\n"
    instance = load_instance(write_instance(tmp_path, {W + "slo": TPOT, **changes}, {"owned.csv": owned}, requests_per_s=2000.0))
    found = ways_of(instance)

    assert found.has_shedding
    [shed] = found.ways[0].relaxations
    assert shed.kind == "demand"
    more = [dataclasses.replace(edit, value=edit.value * 1.01) for edit in shed.edits]
    assert not is_feasible(edited(instance, more))


@pytest.mark.slow
def test_spare_replicas_that_do_not_fit_are_fewer_or_more_nodes_are_sold(tmp_path):
    limits = [{"limit": "spares", "kind": "spare_replicas", "value": 40}]
    instance = instance_of(tmp_path, {"limits": limits, "supply.nodes_max_per_offer": 2})
    kinds = {way.relaxations[0].kind: way.relaxations[0] for way in ways_of(instance).ways}

    assert kinds["supply"].after - kinds["supply"].before == 2
    assert kinds["spare_replicas"].text == "spare replicas (spares): 40 -> 31"


@pytest.mark.slow
def test_a_cap_on_models_below_what_lists_ask_for_is_raised(tmp_path):
    changes = {
        "candidates.1": {"model": "qwen3-8b", "precisions": ["fp8"]}, W + "models_allow": ["llama-3.1-8b"],
        "workloads.1": second_workload(slo=TPOT, models_allow=["qwen3-8b"]),
        "limits": [{"limit": "few", "kind": "models_max", "value": 1}],
    }  # fmt: skip
    texts = {relaxation.text for way in ways_of(instance_of(tmp_path, changes)).ways for relaxation in way.relaxations}

    assert "distinct models at a site few: 1 -> 2 models (+100.0%)" in texts


@pytest.mark.slow
def test_a_region_that_cannot_be_lost_is_kept_or_another_one_is_opened(tmp_path):
    changes = {
        "regions": ["us-virginia", "canada-montreal"], W + "regions": {"allow": ["us-virginia"]},
        "limits": [{"limit": "any", "kind": "region_loss_service_share", "value": 0.5}],
    }  # fmt: skip
    texts = {relaxation.text for way in ways_of(instance_of(tmp_path, changes)).ways for relaxation in way.relaxations}

    assert "chat may also be served in canada-montreal" in texts
    assert "share served without a region (any): 50% -> 0% of requests" in texts
