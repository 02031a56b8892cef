"""The house keeps its shape: small files and functions, a docstring each, a test beside each module, no drawers."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(path.relative_to(ROOT) for path in (ROOT / "planner").rglob("*.py"))
DRAWERS = {"utils", "util", "common", "helpers", "helper", "core", "base", "manager", "misc", "tools", "shared"}
LINES_MAX = 400
FUNCTION_LINES_MAX = 40
"""Lines from `def` to the last one, the docstring not counted."""

LONG_FUNCTIONS: dict[tuple[str, str], str] = {
    ("planner/reports/facts.py", "report_facts"): "one argument for each field of ReportFacts",
}
"""Functions that are longer, by file and name, and why they read better whole."""

TESTED_ELSEWHERE: dict[str, str] = {
    "planner/__init__.py": "tests/cli/test_app.py",
    "planner/__main__.py": "tests/cli/test_app.py",
    "planner/inputs/catalog_checks.py": "tests/inputs/test_catalog.py",
    "planner/inputs/catalog_rows.py": "tests/inputs/test_catalog.py",
    "planner/inputs/provenance.py": "tests/inputs/test_catalog.py",
    "planner/methods/result.py": "tests/methods/test_choose.py",
    "planner/options/policy_tables.py": "tests/options/test_policy.py",
    "planner/options/predictions.py": "tests/options/test_estimate.py",
    "planner/plan/latencies.py": "tests/options/test_latencies.py",
    "planner/plan/tolerances.py": "tests/plan/test_audit.py",
    "planner/reports/facts.py": "tests/reports/test_html.py",
    "planner/certify/arrays.py": "tests/certify/test_statement.py",
    "planner/certify/decomposition.py": "tests/certify/test_recheck.py",
    "planner/certify/facts.py": "tests/certify/test_statement.py",
    "planner/certify/scope.py": "tests/certify/test_families.py",
    "planner/certify/unit_prices.py": "tests/certify/test_families.py",
    "planner/methods/certified.py": "tests/certify/test_recheck.py",
    "planner/studies/runner_up.py": "tests/studies/test_forced.py",
    "planner/studies/left_out.py": "tests/studies/test_explain.py",
    "planner/studies/why_not.py": "tests/studies/test_forced.py",
    "planner/studies/promise_cost.py": "tests/studies/test_explain.py",
    "planner/cli/explain.py": "tests/studies/test_explain.py",
    "planner/studies/give_and_take.py": "tests/studies/test_relax.py",
    "planner/studies/loosened_instance.py": "tests/studies/test_relax.py",
    "planner/studies/relaxation.py": "tests/studies/test_relax.py",
    "planner/roofline/calibration.py": "tests/roofline/test_parameters.py",
}
"""Modules whose tests stand under another name, and where."""


def tree(path: Path) -> ast.Module:
    """Returns the syntax tree of a product file."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def functions(path: Path) -> list[tuple[str, int]]:
    """Returns (name, lines) of every function of a file, its docstring not counted."""
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            doc = node.body[0] if ast.get_docstring(node) is not None else None
            said = 0 if doc is None else (doc.end_lineno or doc.lineno) - doc.lineno + 1
            found.append((node.name, (node.end_lineno or node.lineno) - node.lineno + 1 - said))
    return found


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_file_is_small_and_says_what_it_is(path):
    lines = len((ROOT / path).read_text(encoding="utf-8").splitlines())

    assert lines <= LINES_MAX
    assert (ast.get_docstring(tree(path)) or "").strip(), "a module docstring"


@pytest.mark.parametrize("path", FILES, ids=str)
def test_functions_are_short(path):
    long = [(name, lines) for name, lines in functions(path) if lines > FUNCTION_LINES_MAX]

    assert [(name, lines) for name, lines in long if (str(path), name) not in LONG_FUNCTIONS] == []


@pytest.mark.parametrize(("path", "name"), sorted(LONG_FUNCTIONS))
def test_functions_excepted_are_long(path, name):
    assert max(lines for found, lines in functions(Path(path)) if found == name) > FUNCTION_LINES_MAX, "it is short now"


@pytest.mark.parametrize("path", FILES, ids=str)
def test_no_file_or_folder_is_a_drawer(path):
    assert not DRAWERS & set(path.with_suffix("").parts)


def test_every_folder_is_a_package_with_a_docstring():
    folders = {path.parent for path in FILES}

    assert [str(folder) for folder in sorted(folders) if not (ROOT / folder / "__init__.py").is_file()] == []


def mirrored(path: Path) -> Path:
    """Returns the test file that a module's tests stand in."""
    return Path("tests", *path.parts[1:-1], f"test_{path.stem}.py")


def is_tested(path: Path) -> bool:
    """Says whether a module has its test file; families and checks are tested through their registers."""
    if path.name == "__init__.py" or (ROOT / mirrored(path)).is_file():
        return True
    if path.parts[:3] in (("planner", "program", "rules"), ("planner", "program", "costs"), ("planner", "program", "goals")):
        return (ROOT / "tests/program/golden" / f"{path.stem}.lp").is_file()
    return str(path) in TESTED_ELSEWHERE


def test_every_module_has_a_test_beside_it():
    assert [str(path) for path in FILES if not is_tested(path)] == []


@pytest.mark.parametrize("path", sorted(TESTED_ELSEWHERE))
def test_exceptions_are_real(path):
    assert (ROOT / path).is_file()
    assert (ROOT / TESTED_ELSEWHERE[path]).is_file()
    assert path.endswith("__init__.py") or not (ROOT / mirrored(Path(path))).is_file(), "it has a test of its own now"


def tracked_files() -> list[Path]:
    """Returns every file that git tracks or would track."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no git checkout")
    return [ROOT / name for name in ended.stdout.splitlines()]


def test_no_tracked_file_mentions_where_it_was_made():
    """Paths of the place where the project was built mean nothing to a reader; the words are put together here."""
    words = ["/" + "work/", "." + "library", "/tmp/" + "build"]
    wrong = []
    for path in tracked_files():
        if path.is_file() and path.stat().st_size < 5_000_000:
            text = path.read_bytes()
            wrong += [f"{path.relative_to(ROOT)}: {word}" for word in words if word.encode() in text]

    assert wrong == []


def test_no_tracked_file_is_large():
    large = [str(p.relative_to(ROOT)) for p in tracked_files() if p.is_file() and p.stat().st_size > 3_000_000]

    assert large == []
