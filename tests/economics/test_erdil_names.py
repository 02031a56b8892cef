"""Catalog names of the paper's objects, and the table of `planner frontier`."""

from dataclasses import replace

import numpy as np
import pytest

from planner.economics.erdil_devices import load_devices
from planner.economics.erdil_models import load_models
from planner.economics.erdil_names import NAMES, constants_folder, frontier_table, paper_device, paper_model
from planner.economics.erdil_search import Question
from planner.errors import InputError
from planner.inputs.catalog import load_catalog


def test_every_name_is_in_the_catalog_and_every_object_in_the_paper():
    catalog = load_catalog()
    frame = NAMES.read(constants_folder() / "names.csv")
    models, devices = (frame[frame["kind"] == kind] for kind in ("model", "accelerator"))

    assert set(models["name"]) <= set(catalog.models)
    assert set(models["precision"]) <= set(catalog.precisions)
    assert set(devices["name"]) <= set(catalog.accelerators)
    assert set(models["object"]) <= set(load_models())
    assert set(devices["object"]) <= set(load_devices())


def test_precision_chooses_the_object_and_its_default_is_the_widest():
    assert paper_model("llama-3.1-70b", "fp8").model == "Llama_3_70B_8_bit"
    assert paper_model("llama-3.1-70b").model == "Llama_3_70B"
    assert paper_model("deepseek-v3").weight_bytes == 1
    assert paper_model("GPT_4_4x").layers == 75
    assert paper_device("H100-SXM") == paper_device("H100")


@pytest.mark.parametrize(("name", "precision"), [("qwen3-8b", None), ("llama-3.1-70b", "mxfp4"), ("GPT_4", "fp8")])
def test_what_the_paper_lacks_is_refused_with_exit_code_2(name, precision):
    with pytest.raises(InputError) as refusal:
        paper_model(name, precision)

    assert refusal.value.exit_code == 2


def test_a_device_the_paper_lacks_is_refused():
    with pytest.raises(InputError, match="H100-SXM"):
        paper_device("B200-SXM")


def test_the_table_has_the_columns_of_the_command_and_is_sorted_by_speed():
    question = replace(Question(paper_model("llama-3.1-70b", "fp8"), paper_device("V100")), context=100000.0)
    table = frontier_table(question)
    columns = "model accelerator precision tok_s_per_request usd_per_mtok batch accelerators tp pp ep bound source"

    assert table.columns[:12].tolist() == columns.split()
    assert (np.diff(table["tok_s_per_request"]) > 0).all()
    assert set(table["source"]) == {"modelled"}
    assert (table["tp"] * table["pp"] <= table["accelerators"] * (1 + 1e-9)).all()
    assert not table["fits_all_sequences"].all()
