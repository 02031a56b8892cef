"""Two plans compared: wishes, decisions, money, and what is proved."""

import json
import math
from dataclasses import fields
from pathlib import Path

import pytest

from planner.plan.compare import NOT_DETERMINED, Comparison, compare_plans
from planner.plan.files import read_facts
from tests.plan.damage import cell, edit, edit_facts, without
from tests.plan.worlds import LARGE, OD, OLD, RE


def test_a_plan_does_not_differ_from_itself(sound_plan: Path) -> None:
    same = compare_plans(sound_plan, sound_plan)

    for frame in (same.inputs, same.coefficients, same.nodes, same.orders, same.traffic_shares):
        assert frame.empty
    assert same.verdict == NOT_DETERMINED
    assert len(same.lines) == 1


def test_the_difference_is_an_interval_of_bounds(sound_plan: Path, plan_folder: Path) -> None:
    edit_facts(plan_folder, objective_usd=2_000_000.0, bound_usd=1_990_000.0, gap=0.005)
    before = read_facts(sound_plan)
    found = compare_plans(sound_plan, plan_folder)

    assert found.difference_low_usd == pytest.approx(1_990_000.0 - before.objective_usd)
    assert found.difference_high_usd == pytest.approx(2_000_000.0 - before.bound_usd)
    assert found.verdict == "dearer"
    assert compare_plans(plan_folder, sound_plan).verdict == "cheaper"


def test_without_a_bound_nothing_is_determined_on_that_side(sound_plan: Path, plan_folder: Path) -> None:
    edit_facts(plan_folder, bound_usd=None, gap=None, status="feasible", objective_usd=9e6)
    found = compare_plans(sound_plan, plan_folder)

    assert found.difference_low_usd is None
    assert found.verdict == NOT_DETERMINED
    assert "[-infinity, 7.226 M usd]" in found.lines[0]


def test_changed_wishes_are_told_path_by_path_and_row_by_row(sound_plan: Path, plan_folder: Path) -> None:
    path = plan_folder / "inputs/instance/instance.yaml"
    path.write_text(path.read_text().replace("utilisation_max: 0.8", "utilisation_max: 0.7"))
    edit(plan_folder, "inputs/instance/demand.csv", cell("requests_per_s", 99, workload="chat", period="q2", block="day"))
    edit(plan_folder, "inputs/coefficients/prices.csv", cell("usd_per_hour", 45, offer=RE, period="q1"))
    lines = compare_plans(sound_plan, plan_folder).lines

    assert "input: settings service.utilisation_max: 0.8 -> 0.7" in lines
    assert "input: demand chat / q2 / day / expected requests_per_s: 100 -> 99" in lines
    assert f"coefficient: prices {RE} / q1 / expected usd_per_hour: 50 -> 45" in lines


def test_the_record_is_plain_json_of_every_part(sound_plan: Path, plan_folder: Path) -> None:
    edit_facts(plan_folder, bound_usd=None, gap=None, status="feasible", objective_usd=9e6)
    edit(plan_folder, "orders.csv", without(offer=RE))
    found = compare_plans(sound_plan, plan_folder)
    record = json.loads(json.dumps(found.record(), allow_nan=False))

    assert list(record) == [field.name for field in fields(Comparison)]
    assert record["orders"] == [{"offer": RE, "period": "q1", "before": 3, "after": 0}]
    assert record["difference_low_usd"] is None
    assert record["difference_high_usd"] == found.difference_high_usd
    assert record["lines"] == list(found.lines)


def test_changed_decisions_are_told(sound_plan: Path, plan_folder: Path) -> None:
    edit(plan_folder, "nodes.csv", cell("nodes", 5, offer=OD, period="q1", block="day"))
    edit(plan_folder, "orders.csv", without(offer=RE))
    edit(plan_folder, "traffic.csv", cell("option", LARGE, workload="chat", option=OLD))
    edit(plan_folder, "ledger.csv", cell("usd", 0, term="egress"))
    found = compare_plans(sound_plan, plan_folder)

    assert "nodes: 8xH100 in us-virginia in q1: 5 -> 8" in found.lines
    assert f"orders: {RE} in q1: 3 -> 0" in found.lines
    shares = found.traffic_shares.set_index(["workload", "variant"])
    requests = 80 * 1080 + 20 * 1080 + 100 * 1092 + 30 * 1092
    assert shares.loc[("chat", "large@fp8"), "after"] == pytest.approx(6.4 * 2172 / requests)
    assert shares.loc[("chat", "small@bf16"), "after"] == 0
    costs = found.costs.set_index("term")
    assert costs.loc["egress", "change_usd"] == pytest.approx(-0.001 * 0.7 * 3600 * 4344)
    assert math.isclose(costs.loc["rent", "change_usd"], 0)
