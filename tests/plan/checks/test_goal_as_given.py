"""Goal and risk rows that are not the instance's are found."""

from pathlib import Path

import pytest

from planner.inputs.policy import Goal, Risk
from planner.options.goals import _goals as made_goals
from planner.options.goals import _risk as made_risk
from planner.plan.checks.goal_as_given import _goals, _risk
from tests.plan.damage import added, cell, edit, found_by, told_by, without

LIMITS = "inputs/coefficients/limits.csv"


def test_a_sound_plan_passes(tailed_plan: Path, plan_folder: Path) -> None:
    assert found_by("goal_as_given", tailed_plan) == []
    assert found_by("goal_as_given", plan_folder) == []


@pytest.mark.parametrize(
    "change",
    [
        cell("value", 0.1, limit="risk|cvar_weight"), without(limit="risk|cvar_tail_share"),
        added(limit="goal|1", kind="goal", scope="least_cost", value=0, unit="share"),
    ],
)  # fmt: skip
def test_a_row_changed_on_the_way_is_found(tailed_plan: Path, change: object) -> None:
    edit(tailed_plan, LIMITS, change)  # type: ignore[arg-type]

    assert "expected risk|cvar_weight  0.5 share; risk|cvar_tail_share  0.25 share" in told_by("goal_as_given", tailed_plan)


@pytest.mark.parametrize(
    "goal",
    [
        Goal(), Goal(kind="least_carbon"), Goal(kind="weighted", weights={"least_cost": 1.0, "least_carbon": 3.0}),
        Goal(kind="lexicographic", order=("most_served", "least_cost"), tolerance_shares={"most_served": 0.2}),
    ],
)  # fmt: skip
def test_both_statements_of_the_rows_agree(goal: Goal) -> None:
    risk = Risk(cvar_weight=0.3, robust_budget=1.5, robust_deviation_share=0.2)

    assert _goals(goal) == [(r["limit"], r["scope"], r["value"], r["unit"]) for r in made_goals(goal)]
    assert _risk(risk) == [(r["limit"], r["scope"], r["value"], r["unit"]) for r in made_risk(risk)]
