"""The register: a family has one file, one formula, one docstring, one golden LP and one audit check, all of one name."""

import importlib
from pathlib import Path

import pyomo.environ as pyo
import pytest

from planner.program.build import build_program
from planner.program.costs import COSTS
from planner.program.family import Family
from planner.program.goal_groups import Stage
from planner.program.goals import GOALS
from planner.program.groups import Groups
from planner.program.rules import RULES
from tests.program.golden_worlds import GOLDEN_WORLDS
from tests.program.linear_programs import differences, lp_text, read_lp
from tests.worlds import tiny

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
FAMILIES = (*RULES, *COSTS, *GOALS.values())
by_name = pytest.mark.parametrize("family", FAMILIES, ids=lambda one: one.name)


def folder_of(family: Family) -> str:
    """Returns the room's folder of a family's kind."""
    return {"cost": "costs", "goal": "goals"}.get(family.kind, "rules")


def golden_text(family: Family) -> str:
    """Returns the LP of the variables and one family alone; an index family is shown by the columns that it leaves.

    A goal is shown with all cost terms.
    """
    costs = COSTS if family.kind == "goal" else [family] if family in COSTS else []
    stage = Stage({family.name: 1.0}) if family.kind == "goal" else Stage({"least_cost": 1.0})
    groups = Groups(GOLDEN_WORLDS.get(family.name, tiny)())
    model = build_program(groups, [family] if family in RULES else [], costs, stage)
    if family.kind == "index":
        model.del_component("objective")
        model.objective = pyo.Objective(expr=sum(model.serve[route] for route in model.ROUTES))
    return lp_text(model)


def test_names_are_unique():
    names = [family.name for family in FAMILIES]

    assert len(set(names)) == len(names)


@by_name
def test_family_stands_in_the_file_of_its_name(family):
    path = ROOT / "planner" / "program" / folder_of(family) / f"{family.name}.py"
    module = importlib.import_module(f"planner.program.{folder_of(family)}.{family.name}")

    assert path.is_file()
    assert getattr(module, family.name) is family
    assert family.kind in (("cost",) if family in COSTS else ("goal",) if family in GOALS.values() else ("rule", "index", "cut"))


@pytest.mark.parametrize("folder", ["rules", "costs", "goals"])
def test_every_file_of_the_folder_is_registered(folder):
    files = {path.stem for path in (ROOT / "planner" / "program" / folder).glob("*.py")} - {"__init__"}
    registered = {family.name for family in FAMILIES if folder_of(family) == folder}

    assert files == registered


@by_name
def test_family_has_a_formula_a_unit_and_a_docstring(family):
    assert "\\" in family.formula, "the formula is TeX"
    assert family.unit
    assert family.summary.endswith(".")
    assert (family.state.__doc__ or "").strip()


@by_name
def test_family_has_an_audit_check_of_its_name(family):
    audit = importlib.import_module("planner.plan.audit")
    ledger = importlib.import_module("planner.plan.ledger")

    if family.kind == "goal":
        goals = importlib.import_module("planner.plan.goals")
        assert (family.name in goals.VALUES, goals.UNITS[family.name], "goal" in audit.CHECKS) == (True, family.unit, True)
        return
    assert family.name in audit.CHECKS
    if family.kind == "cost":
        assert family.name in ledger.COSTS
    else:
        assert (ROOT / "planner" / "plan" / "checks" / f"{family.name}.py").is_file()


@by_name
def test_linear_program_is_the_golden_one(family, is_accepting):
    path = GOLDEN / f"{family.name}.lp"
    found = golden_text(family)
    if is_accepting:
        path.write_text(found, encoding="utf-8")

    assert path.is_file(), "no golden LP: look at it, then run pytest --accept"
    assert differences(read_lp(path.read_text(encoding="utf-8")), read_lp(found)) == []


@by_name
def test_golden_program_is_not_empty(family):
    golden = read_lp((GOLDEN / f"{family.name}.lp").read_text(encoding="utf-8"))

    if family.kind == "rule":
        assert golden.rows
    else:
        assert golden.objective.keys() - {"ONE_VAR_CONSTANT"}


def test_every_golden_program_belongs_to_a_family():
    assert {path.stem for path in GOLDEN.glob("*.lp")} == {family.name for family in FAMILIES}


@pytest.mark.parametrize(
    "change", [("+0.2", "+0.3"), ("<= 0", "<= 1"), ("<= 0", ">= 0"), ("chat_o1_here_q1_day)\n-0.8", "chat_o1_here_q1_day)\n-0.9")]
)
def test_a_changed_number_sense_or_side_is_told(change):
    text = (GOLDEN / "capacity.lp").read_text(encoding="utf-8")

    assert change[0] in text
    assert differences(read_lp(text), read_lp(text.replace(*change, 1)))


def test_order_and_number_format_are_not_told():
    text = (GOLDEN / "commitment.lp").read_text(encoding="utf-8")
    blocks = text.split("c_e_")
    tail = blocks[-1].split("\nbounds")
    reordered = blocks[0] + "c_e_" + tail[0] + "\n" + "c_e_".join(["", *blocks[1:-1]]).strip() + "\nbounds" + tail[1]

    assert reordered != text
    assert differences(read_lp(text), read_lp(reordered.replace("= 0\n", "= 0.0\n"))) == []
