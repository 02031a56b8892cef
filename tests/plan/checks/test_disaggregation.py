"""Prompts and tokens apart: the check passes a solved plan and catches planted damage, each by its own words."""

import re
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd
import pytest

from planner.economics.unit_costs import plan_unit_costs
from planner.plan.audit import audit_plan
from planner.plan.files import read_plan, read_plan_inputs
from planner.reports.facts import report_facts
from tests.plan.damage import cell, edit, failing, found_by, told_by, without
from tests.plan.solved import solved_plan

CHANGES = {
    "horizon.periods": [{"period": "q1", "hours": 2190}], "supply.terms": ["on_demand"],
    "workloads.0.lengths": {"input_tokens_mean": 4000, "output_tokens_mean": 300},
    "workloads.0.slo.0.ms": 1000, "workloads.0.slo.1.ms": 8,
    "deployment.roles": ["aggregated", "prefill", "decode"], "deployment.tp_max": 1,
}  # fmt: skip
PREFILL, DECODE = "llama-3.1-8b@fp8/8xH100-SXM/tp1+prefill/u100", "llama-3.1-8b@fp8/8xH100-SXM/tp1+decode/b29"


@cache
def apart() -> Path:
    """A plan at 8 ms a token: 28 requests/s by pairs."""
    return solved_plan(Path(mkdtemp()), CHANGES, None, 28.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(apart(), tmp_path / "plan"))


@pytest.mark.slow
def test_a_tight_promise_on_tokens_makes_the_plan_split_prompts_from_tokens(tmp_path: Path) -> None:
    """28 requests/s at 0.7 busy: 10 accelerators of 4.33/s that do everything, two nodes; or 3 of 14.9/s for prompts and 4 of
    12.2/s for tokens, one node.
    """
    plan = read_plan(apart())
    whole = read_plan(solved_plan(tmp_path, {**CHANGES, "deployment.roles": ["aggregated"]}, None, 28.0))

    assert set(plan.tables.deployments["option"]) == {PREFILL, DECODE}
    assert plan.facts.objective_usd == pytest.approx(whole.facts.objective_usd / 2, rel=1e-6)
    assert audit_plan(apart()).passed


def test_the_plan_places_both_sides_and_says_so(folder: Path) -> None:
    plan = read_plan(folder)
    facts = report_facts(folder)

    assert set(plan.tables.placement["option"]) == {PREFILL, DECODE}
    assert facts.routes["option"].tolist() == [DECODE]
    assert facts.routes["layout"].iloc[0] == "whole, decode; prompts on 3 x whole prefill"
    pair = read_plan_inputs(folder).coefficients.pairs.set_index(["prefill_option", "decode_option"]).loc[PREFILL, DECODE]
    assert facts.routes["ttft_ms"].iloc[0] == pytest.approx(pair["ttft_ms"] + facts.routes["network_ms"].iloc[0])
    assert facts.load["busy"].sum() / facts.load["total"].sum() > 0.3


def test_input_tokens_cost_what_prefill_replicas_cost_and_output_tokens_the_rest(folder: Path) -> None:
    detail = plan_unit_costs(folder).detail.set_index("option")

    assert detail.loc[PREFILL, "usd_output"] == 0
    assert detail.loc[DECODE, "usd_input"] == 0
    assert detail.loc[PREFILL, "usd_input"] > 0
    assert detail.loc[DECODE, "usd_output"] > 0
    assert detail.loc[PREFILL, "mtok_output"] == detail.loc[DECODE, "mtok_input"] == 0


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("handovers.csv", cell("requests_per_s", 27, block="day"), "expected 28 requests/s, found 27 requests/s"),
        ("handovers.csv", without(block="day"), "prompts of chat for"),
        ("deployments.csv", cell("replicas", 2, option=PREFILL, block="day"), "prompts of chat on 2 of"),
        ("deployments.csv", without(option=PREFILL), "busy replicas"),
        ("deployments.csv", cell("replicas", 30, option=DECODE), "prefill and decode replicas on 8xH100-SXM of aws"),
        ("inputs/coefficients/pairs.csv", without(prefill_option=PREFILL, decode_option=DECODE), "a pair that is offered"),
        ("inputs/coefficients/pairs.csv", cell("network_ms_max", 1, decode_option=DECODE), "a region near enough"),
        ("inputs/coefficients/pairs.csv", cell("ttft_ms", 5, decode_option=DECODE), "no sooner than prefill and transfer"),
        ("inputs/coefficients/pairs.csv", cell("kv_gb_per_request", 50, decode_option=DECODE), "cache over the ports"),
        ("inputs/coefficients/options.csv", cell("role", "aggregated", option=DECODE), "hands to a decode option"),
        ("inputs/coefficients/options.csv", cell("kv_precision", "bf16", option=DECODE), "one model, format, cache"),
    ],
)  # fmt: skip
def test_planted_damage_is_found(folder: Path, name: str, change, said: str) -> None:
    assert found_by("disaggregation", folder) == []
    edit(folder, name, change)

    assert said in told_by("disaggregation", folder)


def test_a_pair_that_breaks_the_promise_on_the_first_token_is_found_by_the_check_of_promises(folder: Path) -> None:
    edit(folder, "inputs/coefficients/pairs.csv", cell("ttft_ms", 995, decode_option=DECODE))

    assert "ttft (mean) of chat" in told_by("slo", folder)


def test_traffic_on_prefill_replicas_is_found(folder: Path) -> None:
    edit(folder, "traffic.csv", cell("option", PREFILL, option=DECODE))

    assert "an option that answers requests" in told_by("eligibility", folder)


def test_roles_that_nobody_asked_for_are_found(folder: Path) -> None:
    path = folder / "inputs/instance/instance.yaml"
    text = path.read_text()
    path.write_text(re.sub(r"^ *- (prefill|decode)\n", "", text, flags=re.MULTILINE))

    assert "- prefill" in text
    assert "role of " in told_by("candidates", folder)


def test_replicas_of_a_pair_stand_at_a_provider(folder: Path) -> None:
    edit(folder, "deployments.csv", cell("place", "us-virginia", option=PREFILL))

    assert {"eligibility", "disaggregation"} <= failing(folder)


@pytest.mark.slow
def test_prefill_replicas_do_not_count_as_fewest_replicas(tmp_path: Path) -> None:
    """Six at least that answer: two accelerators more than traffic needs, nine in all."""
    plan = solved_plan(tmp_path, {**CHANGES, "workloads.0.replicas_min": 6}, None, 28.0)
    rows = read_plan(plan).tables.deployments
    answering = rows[~rows["option"].str.contains("prefill")].groupby("block")["replicas"].sum()

    assert (answering >= 6).all()
    for name in answering_names(rows):
        edit(plan, "deployments.csv", cell("replicas", 1, option=name))
    assert "replicas of chat" in told_by("minimum_replicas", plan)


def answering_names(rows: pd.DataFrame) -> list[str]:
    """Returns the options of deployments that answer requests."""
    return sorted({str(name) for name in rows["option"] if "prefill" not in str(name)})
