"""What an instance can say is either solved or refused by name: nothing is ignored."""

import ast
from pathlib import Path

import pytest

from planner.errors import InputError
from planner.inputs.instance import InstanceFile
from planner.inputs.policy import LimitKind
from planner.inputs.unsolved import SOLVED_LIMITS, SOLVED_TERMS, unsolved_faults
from planner.inputs.workloads import Entry
from tests.small_instances import small_instance

ROOT = Path(__file__).parents[2] / "planner"


def test_every_kind_of_limit_is_solved():
    assert set(LimitKind.__args__) == SOLVED_LIMITS


def test_a_limit_that_is_not_solved_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("planner.inputs.unsolved.SOLVED_LIMITS", SOLVED_LIMITS - {"power_kw"})
    with pytest.raises(InputError, match=r"limits\[0\].kind.*power_kw"):
        small_instance(tmp_path, {"limits": [{"limit": "l", "kind": "power_kw", "value": 1.0}]})


def test_the_small_instance_wishes_nothing_unsolved(tmp_path):
    instance = small_instance(tmp_path)

    assert unsolved_faults(instance.settings) == []
    assert set(instance.settings.supply.terms) <= SOLVED_TERMS


def field_names(entry: type[Entry]) -> set[str]:
    """Returns the names of all fields of an entry and of the entries inside it."""
    names: set[str] = set()
    for name, field in entry.model_fields.items():
        names.add(name)
        for part in _entries(field.annotation):
            names |= field_names(part)
    return names


def _entries(annotation: object) -> list[type[Entry]]:
    if isinstance(annotation, type) and issubclass(annotation, Entry):
        return [annotation]
    return [one for part in getattr(annotation, "__args__", ()) for one in _entries(part)]


def names_used() -> set[str]:
    """Returns every attribute, keyword and text in the product outside the declarations of the format."""
    declared = {"policy.py", "workloads.py", "instance.py"}
    used: set[str] = set()
    for path in ROOT.rglob("*.py"):
        if path.name in declared and path.parent.name == "inputs":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                used.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                used.add(node.value)
    return used


def test_every_field_is_read_somewhere_or_refused():
    """Fields that only describe, or that only mean something inside a refused wish, are listed here."""
    described = {"schema_version", "story", "description", "currency", "demand", "catalog", "trace", "histogram"}
    inside_refused = {
        "first", "escalation_share", "period", "scope", "value", "benchmark", "scenario", "probability", "cvar_weight",
        "cvar_tail_share", "robust_budget", "robust_deviation_share", "order", "weights", "scenarios",
    }  # fmt: skip

    assert sorted(field_names(InstanceFile) - names_used() - described - inside_refused) == []
