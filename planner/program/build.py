"""The program: variables, then rules, then costs, then the goal."""

from collections.abc import Sequence
from typing import Any

import pyomo.environ as pyo
from pyomo.core.expr.numvalue import is_potentially_variable

from planner.program.costs import COSTS
from planner.program.family import Family
from planner.program.goal_groups import Stage
from planner.program.goals import GOALS, MAXIMISED
from planner.program.groups import Groups
from planner.program.rules import RULES
from planner.program.variables import add_variables

Kept = tuple[Stage, float]
"""A stage that is over, and the most that its objective may come to from now on."""


def build_program(
    groups: Groups,
    rules: Sequence[Family] = RULES,
    costs: Sequence[Family] = COSTS,
    stage: Stage | None = None,
    kept: Sequence[Kept] = (),
) -> pyo.ConcreteModel:
    """Returns the Pyomo model of prepared groups: minimise a stage's goals (the first stage's: usd, as a rule) under the rules.

    `kept` holds the objectives of earlier stages at most where they are to stay.
    """
    model = pyo.ConcreteModel("fleet")
    add_variables(model, groups)
    for rule in rules:
        rule(model, groups)
    model.cost = pyo.Expression([cost.name for cost in costs])
    for cost in costs:
        model.cost[cost.name] = cost(model, groups)
    stage = stage or groups.goals.stages[0]
    names = dict.fromkeys(name for one in (stage, *(earlier for earlier, _ in kept)) for name in one.weights)
    values = {name: GOALS[name](model, groups) for name in names}
    if kept:
        _keep(model, values, kept)
    model.objective = pyo.Objective(expr=_weighed(values, stage), sense=pyo.minimize)
    return model


def _weighed(values: dict[str, Any], stage: Stage) -> Any:
    """Returns what a stage minimises."""
    signs = {name: -weight if name in MAXIMISED else weight for name, weight in stage.weights.items()}
    if list(signs.values()) == [1.0]:
        return values[next(iter(signs))]
    return pyo.quicksum(weight * values[name] for name, weight in signs.items())


def _keep(model: pyo.ConcreteModel, values: dict[str, Any], kept: Sequence[Kept]) -> None:
    """Adds a row for each earlier stage: its objective stays at most where it was left."""
    model.STAGES = pyo.Set(initialize=[str(number + 1) for number in range(len(kept))], dimen=1)

    @model.Constraint(model.STAGES)
    def kept_goal(m: pyo.ConcreteModel, number: str) -> object:
        stage, most = kept[int(number) - 1]
        value = _weighed(values, stage)
        return value <= most if is_potentially_variable(value) else pyo.Constraint.Skip  # no carbon where APIs answer all
