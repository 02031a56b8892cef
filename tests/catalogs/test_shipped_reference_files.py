"""The generated reference page and JSON Schemas are those of the declarations and rows."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from planner.inputs.catalog import CATALOG_TABLES, load_catalog, shipped_folder

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "catalog" / "build_reference.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_reference", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_files_are_up_to_date(script: ModuleType) -> None:
    files = script.generated(load_catalog(), shipped_folder())

    assert [path.name for path in script.drifted(files)] == []
    assert len(files) == len(CATALOG_TABLES) + 1


def test_drift_is_noticed(script: ModuleType, tmp_path: Path) -> None:
    files = {tmp_path / "README.md": "new\n", tmp_path / "kept.json": "{}\n"}
    (tmp_path / "README.md").write_text("old\n")
    (tmp_path / "kept.json").write_text("{}\n")

    assert script.drifted(files) == [tmp_path / "README.md"]


def test_page_names_every_column_of_every_table(script: ModuleType) -> None:
    page = script.readme(load_catalog())

    for table in CATALOG_TABLES:
        for name in table.names:
            assert f"| {name} |" in page or f"| **{name}** |" in page


def test_schemas_are_one_row_objects() -> None:
    for table in CATALOG_TABLES:
        schema = json.loads((shipped_folder() / "schema" / f"{table.name}.json").read_text(encoding="utf-8"))
        assert schema["title"] == table.name
        assert set(schema["properties"]) == set(table.names)
        assert schema["additionalProperties"] is False
