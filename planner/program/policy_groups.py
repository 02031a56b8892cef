"""What the families on money, supply and policy sum over: limits of an instance prepared as rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from planner.units import SECONDS_PER_HOUR

if TYPE_CHECKING:
    from planner.program.groups import Groups

Amount = tuple[str, tuple[str, ...], float]
"""(variable, index, amount a unit of it)"""


@dataclass(frozen=True)
class PolicyGroups:
    """Prepared sums of the policy families; every one is empty where the instance has no such limit."""

    groups: "Groups"

    def limits(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """Returns the limits of a kind by name: scope, period, value."""
        return {str(row["limit"]): row for row in self.groups.coefficients.limits_of(kind)}

    def periods_of(self, limit: Mapping[str, Any]) -> list[str]:
        """Returns the periods that a limit holds in: its own, or all."""
        return [str(limit["period"])] if limit["period"] else self.groups.periods

    @cached_property
    def cash_of_period(self) -> dict[str, list[Amount]]:
        """Cash paid by period, usd a unit of each variable: rent, commitments (upfront, then by the hour), egress."""
        g = self.groups
        cash: dict[str, list[Amount]] = {t: [] for t in g.periods}
        for f, t, b in g.rentals:
            cash[t].append(("rent", (f, t, b), g.usd_per_hour[f, t] * g.hours[t, b]))
        usd: dict[tuple[tuple[str, str], str], float] = {}
        for order in g.orders:
            usd[order, order[1]] = g.upfront_usd[order]
        for (_, t), alive in g.orders_alive.items():
            for order in alive:
                usd[order, t] = usd.get((order, t), 0.0) + g.usd_per_hour[order] * g.period_hours[t]
        for (order, t), amount in usd.items():
            cash[t].append(("commit", order, amount))
        for route in g.routes:
            price = g.egress_usd_per_request[route[0], g.region_of[route[2]]]
            cash[route[3]].append(("serve", route, price * SECONDS_PER_HOUR * g.hours[route[3], route[4]]))
        return {t: [amount for amount in amounts if amount[2]] for t, amounts in cash.items()}

    @cached_property
    def budgets(self) -> dict[str, list[Amount]]:
        """Cash that each budget counts, by limit: that of its period, or of the whole horizon."""
        rows = self.limits("budget_usd")
        return {name: [a for t in self.periods_of(row) for a in self.cash_of_period[t]] for name, row in rows.items()}
