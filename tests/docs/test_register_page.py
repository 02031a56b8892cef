"""The register page tells every family, where what stands for it is, and which shipped instances use it."""

import re

from planner.program.costs import COSTS
from planner.program.goals import GOALS
from planner.program.rules import RULES
from planner.program.used import BASE
from scripts.docs.make_reference import REGISTER, ROOT, register, register_page, uses_told

FAMILIES = (*RULES, *COSTS, *GOALS.values())
PAGE = (ROOT / REGISTER).read_text(encoding="utf-8")


def test_every_family_has_its_row():
    assert list(uses_told(PAGE)) == [family.name for family in FAMILIES]


def test_instances_told_are_shipped_and_base_families_are_in_all_of_them():
    shipped = {path.parent.name for path in (ROOT / "instances").glob("*/instance.yaml")}
    uses = uses_told(PAGE)

    assert {name for names in uses.values() for name in names} <= shipped
    assert all(uses[name] == uses["demand"] for name in BASE)


def test_a_page_tells_what_it_was_made_of():
    uses = {"demand": ["one", "two"], "budget": ["two"]}
    told = uses_told(register_page(FAMILIES, uses, "made"))

    assert told == {family.name: uses.get(family.name, []) for family in FAMILIES}


def test_links_lead_somewhere():
    links = re.findall(r"\]\(([^)#]+)", PAGE)

    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_what_excludes_what_is_told():
    assert "Mutually exclusive: least_cost, tail_cost, least_carbon, most_served; robust_capacity, pooled_headroom;" in PAGE
    assert register() == PAGE
