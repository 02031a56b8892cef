"""The picture of a plan's unit economics."""

from planner.economics.pictures import image
from planner.economics.unit_cost_picture import unit_cost_picture
from planner.economics.unit_costs import plan_unit_costs
from tests.economics.plans import solved


def test_a_line_a_workload_and_two_an_accelerator():
    found = plan_unit_costs(solved())
    picture = unit_cost_picture(found)
    prices, shares = picture.panels

    assert [one.name for one in prices.series] == ["chat", "code"]
    assert [one.name for one in shares.series] == ["H100-SXM: in replicas", "H100-SXM: busy"]
    assert list(prices.series[0].x) == [1.0, 2.0]
    assert max(shares.series[0].y) <= 1 + 1e-9
    assert "q1, q2" in picture.caption
    assert image(picture).startswith(b"\x89PNG")
