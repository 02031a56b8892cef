"""planner catalog: list, show, check."""

import pytest

from planner.cli import catalog as catalog_commands
from tests.command_line import planner
from tests.small_instances import shipped_catalog


@pytest.fixture(autouse=True)
def _one_catalog(monkeypatch):
    """The shipped catalog is read once."""
    real = catalog_commands.load_catalog
    monkeypatch.setattr(
        catalog_commands, "load_catalog", lambda folder=None: shipped_catalog() if folder is None else real(folder)
    )


def test_list_counts_the_rows_of_every_table_by_source():
    said = planner("catalog", "list", "--format", "json")
    offers = next(row for row in said.json if row["table"] == "offers")

    assert {row["table"] for row in said.json} == set(shipped_catalog().tables)
    assert offers["rows"] == len(shipped_catalog().offers)
    assert offers["list_price"] + offers["estimate"] <= offers["rows"]


def test_list_filters_rows_by_column():
    said = planner("catalog", "list", "regions", "--where", "jurisdiction=EU", "--where", "country=FI", "--format", "json")

    assert [row["region"] for row in said.json] == ["finland"]


@pytest.mark.parametrize("arguments", [("unicorns",), ("regions", "--where", "country"), ("regions", "--where", "colour=red")])
def test_wrong_table_or_filter_is_told(arguments):
    said = planner("catalog", "list", *arguments)

    assert said.code == 2
    assert "expected" in said.err


def test_show_tells_everything_of_a_name_with_its_source():
    said = planner("catalog", "show", "h100-sxm", "--format", "json")

    assert {"accelerators", "precision_support", "node_types"} <= set(said.json)
    assert said.json["accelerators"][0]["accelerator"] == "H100-SXM"
    assert all(row["source"] for row in said.json["precision_support"])


def test_show_resolves_hugging_face_names():
    assert (
        planner("catalog", "show", "meta-llama/Llama-3.1-8B-Instruct", "--format", "json").json["models"][0]["model"]
        == "llama-3.1-8b"
    )


def test_show_of_an_unknown_name_is_told():
    assert planner("catalog", "show", "h900").code == 2


def test_check_of_the_shipped_catalog_finds_no_problem():
    said = planner("catalog", "check", "--format", "json")

    assert said.json["problems"] == 0
    assert said.json["digest"] == shipped_catalog().digest


def test_check_of_an_empty_folder_names_every_missing_file(tmp_path):
    said = planner("catalog", "check", tmp_path)

    assert said.code == 2
    assert said.err.count("no such file") == len(shipped_catalog().tables)
