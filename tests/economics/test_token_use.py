"""Tokeniser and verbosity factors on operating points."""

import numpy as np
import pandas as pd
import pytest

from planner.economics.operating_points import operating_points
from planner.economics.token_use import TokenUse, with_token_use
from planner.errors import InputError


def points() -> pd.DataFrame:
    rows = pd.DataFrame({
        "mode": "closed_loop", "model": ["a", "b"], "concurrency": 8, "input_tokens_mean": 1000, "output_tokens_mean": 101,
        "ttft_ms": 500.0, "tpot_ms": 20.0,
    })  # fmt: skip
    return operating_points(rows.assign(row_id=["r0", "r1"]))


def test_verbosity_moves_output_only() -> None:
    found = with_token_use(points(), {"a": TokenUse(verbosity=3.0)}).iloc[0]

    assert (found["input_tokens_mean"], found["output_tokens_mean"], found["kv_tokens"]) == (1000, 303, 1303)
    assert (found["ttft_ms"], found["tpot_ms"]) == (500.0, 20.0)
    assert found["request_s"] == pytest.approx(0.5 + 302 * 0.02)


def test_a_tokeniser_moves_input_output_and_ttft() -> None:
    found = with_token_use(points(), {"a": TokenUse(tokeniser=1.5)}).iloc[0]

    assert (found["input_tokens_mean"], found["output_tokens_mean"], found["ttft_ms"]) == (1500, 151.5, 750)


def test_factors_multiply() -> None:
    assert TokenUse(1.5, 2.0).output_factor == 3.0
    before, after = points(), with_token_use(points(), {"a": TokenUse(1.5, 2.0)})

    assert after["requests_per_s"][0] == pytest.approx(before["requests_per_s"][0] / 3.0)


def test_other_models_stay_as_measured() -> None:
    before, after = points(), with_token_use(points(), {"a": TokenUse(2.0)})

    pd.testing.assert_series_equal(before.iloc[1], after.iloc[1])
    assert after["source"].tolist() == ["modelled", "measured"]


def test_unknown_models_and_factors_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="a model of the points: a, b"):
        with_token_use(points(), {"c": TokenUse(2.0)})
    for factor in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(InputError, match="verbosity factor"):
            TokenUse(verbosity=factor)
