"""What the quality families sum over: scores of whoever answers, weighed by the answers that reach users."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.program.groups import Groups

Mean = tuple[str, str, str]
"""(limit, period, scenario)"""
Margin = tuple[str, tuple[str, ...], float]
"""(variable, index, points x hours over the floor a unit of it)"""


@dataclass(frozen=True)
class QualityGroups:
    """Prepared sums of mean quality floors; empty where the problem has none."""

    groups: "Groups"

    @cached_property
    def score(self) -> dict[tuple[str, str], float]:
        """Score by (variant or API offer, benchmark)."""
        rows = self.groups.coefficients.scores
        return dict(zip(zip(rows["variant"], rows["benchmark"], strict=True), rows["score"].astype(float), strict=True))

    @cached_property
    def margins(self) -> dict[Mean, list[Margin]]:
        """Points over the floor times hours that each unit of traffic adds, by (limit, period, scenario) with traffic."""
        found: dict[Mean, list[Margin]] = {}
        for name, limit in self.groups.policy.limits("mean_quality_floor").items():
            for period in self.groups.policy.periods_of(limit):
                for scenario in self.groups.risk.slots_of:
                    rows = self._margins(limit, period, scenario)
                    if rows:
                        found[name, period, scenario] = rows
        return found

    def _margins(self, limit: Mapping[str, Any], period: str, scenario: str) -> list[Margin]:
        g = self.groups
        rows: list[tuple[str, tuple[str, ...], str, str, str, tuple[str, str]]] = []
        for r in g.routes:
            option = g.options[r[1]]
            rows.append(("serve", r, r[0], option["model"], option["variant"], (r[3], r[4])))
        rows += [("call", c, c[0], g.service.api[c[1], c[2]]["model"], c[1], (c[2], c[3])) for c in g.service.calls]
        return [
            (variable, index, margin * g.service.answer_share(w, model) * g.risk.clock_hours[slot])
            for variable, index, w, model, name, slot in rows
            if slot[0] == period and g.risk.scenario_of[slot] == scenario and limit["scope"] in ("", g.pool_of[w])
            if (margin := self.score.get((name, limit["benchmark"]), 0.0) - limit["value"])
        ]
