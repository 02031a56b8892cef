"""The shipped constants: where they are, what each version has."""

import pytest

from planner.economics.erdil_constants import as_version, constants_folder, read_models, read_scaled_models
from planner.errors import InputError


def test_constants_ship_with_the_catalog():
    files = {path.name for path in constants_folder().glob("*.csv")}

    assert files == {"models.csv", "scaled_models.csv", "devices_v1.csv", "devices_v2.csv", "names.csv"}


def test_v1_has_twenty_models_and_v2_one_more_and_ten_scaled_ones():
    assert (len(read_models("v1")), len(read_scaled_models("v1"))) == (20, 0)
    assert (len(read_models("v2")), len(read_scaled_models("v2"))) == (21, 10)


def test_kept_errors_of_the_notebook_are_noted_beside_the_number():
    notes = read_models("v2").set_index("model")["note"]

    for name in ("Llama_3_405B", "DeepSeek_V3", "Falcon", "Llama_3_8B_8_bit"):
        assert "quirk" in notes[name]


def test_an_unknown_version_is_refused():
    with pytest.raises(InputError, match="v1 or v2"):
        as_version("v3")
