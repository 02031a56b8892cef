"""The answer of `planner frontier`: curves, columns, sources, refusals."""

from dataclasses import replace

import numpy as np
import pytest

from planner.economics.frontier_answer import (
    COLUMNS,
    MORE_COLUMNS,
    FrontierQuestion,
    answer,
    as_assumptions,
    default_context,
    question_faults,
)
from planner.errors import InputError, UnsatisfiableError
from tests.roofline.machines import shipped

FOUR = FrontierQuestion(("llama-3.1-70b",), ("H100", "H200", "B200", "MI300X"))


def test_four_accelerators_are_four_curves_that_rise():
    found = answer(FOUR, shipped())

    assert found.points.columns.tolist() == [*COLUMNS, *MORE_COLUMNS]
    assert [name for name, _ in found.curves()] == [
        f"llama-3.1-70b {accelerator} bf16" for accelerator in ("H100-SXM", "H200-SXM", "B200-SXM", "MI300X")
    ]
    for _, frame in found.curves():
        assert (np.diff(frame["tok_s_per_request"]) > 0).all()
        assert (np.diff(frame["usd_per_mtok"]) > 0).all()
        assert frame["is_preferred"].sum() == 1
        assert set(frame["bound"]) <= {"memory", "compute", "network", "overhead"}
    assert found.context_tokens == 1024


def test_a_row_can_be_recomputed_from_its_own_columns():
    """usd per Mtok = 1e6 x accelerators x price / 3600 / (batch x tokens/s)."""
    points = answer(FOUR, shipped()).points
    again = 1e6 * points["accelerators"] * points["usd_per_accelerator_hour"] / 3600
    again = again / (points["batch"] * points["tok_s_per_request"])

    assert points["usd_per_mtok"].to_numpy() == pytest.approx(again.to_numpy())
    assert (points["accelerators"] >= points["tp"] * points["pp"]).all()


def test_the_source_names_speed_and_price():
    points = answer(FOUR, shipped()).points
    source = points[points["accelerator"] == "H100-SXM"]["source"].iloc[0]
    offer = points[points["accelerator"] == "H100-SXM"]["offer"].iloc[0]

    assert source.startswith("calibrated; ")
    assert offer in source
    assert answer(replace(FOUR, assumptions="ideal"), shipped()).points["source"].str.startswith("modelled; ").all()


def test_a_given_price_replaces_the_offer():
    found = answer(replace(FOUR, usd_per_hour={"H100": 2.1}), shipped())
    mine = found.points[found.points["accelerator"] == "H100-SXM"]

    assert set(mine["usd_per_accelerator_hour"]) == {2.1}
    assert set(mine["offer"]) == {"given"}


def test_several_models_and_precisions():
    question = FrontierQuestion(("llama-3.1-8b", "llama-3.1-70b"), ("H100",), ("bf16", "fp8"))
    found = answer(question, shipped())
    summary = found.summary().set_index(["model", "precision"])

    assert len(found.curves()) == 4
    assert summary.loc[("llama-3.1-70b", "fp8"), "fastest_tok_s"] > summary.loc[("llama-3.1-70b", "bf16"), "fastest_tok_s"]
    assert summary["input_usd_per_mtok"].gt(0).all()


def test_what_cannot_run_is_named_and_the_rest_is_answered():
    found = answer(FrontierQuestion(("llama-3.1-405b",), ("L4", "H200")), shipped())

    assert [name for name, _ in found.curves()] == ["llama-3.1-405b H200-SXM bf16"]
    assert "llama-3.1-405b@bf16 on L4" in str(found.refused[0])
    with pytest.raises(UnsatisfiableError, match="nvfp4"):
        answer(FrontierQuestion(("llama-3.1-70b",), ("MI300X",), ("nvfp4",)), shipped())


def test_speculative_decoding_is_faster():
    plain = answer(replace(FOUR, accelerators=("H100",)), shipped()).points
    drafted = answer(replace(FOUR, accelerators=("H100",), draft="llama-3.1-8b"), shipped()).points

    assert drafted["tok_s_per_request"].max() > plain["tok_s_per_request"].max()
    assert drafted["drafted_tokens"].max() > 0


def test_lengths_set_the_context_and_raise_the_price():
    asked = replace(FOUR, accelerators=("H100",), input_tokens=2000.0, output_tokens=200.0)
    served, decoded = answer(asked, shipped()), answer(replace(FOUR, accelerators=("H100",), context_tokens=2100.0), shipped())

    assert default_context(asked) == 2100
    assert served.points["usd_per_mtok"].min() > decoded.points["usd_per_mtok"].min()


def test_all_faults_are_told_at_once():
    lengths = {"context_tokens": 5.0, "input_tokens": 1.0, "output_tokens": 1.0}
    bad = FrontierQuestion((), (), **lengths, usd_per_hour={"H100": -1.0}, acceptance=1.0)

    assert len(question_faults(bad)) == 5
    with pytest.raises(InputError):
        answer(bad, shipped())
    assert len(question_faults(replace(FOUR, input_tokens=5.0))) == 1
    with pytest.raises(InputError, match="nearest"):
        answer(replace(FOUR, models=("llama-3.1-71b",)), shipped())


def test_assumptions_are_three():
    assert [as_assumptions(name) for name in ("calibrated", "ideal", "erdil")] == ["calibrated", "ideal", "erdil"]
    with pytest.raises(InputError, match="--assumptions"):
        as_assumptions("real")
