"""What part of a request is input, cached input and output."""

import shutil

import numpy as np
import pytest

from planner.economics.token_shares import (
    BY_TIME,
    BY_WEIGHT,
    CACHED_WEIGHT,
    OUTPUT_WEIGHT,
    machinery,
    option_row,
    request_seconds,
    token_shares,
)
from planner.options.calibrated import load_calibration
from planner.plan.files import read_plan_inputs
from planner.roofline.candidates import from_rows
from planner.tables import records
from tests.economics.plans import solved


def pairs(given):
    return given.coefficients.rates[["workload", "option"]]


def test_the_seconds_of_a_request_are_those_of_the_rate_it_was_sized_with():
    """By Little's law 1 / rate; for dedicated workloads at the middle of the range."""
    given = read_plan_inputs(solved())
    known = machinery(solved())
    options = {str(row["option"]): row for row in records(given.coefficients.options)}
    for row in records(given.coefficients.rates):
        candidates = from_rows([option_row(options[row["option"]], known)])
        reached = load_calibration().efficiencies(candidates)
        seconds = request_seconds(candidates, reached, given.instance, row["workload"], np.array([row["batch"]]))

        assert seconds.sum() == pytest.approx(1 / row["requests_per_s"], rel=1e-6)
        assert (seconds >= 0).all()


def test_shares_sum_to_one_and_only_a_prefix_cache_has_a_cached_part():
    given = read_plan_inputs(solved())
    shares = token_shares(solved(), given.instance, given.coefficients, pairs(given))

    assert len(shares) == len(given.coefficients.rates)
    assert shares[["input_share", "cached_share", "output_share"]].sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert set(shares["basis"]) == {BY_TIME}
    assert (shares.loc[shares["workload"] == "chat", "cached_share"] > 0).all()
    assert (shares.loc[shares["workload"] == "code", "cached_share"] == 0).all()
    assert (shares.loc[shares["workload"] == "code", "input_share"] > 0.5).all()


def test_a_cached_token_costs_less_than_a_new_one():
    given = read_plan_inputs(solved())
    shares = token_shares(solved(), given.instance, given.coefficients, pairs(given)).set_index("workload")

    assert (shares.loc[["chat"], "cached_share"] < 0.3 * shares.loc[["chat"], "input_share"]).all()


def test_without_copies_of_models_and_machines_tokens_weigh_as_in_price_lists(tmp_path):
    folder = shutil.copytree(solved(), tmp_path / "plan")
    (folder / "inputs/catalog/models.csv").unlink()
    given = read_plan_inputs(folder)
    shares = token_shares(folder, given.instance, given.coefficients, pairs(given)).drop_duplicates("workload")
    chat = shares.set_index("workload").loc["chat"]
    weights = np.array([500.0, CACHED_WEIGHT * 500.0, OUTPUT_WEIGHT * 200.0])

    assert set(shares["basis"]) == {BY_WEIGHT}
    assert chat[["input_share", "cached_share", "output_share"]].tolist() == pytest.approx((weights / weights.sum()).tolist())
