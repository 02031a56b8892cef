"""`planner frontier --assumptions erdil`: the paper's numbers, prices and refusals."""

import pytest

from planner.economics.frontier_answer import COLUMNS, MORE_COLUMNS, FrontierQuestion
from planner.economics.frontier_erdil import erdil_answer
from planner.errors import InputError
from tests.roofline.machines import shipped


def question(models=("llama-3.1-8b",), accelerators=("H100",), **more):
    return FrontierQuestion(models, accelerators, assumptions="erdil", **more)


def test_the_papers_numbers_in_the_columns_of_the_command():
    """Best speed of 8B on H100 at an empty context: 451.8 tokens/s a request; 2.10 usd an hour."""
    found = erdil_answer(question(demand_cap_tok_per_s=1e4), shipped())
    points = found.points

    assert points.columns.tolist() == [*COLUMNS, *MORE_COLUMNS]
    assert points["tok_s_per_request"].max() == pytest.approx(451.8, rel=1e-3)
    assert set(points["model"]) == {"llama-3.1-8b"}
    assert set(points["accelerator"]) == {"H100-SXM"}
    assert points["source"].iloc[0].startswith("modelled (Llama_3_8B on H100); 2.1 usd/h")
    assert found.context_tokens == 0
    assert points["is_preferred"].sum() == 1
    assert points.loc[points["is_preferred"], "tok_s_per_request"].iloc[0] == pytest.approx(386.72, rel=1e-3)


def test_a_given_price_scales():
    cheap, dear = (
        erdil_answer(question(demand_cap_tok_per_s=1e4, usd_per_hour={"H100": usd}), shipped()).points for usd in (1.0, 3.0)
    )

    assert dear["usd_per_mtok"].to_numpy() == pytest.approx(3 * cheap["usd_per_mtok"].to_numpy())


def test_everything_the_paper_lacks_is_told_at_once_with_exit_code_2():
    with pytest.raises(InputError) as refusal:
        erdil_answer(question(("llama-3.1-70b", "qwen3-8b"), ("H100", "B200", "MI300X")), shipped())

    assert refusal.value.exit_code == 2
    assert [fault.found for fault in refusal.value.faults] == ["qwen3-8b@any precision", "'B200-SXM'", "'MI300X'"]


def test_the_paper_has_no_prefill():
    with pytest.raises(InputError, match="prefill"):
        erdil_answer(question(input_tokens=100.0, output_tokens=10.0), shipped())


def test_an_unknown_draft_is_refused():
    with pytest.raises(InputError, match="qwen3-8b"):
        erdil_answer(question(draft="qwen3-8b"), shipped())
