"""The program: variables, then rules, then costs."""

from collections.abc import Sequence

import pyomo.environ as pyo

from planner.program.costs import COSTS
from planner.program.family import Family
from planner.program.groups import Groups
from planner.program.rules import RULES
from planner.program.variables import add_variables


def build_program(groups: Groups, rules: Sequence[Family] = RULES, costs: Sequence[Family] = COSTS) -> pyo.ConcreteModel:
    """Returns the Pyomo model of prepared groups: minimise the sum of the cost terms (usd) under the rules."""
    model = pyo.ConcreteModel("fleet")
    add_variables(model, groups)
    for rule in rules:
        rule(model, groups)
    model.cost = pyo.Expression([cost.name for cost in costs])
    for cost in costs:
        model.cost[cost.name] = cost(model, groups)
    model.objective = pyo.Objective(expr=pyo.quicksum(model.cost[cost.name] for cost in costs), sense=pyo.minimize)
    return model
