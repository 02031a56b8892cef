"""Power, grids and scalars of an instance, in the coefficient tables."""

from planner.options.policy import optional_scalars
from planner.options.prepare import prepare
from tests.small_instances import shipped_catalog, small_instance


def test_power_and_grid_are_the_catalogs(tmp_path):
    found = prepare(small_instance(tmp_path), shipped_catalog()).coefficients
    place = shipped_catalog().regions.set_index("region").loc["us-virginia"]

    power_kw = shipped_catalog().node_types["8xH100-SXM"].power_kw
    assert found.machines.to_dict("records") == [{"node_type": "8xH100-SXM", "power_kw": power_kw}]
    assert found.grid["grid_kg_co2_per_kwh"].tolist() == [place["grid_kg_co2_per_kwh"]]
    assert found.grid["pue"].tolist() == [place["pue"]]


def test_scalars_stand_among_the_limits_only_where_they_are_set(tmp_path):
    plain = prepare(small_instance(tmp_path), shipped_catalog()).coefficients
    carbon = prepare(small_instance(tmp_path, {"money.carbon_usd_per_tonne": 80}), shipped_catalog()).coefficients

    assert set(plain.limits["limit"]) == {"utilisation_max", "terminal_use_share"}
    assert carbon.scalar("carbon_usd_per_tonne") == 80.0
    assert plain.scalar("carbon_usd_per_tonne") == 0.0


def test_policy_limits_stand_among_the_limits(tmp_path):
    limit = {"limit": "site", "kind": "power_kw", "scope": "us-virginia", "period": "q2", "value": 500}
    found = prepare(small_instance(tmp_path, {"limits": [limit]}), shipped_catalog()).coefficients

    assert found.limits_of("power_kw") == [{**limit, "value": 500.0, "unit": "kW", "benchmark": ""}]


def test_every_optional_scalar_is_zero_by_default(tmp_path):
    assert {value for value, _ in optional_scalars(small_instance(tmp_path).settings).values()} == {0.0}


def test_spot_offers_come_with_their_share_and_interruption(tmp_path):
    changes = {
        "supply.terms": ["on_demand", "spot"], "supply.spot_interruption_share": 0.1, "workloads.0.spot_share_max": 0.4,
    }  # fmt: skip
    found = prepare(small_instance(tmp_path, changes), shipped_catalog()).coefficients

    assert found.spot.to_dict("records") == [{"workload": "chat", "spot_share_max": 0.4}]
    assert found.scalar("spot_interruption_share") == 0.1
    assert set(found.offers["kind"]) == {"on_demand", "spot"}
