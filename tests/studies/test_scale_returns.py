"""Returns to scale on a world that a pencil solves."""

import math

import numpy as np
import pytest

from planner.errors import InputError
from planner.methods import MethodSettings
from planner.options.coefficients import Coefficients
from planner.studies.scale_returns import COLUMNS, at_scale, requests_of, scale_returns
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

EXACT = MethodSettings(relative_gap=0.0, time_limit_s=30.0)


def chat(requests_per_s: float = 4.0) -> Coefficients:
    """Nodes of two accelerators at 4 usd/h, an accelerator serves 5 requests/s; 100 hours."""
    return world(
        [option_row("t", "2xT", 1)], [rate_row("chat", "t", 5.0)], [offer_row("od-t", "2xT", 2)],
        price_rows("od-t", ["q1"], 4.0), {("chat", "q1", "day"): requests_per_s}, {("q1", "day"): 100.0},
    )  # fmt: skip


def test_whole_nodes_weigh_less_on_a_larger_fleet():
    """4, 8 and 40 requests/s at 10 a node (full load allowed): 1, 1 and 4 nodes of 400 usd."""
    used = chat().limit("utilisation_max")
    nodes = [math.ceil(4.0 * factor / (5.0 * used) / 2) for factor in (1, 2, 10)]
    found = scale_returns(chat(), [10, 1, 2], EXACT, method="textbook")

    assert found.columns.tolist() == COLUMNS
    assert found["factor"].tolist() == [1, 2, 10]
    assert found["objective_usd"].tolist() == pytest.approx([400.0 * n for n in nodes])
    assert found["usd_per_1000_requests"].iloc[0] == pytest.approx(1000 * 400 * nodes[0] / (4.0 * 100 * 3600))
    assert (np.diff(found["usd_per_1000_requests"]) <= 1e-9).all()
    assert found["accelerators_peak"].iloc[-1] <= 2 * nodes[-1]


def test_elasticity_is_that_of_cost_between_two_factors():
    found = scale_returns(chat(), [1, 10], EXACT, method="textbook")
    exact = math.log(found["objective_usd"].iloc[1] / found["objective_usd"].iloc[0]) / math.log(10)

    assert math.isnan(found["elasticity_low"].iloc[0])
    assert found["elasticity_low"].iloc[1] == pytest.approx(exact)
    assert found["elasticity_high"].iloc[1] == pytest.approx(exact)
    assert exact < 1


def test_traffic_scales_and_supply_only_grows():
    base = chat()

    assert requests_of(at_scale(base, 3.0)) == pytest.approx(3 * requests_of(base))
    assert requests_of(base) == pytest.approx(4.0 * 100 * 3600)
    assert (at_scale(base, 2.5).supply["nodes_max"] >= 2.5 * base.supply["nodes_max"]).all()
    assert at_scale(base, 0.5).supply.equals(base.supply)


@pytest.mark.parametrize("factors", [[], [0.0, 1.0], [1.0, 1.0]])
def test_factors_that_make_no_sense_are_refused(factors):
    with pytest.raises(InputError, match="factors"):
        scale_returns(chat(), factors, EXACT)
