"""The goal and the risk planned for are those given."""

from planner.inputs.policy import Goal, Risk
from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, number

Row = tuple[str, str, float, str]
"""(limit, scope, value, unit)"""


def goal_as_given(found: AuditInput) -> Checked:
    """The coefficients' goals, weights, tolerances and numbers on risk are those of the instance, in its order."""
    if found.instance is None:
        return Checked(0)
    limits = found.coefficients.limits
    rows = limits[limits["kind"].isin(["goal", "risk"])]
    columns = (rows["limit"], rows["scope"], rows["value"].astype(float), rows["unit"])
    planned = list(zip(*columns, strict=True))
    settings = found.instance.settings
    given = [*_goals(settings.goal), *_risk(settings.risk)]
    if planned == given:
        return Checked(1 + len(given))
    return Checked(1 + len(given), (Finding("goal_as_given", "rows of goal and risk", _told(given), _told(planned)),))


def _goals(goal: Goal) -> list[Row]:
    if goal.kind == "least_cost":
        return []
    if goal.kind == "weighted":
        weights = [(name, weight) for name, weight in goal.weights.items() if weight > 0]
        return [(f"goal|{i + 1}", name, weight, "weight") for i, (name, weight) in enumerate(weights)]
    order = goal.order if goal.kind == "lexicographic" else (goal.kind,)
    return [(f"goal|{i + 1}", name, goal.tolerance_shares.get(name, 0.0), "share") for i, name in enumerate(order)]


def _risk(risk: Risk) -> list[Row]:
    rows: list[Row] = []
    if risk.cvar_weight > 0:
        rows += [("risk|cvar_weight", "", risk.cvar_weight, "share"), ("risk|cvar_tail_share", "", risk.cvar_tail_share, "share")]
    if risk.robust_budget * risk.robust_deviation_share > 0:
        rows.append(("risk|robust_budget", "", risk.robust_budget, "workloads"))
        rows.append(("risk|robust_deviation_share", "", risk.robust_deviation_share, "share"))
    return rows


def _told(rows: list[Row]) -> str:
    return "; ".join(f"{limit} {scope} {number(value)} {unit}" for limit, scope, value, unit in rows) or "none"
