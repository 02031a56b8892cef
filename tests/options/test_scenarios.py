"""Blocks and demand of an instance with scenarios, and what the door refuses."""

import pytest

from planner.errors import InputError
from planner.options.prepare import prepare
from planner.options.scenarios import block_id, block_table, demand_table, probabilities
from tests.small_instances import shipped_catalog, small_instance

TWO = {"risk.scenarios": [{"scenario": "low", "probability": 0.75}, {"scenario": "high", "probability": 0.25}]}
RATES = {"low": 8, "high": 20}
DEMAND = "workload,period,block,scenario,requests_per_s\n" + "".join(
    f"chat,{t},{b},{s},{rate}\n" for t in ("q1", "q2") for b in ("day", "night") for s, rate in RATES.items()
)


def test_one_scenario_leaves_blocks_and_demand_as_they_are(tmp_path):
    instance = small_instance(tmp_path)
    blocks, demand = block_table(instance), demand_table(instance)

    assert blocks["block"].tolist() == ["day", "night"] * 2
    assert blocks["hours"].tolist() == [1095.0] * 4
    assert (blocks["base_block"] == blocks["block"]).all()
    assert blocks[["scenario", "probability"]].drop_duplicates().to_numpy().tolist() == [["expected", 1.0]]
    assert demand.equals(instance.demand[list(demand.columns)])


def test_several_scenarios_have_each_block_at_its_expected_hours(tmp_path):
    instance = small_instance(tmp_path, TWO, {"demand.csv": DEMAND})
    blocks = block_table(instance)

    assert probabilities(instance) == {"low": 0.75, "high": 0.25}
    assert blocks.loc[blocks["period"] == "q1", "block"].tolist() == ["day@low", "night@low", "day@high", "night@high"]
    assert dict(zip(blocks["block"], blocks["hours"], strict=True))["day@high"] == pytest.approx(1095 / 4)
    assert blocks.groupby("period")["hours"].sum().tolist() == pytest.approx([2190.0, 2190.0])
    assert blocks["base_block"].tolist() == ["day", "night"] * 4


def test_demand_follows_its_block(tmp_path):
    coefficients = prepare(small_instance(tmp_path, TWO, {"demand.csv": DEMAND}), shipped_catalog()).coefficients
    rows = coefficients.demand.set_index(["period", "block"])

    assert len(rows) == 8
    assert rows.loc[("q2", "night@high"), "requests_per_s"] == 20
    assert rows.loc[("q2", "night@high"), "scenario"] == "high"
    assert set(rows.index) == set(coefficients.blocks[["period", "block"]].itertuples(index=False, name=None))


def test_names_of_blocks_in_scenarios():
    assert block_id("peak", "high", is_only=False) == "peak@high"
    assert block_id("peak", "high", is_only=True) == "peak"


def test_the_door_tells_what_is_wrong_with_scenarios_at_once(tmp_path):
    changes = {
        "risk.scenarios": [{"scenario": "low", "probability": 0.75}, {"scenario": "low", "probability": 0.15}],
        "horizon.blocks": [{"block": "d@y", "hours_per_day": 24}],
    }
    with pytest.raises(InputError) as caught:
        small_instance(tmp_path, changes)
    told = "\n".join(map(str, caught.value.faults))

    assert "probabilities that sum to 1" in told
    assert "0.9" in told
    assert "a name not used before" in told
    assert "without @" in told


def test_demand_lacks_no_scenario(tmp_path):
    with pytest.raises(InputError, match="high"):
        small_instance(
            tmp_path, TWO, {"demand.csv": "\n".join(line for line in DEMAND.splitlines() if ",high," not in line) + "\n"}
        )
