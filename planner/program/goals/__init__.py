"""What a plan can be best at; a stage minimises the weighed sum of its goals, those of MAXIMISED with the sign turned."""

from collections.abc import Mapping

from planner.program.family import Family
from planner.program.goals.least_carbon import least_carbon
from planner.program.goals.least_cost import least_cost
from planner.program.goals.most_served import most_served
from planner.program.goals.tail_cost import tail_cost

GOALS: Mapping[str, Family] = {goal.name: goal for goal in (least_cost, tail_cost, least_carbon, most_served)}
MAXIMISED: frozenset[str] = frozenset({"most_served"})
