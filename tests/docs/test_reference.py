"""Generated pages are those that the code generates now, and say all that there is to say."""

import importlib
import json
import pkgutil
import re
from pathlib import Path

import pytest

import planner
from planner.program.costs import COSTS
from planner.program.rules import RULES
from planner.tables import Table
from scripts.docs.make_reference import ROOT, TABLE_CHAPTERS, drifted, formulation, generated, main, tables_page
from tests.small_instances import SMALL

LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def test_generated_files_are_up_to_date():
    assert drifted(generated()) == [], "run python scripts/docs/make_reference.py"


def test_check_tells_by_its_exit_code(capsys):
    assert main(["--check"]) == 0
    assert capsys.readouterr().out == ""


def test_a_changed_file_is_told(tmp_path):
    files = {Path("docs/a.md"): "new"}
    (tmp_path / "docs").mkdir()

    assert drifted(files, tmp_path) == [Path("docs/a.md")]
    (tmp_path / "docs" / "a.md").write_text("new")
    assert drifted(files, tmp_path) == []


@pytest.mark.parametrize("family", [*RULES, *COSTS], ids=lambda one: one.name)
def test_every_family_has_a_chapter_with_its_formula_and_its_fact(family):
    page = formulation()

    assert f"### {family.name}\n" in page
    assert f"$$ {family.formula} $$" in page
    assert family.summary in page


def test_every_variable_has_a_line():
    page = formulation()

    for name in ("serve[", "deploy[", "rent[", "commit[", "hold["):
        assert name in page


def declared_tables() -> dict[int, str]:
    """Returns every table declared at the top of a product module, outside the economics of a paper."""
    found = {}
    for module in pkgutil.walk_packages(planner.__path__, "planner."):
        if module.name.startswith(("planner.economics", "planner.__main__")):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, Table):
                found[id(value)] = f"{module.name}.{name}"
    return found


def test_every_table_has_a_section():
    documented = {id(table) for _, tables in TABLE_CHAPTERS.values() for table in tables}

    assert sorted(name for key, name in declared_tables().items() if key not in documented) == []


def test_every_column_has_a_meaning():
    silent = [
        f"{t.name}.{c.name}" for _, tables in TABLE_CHAPTERS.values() for t in tables for c in t.columns if not c.description
    ]

    assert silent == []
    assert "| **workload** | str |" in tables_page()


@pytest.mark.parametrize(
    "page", [*sorted(ROOT.glob("docs/*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda p: p.name
)
def test_links_to_files_lead_somewhere(page):
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not link.startswith(("http", "mailto"))]

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "schema").glob("*.json")), ids=lambda p: p.name)
def test_published_schemas_are_of_today_and_closed(path):
    schema = json.loads(path.read_text(encoding="utf-8"))

    assert path.relative_to(ROOT) in generated(), "a schema that nothing generates"
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["additionalProperties"] is False


def test_the_instance_schema_is_valid_and_admits_the_small_instance():
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    schema = json.loads((ROOT / "docs/schema/instance.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    assert list(validator.iter_errors(json.loads(json.dumps(SMALL)))) == []
    assert list(validator.iter_errors({**SMALL, "colour": "red"}))
