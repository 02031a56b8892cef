"""What the plan is to be best at and how uncertain demand is held, as rows of the table `limits`."""

from typing import Any

from planner.inputs.instance import InstanceFile
from planner.inputs.policy import Goal, Risk


def goal_rows(settings: InstanceFile) -> list[dict[str, Any]]:
    """Returns the rows of goal and risk; none where the goal is least expected cost.

    A goal is a row `goal|1`, `goal|2`... with the goal in `scope` and, in order, the share by which later goals may worsen
    it, or its weight. Numbers of the section `risk` are rows `risk|name`. (No limit of an instance has a | in its name.)
    """
    return [*_goals(settings.goal), *_risk(settings.risk)]


def _goals(goal: Goal) -> list[dict[str, Any]]:
    if goal == Goal():
        return []
    named: list[tuple[str, float, str]]
    if goal.kind == "weighted":
        named = [(name, weight, "weight") for name, weight in goal.weights.items() if weight > 0]
    else:
        tolerances = {str(name): share for name, share in goal.tolerance_shares.items()}
        order = tuple(map(str, goal.order)) or (goal.kind,)
        named = [(name, tolerances.get(name, 0.0), "share") for name in order]
    return [
        {"limit": f"goal|{number}", "kind": "goal", "scope": name, "value": value, "unit": unit}
        for number, (name, value, unit) in enumerate(named, start=1)
    ]


def _risk(risk: Risk) -> list[dict[str, Any]]:
    found: dict[str, float] = {}
    if risk.cvar_weight > 0:
        found |= {"cvar_weight": risk.cvar_weight, "cvar_tail_share": risk.cvar_tail_share}
    if risk.robust_budget > 0 and risk.robust_deviation_share > 0:
        found |= {"robust_budget": risk.robust_budget, "robust_deviation_share": risk.robust_deviation_share}
    units = {"robust_budget": "workloads"}
    return [
        {"limit": f"risk|{name}", "kind": "risk", "scope": "", "value": value, "unit": units.get(name, "share")}
        for name, value in found.items()
    ]
