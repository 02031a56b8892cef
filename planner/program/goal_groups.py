"""What a plan is to be best at: stages in order, each a weighed sum of goals."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.program.groups import Groups


@dataclass(frozen=True)
class Stage:
    """One solve: the weight of each goal, and how far a later stage may leave its value."""

    weights: Mapping[str, float]
    tolerance_share: float = 0.0
    is_told: bool = True
    """False for the last stage that only settles, by cost, what the goals asked for leave open."""


@dataclass(frozen=True)
class GoalGroups:
    """Goals of a planning problem."""

    groups: "Groups"

    @cached_property
    def cost(self) -> str:
        """The goal that stands for cost: its expectation, or with a tail weight the tail-weighed cost."""
        return "tail_cost" if self.groups.risk.cvar_weight > 0 else "least_cost"

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """Stages in order; one, least cost, where nothing else is asked for.

        A lexicographic order is a stage a goal, weights are one stage. Where the stages leave cost open, least cost
        comes last.
        """
        rows = self.groups.coefficients.limits_of("goal")
        named = [(self.cost if row["scope"] == "least_cost" else str(row["scope"]), float(row["value"])) for row in rows]
        asked: tuple[Stage, ...]
        if not rows:
            asked = (Stage({self.cost: 1.0}),)
        elif rows[0]["unit"] == "weight":
            asked = (Stage(dict(named)),)
        else:
            asked = tuple(Stage({goal: 1.0}, tolerance) for goal, tolerance in named)
        is_cost_settled = any(stage.weights.get("least_cost", 0.0) > 0 for stage in asked)
        is_cost_settled |= self.groups.risk.cvar_weight < 1 and any(stage.weights.get("tail_cost", 0.0) > 0 for stage in asked)
        return asked if is_cost_settled else (*asked, Stage({"least_cost": 1.0}, is_told=False))

    @cached_property
    def is_cost_alone(self) -> bool:
        """Whether least expected cost is all that is asked for."""
        return len(self.stages) == 1 and dict(self.stages[0].weights) == {"least_cost": 1.0}

    def is_aimed_at(self, goal: str) -> bool:
        """Says whether a stage asked for weighs a goal."""
        return any(goal in stage.weights for stage in self.stages if stage.is_told)
