"""What the catalog does not have is names alone: every number of it is blank."""

from dataclasses import fields

from planner.inputs.catalog import load_catalog
from planner.inputs.unmodelled import (
    model_name,
    precision_name,
    unmodelled_model,
    unmodelled_models,
    unmodelled_node,
    unmodelled_precision,
)
from tests.small_instances import shipped_catalog, small_instance

MINE = {
    "candidates": [
        {"model": "llama-3.1-8b", "precisions": ["fp8"]},
        {"model": "mine", "precisions": ["q7"], "is_modelled": False},
    ]
}


def test_every_number_is_blank():
    node, accelerator = unmodelled_node({"node_type": "n", "accelerator": "a", "accelerators": 4, "vendor": "v"})
    for made in (unmodelled_model("mine", "q7"), unmodelled_precision("q7"), accelerator):
        numbers = [getattr(made, item.name) for item in fields(made) if not isinstance(getattr(made, item.name), str)]
        assert not any(numbers)

    assert (node.accelerators, node.power_kw, node.scale_out_gb_per_s) == (4, 0.0, None)
    assert accelerator.vendor == "v"
    assert unmodelled_model("mine", "q7").native_precision == "q7", "it keeps all of its quality as it is served"


def test_names_of_the_users_own_stand_for_themselves(tmp_path):
    instance, catalog = small_instance(tmp_path, MINE), shipped_catalog()

    assert unmodelled_models(instance) == {"mine"}
    assert model_name(instance, catalog, "mine") == "mine"
    assert precision_name(instance, catalog, "mine", "q7") == "q7"
    assert model_name(instance, catalog, "Llama-3.1-8B") == "llama-3.1-8b"
    assert precision_name(instance, catalog, "llama-3.1-8b", "FP8") == "fp8"


def test_the_catalog_stays_as_it_is():
    assert "mine" not in load_catalog().models
