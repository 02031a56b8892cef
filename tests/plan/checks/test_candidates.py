"""Only what the instance lets one use is used."""

from pathlib import Path

import pytest

from tests.plan.damage import cell, edit, found_by, told_by, without
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
