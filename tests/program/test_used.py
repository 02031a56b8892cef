"""Which families a problem uses: the base worlds use none beyond the base, and every other family has its test of use."""

from planner.program.costs import COSTS
from planner.program.groups import Groups
from planner.program.rules import RULES
from planner.program.used import BASE, USED, extensions
from tests.program.golden_worlds import GOLDEN_WORLDS
from tests.worlds import random_world, rich_world, showcase, tiny


def test_every_family_is_base_or_says_when_it_is_used():
    names = {family.name for family in (*RULES, *COSTS)}

    assert names == BASE | USED.keys()
    assert not BASE & USED.keys()


def test_base_worlds_use_base_families_alone():
    for world in (tiny(), showcase(), random_world(1), rich_world(1)):
        assert extensions(Groups(world)) == []


def test_a_family_is_used_in_the_world_of_its_golden_program():
    assert [name for name in USED if name not in extensions(Groups(GOLDEN_WORLDS[name]()))] == []
