"""Only what the instance lets one use is used."""

import shutil
from pathlib import Path

import pytest

from planner.plan.files import read_plan
from planner.reports.facts import report_facts
from tests.plan.damage import cell, edit, found_by, told_by, without
from tests.plan.solved import solved_plan
from tests.plan.worlds import LARGE


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("precisions: [fp8, bf16]", "precisions: [fp8]", "expected a candidate that its model lists permit, found small@bf16"),
        ("models_allow: [small]", "models_deny: [small]", "model that serves chat"),
        ("models_deny: [small]", "models_deny: [ORG/large]", "model that serves research"),
        ("tp_max: 8, pp_max: 2", "tp_max: 8, pp_max: 1", "tp <= 8, pp <= 1, nodes <= 2, found tp 8, pp 2, nodes 2"),
        ("[on_demand, reserved_1y, purchase]", "[on_demand, purchase]", "offer aws/p5/us-virginia/reserved_1y"),
        ("purchase_regions: [us-virginia]", "purchase_regions: []", "offer purchase/8xH100/us-virginia"),
        ("nodes_max_per_offer: 6", "nodes_max_per_offer: 6\n  providers: [gcp]", "offer aws/p5/germany-frankfurt/on_demand"),
        ("nodes_max_per_offer: 6", "nodes_max_per_offer: 6\n  node_types: [8xA100]", "offer aws/p5/germany-frankfurt/on_demand"),
        ("nodes_max_per_offer: 6", "nodes_max_per_offer: 6\n  offers_deny: [owned/old]", "offer owned/old"),
        ("regions: [us-virginia, germany-frankfurt]", "regions: [us-virginia]", "offer aws/p5/germany-frankfurt/on_demand"),
    ],
)  # fmt: skip
def test_what_the_instance_forbids_is_found(plan_folder: Path, old: str, new: str, said: str) -> None:
    path = plan_folder / "inputs/instance/instance.yaml"
    text = path.read_text()
    path.write_text(text.replace(old, new))

    assert old in text
    assert said in told_by("candidates", plan_folder)


def test_an_alias_means_its_model(plan_folder: Path) -> None:
    sound = found_by("candidates", plan_folder)
    edit(plan_folder, "inputs/catalog/aliases.csv", without(alias="Org/Large"))

    assert sound == []
    assert "found large@fp8" in told_by("candidates", plan_folder)


def test_a_layout_of_the_users_own_rates_may_go_beyond_the_limits(plan_folder: Path) -> None:
    path = plan_folder / "inputs/instance/instance.yaml"
    path.write_text(path.read_text().replace("tp_max: 8", "tp_max: 4"))
    edit(plan_folder, "inputs/coefficients/rates.csv", cell("source", "user", option=LARGE))

    assert found_by("candidates", plan_folder) == []


@pytest.fixture(scope="module")
def drafting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan that drafts: at 6 ms a token plain decoding needs two accelerators a replica and two nodes, drafting one."""
    return solved_plan(
        tmp_path_factory.mktemp("drafting"), {"workloads.0.slo.1.ms": 6, "deployment.speculative": True}, requests_per_s=100.0
    )


@pytest.mark.slow
def test_drafting_changes_the_plan_and_is_told_as_an_assumption(drafting: Path, tmp_path: Path) -> None:
    plain = solved_plan(tmp_path, {"workloads.0.slo.1.ms": 6}, requests_per_s=100.0)
    with_drafts, without_drafts = read_plan(drafting), read_plan(plain)

    assert with_drafts.facts.objective_usd == pytest.approx(without_drafts.facts.objective_usd / 2, rel=1e-6)
    assert all("+eagle3x3/" in option for option in with_drafts.tables.deployments["option"])
    told = next(a for a in with_drafts.facts.assumptions if a.assumption.startswith("acceptance of drafted tokens"))
    assert (told.assumption, told.value) == ("acceptance of drafted tokens, llama-3.1-8b", "eagle3, 3 a step: 0.74 each")
    assert told.weight_usd > 0
    assert "MT-Bench" in told.source
    assert ", eagle3 drafts 3 (0.74 accepted)" in report_facts(drafting).routes["layout"].iloc[0]


def test_drafts_that_nobody_asked_for_or_that_the_catalog_lacks_are_found(drafting: Path, tmp_path: Path) -> None:
    unasked, unknown = (Path(shutil.copytree(drafting, tmp_path / name)) for name in ("unasked", "unknown"))
    path = unasked / "inputs/instance/instance.yaml"
    path.write_text(path.read_text().replace("speculative: true", "speculative: false"))
    edit(unknown, "inputs/coefficients/options.csv", cell("draft_acceptance", "0.9", draft="eagle3"))

    assert found_by("candidates", drafting) == []
    assert "found eagle3 with 3 tokens at 0.74" in told_by("candidates", unasked)
    assert "found eagle3 with 3 tokens at 0.9" in told_by("candidates", unknown)
