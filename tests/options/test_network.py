"""Network time by hand, residency by table, egress to the cent."""

import math

import pytest

from planner.inputs.workloads import Places
from planner.options.network import ANSWER_OVERHEAD_BYTES, LAST_MILE_MS, ROUTE_DETOUR, is_allowed, network_ms, path_table
from tests.small_instances import shipped_catalog, small_instance

QUARTER_KM = math.pi / 2 * 6371.0
"""A quarter of the globe's circumference."""


def test_a_quarter_of_the_globe_by_hand():
    """10 007.5 km x 1.6 x 2 at 204 190 km/s is 156.8 ms, and 8 ms of access."""
    by_hand = 8.0 + 2 * QUARTER_KM * 1.6 / 204_190.0 * 1000.0

    assert (LAST_MILE_MS, ROUTE_DETOUR) == (8.0, 1.6)
    assert by_hand == pytest.approx(164.83, abs=0.01)
    assert network_ms((0.0, 0.0), (0.0, 90.0)) == pytest.approx(by_hand)
    assert network_ms((0.0, 0.0), (90.0, 123.0)) == pytest.approx(by_hand)


def test_home_is_access_only_and_the_way_back_is_as_long():
    assert network_ms((38.95, -77.45), (38.95, -77.45)) == pytest.approx(8.0)
    assert network_ms((60.2, 24.9), (38.9, -77.4)) == pytest.approx(network_ms((38.9, -77.4), (60.2, 24.9)))


def test_antipodes_and_the_date_line():
    assert network_ms((10.0, 20.0), (-10.0, -160.0)) == pytest.approx(8.0 + 4 * QUARTER_KM * 1.6 / 204_190.0 * 1000.0)
    assert network_ms((0.0, 179.0), (0.0, -179.0)) == pytest.approx(network_ms((0.0, 0.0), (0.0, 2.0)))


@pytest.mark.parametrize(
    ("lists", "allowed"),
    [
        ({}, True),
        ({"allow": ("finland",)}, True),
        ({"allow": ("sweden",)}, False),
        ({"deny": ("finland",)}, False),
        ({"allow": ("finland",), "deny": ("finland",)}, False),
        ({"jurisdictions": ("EU", "UK")}, True),
        ({"jurisdictions": ("US",)}, False),
        ({"allow": ("finland",), "jurisdictions": ("US",)}, False),
    ],
)
def test_region_lists_and_residency(tmp_path, lists, allowed):
    workload = small_instance(tmp_path).settings.workloads[0].model_copy(update={"regions": Places(**lists)})

    assert is_allowed(workload, "finland", "EU") is allowed


def test_egress_pays_for_the_answer_that_leaves_its_users_region(tmp_path):
    """200 tokens x (4 + 60) bytes x 0.08 usd/GB = 1.024e-6 usd a request; at home nothing."""
    instance = small_instance(tmp_path, {"regions": ["us-virginia", "finland"], "money.egress_usd_per_gb": 0.08})
    paths = path_table(instance, shipped_catalog()).set_index("region")

    assert ANSWER_OVERHEAD_BYTES == 60.0
    assert paths.loc["us-virginia", "egress_usd_per_request"] == 0.0
    assert paths.loc["finland", "egress_usd_per_request"] == pytest.approx(200 * 64 / 1e9 * 0.08)


def test_egress_weighs_the_histogram(tmp_path):
    changes = {
        "regions": ["finland"], "money.egress_usd_per_gb": 1.0, "workloads.0.lengths": {"histogram": "lengths.csv"},
    }  # fmt: skip
    files = {"lengths.csv": "input_tokens,output_tokens,weight\n10,100,3\n10,500,1\n"}
    paths = path_table(small_instance(tmp_path, changes, files), shipped_catalog())

    assert paths["egress_usd_per_request"].tolist() == [pytest.approx(200 * 64 / 1e9)]


def test_measured_paths_replace_the_estimate(tmp_path):
    changes = {"regions": ["us-virginia", "finland"], "tables.paths": "paths.csv"}
    instance = small_instance(tmp_path, changes, {"paths.csv": "workload,region,network_ms\nchat,finland,123.5\n"})
    paths = path_table(instance, shipped_catalog()).set_index("region")["network_ms"]

    assert paths["finland"] == 123.5
    assert paths["us-virginia"] == pytest.approx(8.0)


def test_every_workload_has_a_row_for_every_region(tmp_path):
    instance = small_instance(
        tmp_path, {"regions": ["us-virginia", "finland", "sweden"], "workloads.0.regions": {"deny": ["sweden"]}}
    )
    paths = path_table(instance, shipped_catalog())

    assert paths["region"].tolist() == ["us-virginia", "finland", "sweden"]
    assert paths["is_allowed"].tolist() == [True, True, False]
