"""Groups of demand uncertainty: the slots of each scenario, and the same problem as one scenario sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.program.groups import Deployment, Groups, Route, Slot


@dataclass(frozen=True)
class RiskGroups:
    """Scenarios of a planning problem.

    A slot (period, block) belongs to one scenario. Terms and rows that belong to a slot take `groups.hours`, which are hours
    times probability; sums over a period or the horizon that must hold whatever happens are taken once a scenario, over
    `slots_of[scenario]` with `clock_hours`, or over the groups that `seen_in` returns.
    """

    groups: "Groups"

    @cached_property
    def probability(self) -> Mapping[str, float]:
        """Probability by scenario, in the order of the blocks; one scenario of probability 1 where nothing is uncertain."""
        blocks = self.groups.coefficients.blocks.drop_duplicates("scenario")
        return dict(zip(blocks["scenario"], blocks["probability"].astype(float), strict=True))

    @cached_property
    def scenario_of(self) -> "Mapping[Slot, str]":
        """Scenario of each slot."""
        blocks = self.groups.coefficients.blocks
        return dict(zip(blocks[["period", "block"]].itertuples(index=False, name=None), blocks["scenario"], strict=True))

    @cached_property
    def slots_of(self) -> "Mapping[str, list[Slot]]":
        """Slots of each scenario, in order."""
        return {name: [slot for slot in self.groups.slots if self.scenario_of[slot] == name] for name in self.probability}

    @cached_property
    def clock_hours(self) -> "Mapping[Slot, float]":
        """Hours of each slot when its scenario comes true."""
        return {slot: hours / self.probability[self.scenario_of[slot]] for slot, hours in self.groups.hours.items()}

    def setting(self, name: str, default: float) -> float:
        """Returns a number of the instance's section `risk`, where it is not left at its default."""
        values = {row["limit"]: float(row["value"]) for row in self.groups.coefficients.limits_of("risk")}
        return values.get(f"risk|{name}", default)

    @cached_property
    def cvar_weight(self) -> float:
        """Weight of the tail in the cost; 0: expected cost alone."""
        return self.setting("cvar_weight", 0.0)

    @cached_property
    def cvar_tail_share(self) -> float:
        """Probability of the futures that make up the tail."""
        return self.setting("cvar_tail_share", 1.0)

    @cached_property
    def robust_budget(self) -> float:
        """Full deviations from the forecast that the workloads of a pool may have together in a block; 0: none."""
        return self.setting("robust_budget", 0.0)

    @cached_property
    def robust_deviation_share(self) -> float:
        """Most that a workload may ask for beyond its forecast, as a share of it."""
        return self.setting("robust_deviation_share", 0.0)

    @cached_property
    def guarded(self) -> "list[Deployment]":
        """Deployments that must bear deviations: all, or none where demand is as forecast."""
        is_robust = self.robust_budget > 0 and self.robust_deviation_share > 0
        return list(self.groups.routes_of_deployment) if is_robust else []

    @cached_property
    def surges(self) -> "list[Route]":
        """Routes whose traffic may exceed its forecast."""
        return self.groups.routes if self.guarded else []

    def seen_in(self, scenario: str) -> "Groups":
        """Returns the groups of the same problem when a scenario is certain: its slots have clock hours, all others none.

        The index sets are the same, so a sum of hours times variables over them is that scenario's own sum.
        """
        blocks = self.groups.coefficients.blocks
        is_here = (blocks["scenario"] == scenario).astype(float)
        seen = blocks.assign(hours=blocks["hours"] / blocks["probability"] * is_here, probability=is_here)
        return type(self.groups)(replace(self.groups.coefficients, blocks=seen))
