"""Unit economics of a plan: every sum is the ledger's, and a hand-made plan by hand."""

import json
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from planner.economics.unit_costs import DIMENSIONS, USD, UnitCosts, plan_unit_costs
from planner.plan.allocation import IDLE, allocate
from planner.plan.files import read_plan, read_plan_inputs
from tests.economics.plans import solved
from tests.plan.worlds import DE_OD, PRICES, Q1_H, Q2_H, coefficients, tables, write_world


@cache
def by_hand() -> UnitCosts:
    """Unit costs of the plan made by hand, whose catalog copies describe no model: tokens by stated weights."""
    return plan_unit_costs(write_world(Path(mkdtemp(prefix="unit-world-"))))


@pytest.mark.parametrize("make", [by_hand, lambda: plan_unit_costs(solved())], ids=["by hand", "solved"])
def test_every_sum_is_the_ledgers(make):
    found = make()
    for name in DIMENSIONS:
        assert found.by([name])["usd"].sum() == pytest.approx(found.objective_usd, rel=1e-12)
    assert found.by(DIMENSIONS)["usd"].sum() == pytest.approx(found.objective_usd, rel=1e-12)
    assert found.total()["usd"].iloc[0] == pytest.approx(found.objective_usd, rel=1e-12)
    assert found.detail[USD].sum().sum() == pytest.approx(found.objective_usd, rel=1e-12)


def test_replicas_without_traffic_in_a_period_are_idle_and_nothing_is_counted_twice(tmp_path):
    """The German node stands in q2 without its requests: its tokens of q1 keep their price."""
    folder = shutil.copytree(write_world(tmp_path / "whole"), tmp_path / "plan")
    traffic = folder / "traffic.csv"
    kept = [line for line in traffic.read_text().splitlines() if not (line.startswith("secret") and ",q2," in line)]
    traffic.write_text("\n".join(kept) + "\n")
    found = plan_unit_costs(folder)
    rows, before = found.by(["workload"]).set_index("workload"), by_hand().by(["workload", "period"])
    q1 = before[before["period"] == "q1"].set_index("workload")

    assert found.total()["usd"].iloc[0] == pytest.approx(found.objective_usd, rel=1e-12)
    assert rows.loc["secret", "usd_per_mtok_input"] == pytest.approx(q1.loc["secret", "usd_per_mtok_input"])


def test_the_german_workload_by_hand():
    """Input weighs 1000 x 1 and output 200 x 3: 5/8 and 3/8 of what its half and quarter of a node cost."""
    found = by_hand().by(["workload"]).set_index("workload").loc["secret"]
    q1, q2 = PRICES[DE_OD, "q1"][0], PRICES[DE_OD, "q2"][0]
    usd = q1 * Q1_H / 2 * (4 / 8 + 2 / 8) + q2 * Q2_H / 2 * 4 / 8
    requests = 3600 * (Q1_H / 2 * (10 + 4) + Q2_H / 2 * 12)

    assert found["requests"] == pytest.approx(requests)
    assert found["mtok_input"] == pytest.approx(requests * 1000 / 1e6)
    assert found["usd_per_mtok_input"] == pytest.approx(usd * 5 / 8 / (requests * 1000 / 1e6))
    assert found["usd_per_mtok_output"] == pytest.approx(usd * 3 / 8 / (requests * 200 / 1e6))
    assert found["usd_per_request"] == pytest.approx(usd / requests)
    assert by_hand().bases == ("stated weights",)


def test_what_nobody_uses_stands_apart_and_its_factor_spreads_it():
    found = by_hand()
    idle = allocate(tables(), coefficients()).groupby("workload")["usd"].sum()[IDLE]
    rows = found.by(["workload"]).set_index("workload")

    assert rows.loc[IDLE, "usd"] == pytest.approx(idle)
    assert rows.loc[IDLE, "requests"] == 0
    assert found.idle_factor == pytest.approx(found.objective_usd / (found.objective_usd - idle))


def test_egress_is_paid_by_request():
    rows = by_hand().by(["workload"]).set_index("workload")
    requests = rows.loc["research", "requests"]

    assert rows.loc["research", "usd_by_request"] == pytest.approx(0.001 * requests)
    assert rows.loc["chat", "usd_by_request"] == 0


def test_utilisation_by_hand():
    """The owned A100 node: 8 accelerators in the days, 4 replicas of 2, 6.4 requests/s at 2 a replica."""
    use = by_hand().use.set_index(["accelerator", "period"]).loc[("A100", "q1")]

    assert use["paid_hours"] == pytest.approx(8 * Q1_H / 2)
    assert use["allocated_share"] == pytest.approx(1.0)
    assert use["busy_share"] == pytest.approx(6.4 / 2 * 2 / 8)
    assert (by_hand().use["busy_hours"] <= by_hand().use["allocated_hours"] * (1 + 1e-9)).all()
    assert (by_hand().use["allocated_hours"] <= by_hand().use["paid_hours"] * (1 + 1e-9)).all()


def test_energy_by_hand():
    """A node draws 10 kW (H100) or 6.5 kW (A100) at PUE 1.2 (Virginia) or 1.3 (Germany) in every hour it is there."""
    made, given = tables(), coefficients()
    hours = {(row.period, row.block): row.hours for row in given.blocks.itertuples()}
    kwh = kg = 0.0
    for row in made.nodes.itertuples():
        power = 6.5 if row.offer == "owned/old" else 10.0
        pue, grid = (1.3, 0.3) if row.offer == DE_OD else (1.2, 0.4)
        kwh += power * pue * hours[row.period, row.block] * row.nodes
        kg += power * pue * grid * hours[row.period, row.block] * row.nodes
    energy = by_hand().energy.set_index("workload")
    german = 10.0 * 1.3 * (Q1_H / 2 * (4 / 8 + 2 / 8) + Q2_H / 2 * 4 / 8)

    assert energy.loc["all", "kwh"] == pytest.approx(kwh)
    assert energy.loc["all", "kg"] == pytest.approx(kg)
    assert energy.loc["secret", "kwh"] == pytest.approx(german)
    assert energy.loc["secret", "kg_per_mtok"] == pytest.approx(german * 0.3 / energy.loc["secret", "mtok"])
    assert energy.drop("all")["kwh"].sum() == pytest.approx(kwh)


def test_a_solved_plan_is_charged_by_busy_time_and_input_is_cheaper_than_output():
    found = plan_unit_costs(solved())
    rows = found.by(["workload"]).set_index("workload")

    assert found.bases == ("busy time",)
    assert rows.loc["chat", "usd_per_mtok_cached"] < rows.loc["chat", "usd_per_mtok_input"]
    assert rows.loc["chat", "usd_per_mtok_input"] < rows.loc["chat", "usd_per_mtok_output"]
    assert rows.loc["chat", "mtok_cached"] == pytest.approx(rows.loc["chat", "mtok_input"])
    assert rows.loc["code", "usd_per_request"] > 0


def test_the_record_is_plain_json():
    record = json.loads(json.dumps(by_hand().record(), default=str))

    assert record["objective_usd"] == pytest.approx(by_hand().objective_usd)
    assert {"by_workload", "by_model", "by_accelerator", "by_period", "utilisation", "energy", "detail"} <= set(record)


def test_a_plan_without_traffic_has_costs_and_no_prices(tmp_path):
    folder = shutil.copytree(solved(), tmp_path / "plan")
    traffic = folder / "traffic.csv"
    traffic.write_text(traffic.read_text().splitlines()[0] + "\n")
    found = plan_unit_costs(folder)

    assert read_plan(folder).tables.traffic.empty
    assert read_plan_inputs(folder).coefficients.rates.shape[0] > 0
    assert found.total()["usd"].iloc[0] == pytest.approx(found.objective_usd)
    assert found.total()["usd_per_mtok_output"].isna().all()
