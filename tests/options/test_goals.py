"""Goals and risk of an instance as rows of the table `limits`."""

import pytest

from planner.errors import InputError
from planner.inputs.policy import Goal, Risk
from planner.options.goals import goal_rows
from tests.small_instances import small_instance


def rows(**settings: object) -> list[tuple[object, ...]]:
    """Returns (limit, scope, value, unit) of a goal and a risk section."""

    class File:
        goal = settings.get("goal", Goal())
        risk = settings.get("risk", Risk())

    return [(row["limit"], row["scope"], row["value"], row["unit"]) for row in goal_rows(File())]  # type: ignore[arg-type]


def test_least_cost_has_no_rows(tmp_path):
    assert goal_rows(small_instance(tmp_path).settings) == []


def test_one_goal_an_order_and_weights():
    assert rows(goal=Goal(kind="least_carbon")) == [("goal|1", "least_carbon", 0.0, "share")]
    order = Goal(kind="lexicographic", order=("most_served", "least_cost"), tolerance_shares={"most_served": 0.1})
    assert rows(goal=order) == [("goal|1", "most_served", 0.1, "share"), ("goal|2", "least_cost", 0.0, "share")]
    weighted = Goal(kind="weighted", weights={"least_cost": 1.0, "most_served": 0.0, "least_carbon": 0.2})
    assert rows(goal=weighted) == [("goal|1", "least_cost", 1.0, "weight"), ("goal|2", "least_carbon", 0.2, "weight")]


def test_a_tail_weight_has_its_share_beside_it():
    assert rows(risk=Risk(cvar_weight=0.5)) == [
        ("risk|cvar_weight", "", 0.5, "share"), ("risk|cvar_tail_share", "", 0.1, "share"),
    ]  # fmt: skip
    assert len(rows(risk=Risk(robust_budget=2, robust_deviation_share=0.1))) == 2


def test_a_budget_of_surges_and_its_share_go_together(tmp_path):
    with pytest.raises(InputError, match="both above 0 or neither"):
        small_instance(tmp_path, {"risk.robust_budget": 2})


@pytest.mark.parametrize(
    "goal",
    [
        {"kind": "lexicographic", "order": ["least_cost"]}, {"kind": "least_cost", "order": ["least_cost", "least_carbon"]},
        {"kind": "lexicographic", "order": ["least_cost", "least_cost"]}, {"kind": "weighted"},
        {"kind": "lexicographic", "order": ["cheap", "green"]}, {"kind": "weighted", "weights": {"least_cost": -1}},
        {"kind": "lexicographic", "order": ["least_cost", "most_served"], "tolerance_shares": {"most_served": 0.1}},
        {"kind": "least_carbon", "weights": {"least_cost": 1.0}},
    ],
)  # fmt: skip
def test_a_goal_that_contradicts_itself_is_refused(tmp_path, goal):
    with pytest.raises(InputError, match="goal"):
        small_instance(tmp_path, {"goal": goal})
