"""What the family `quota` sums over: accelerators of a kind held anywhere; empty where no limit says so."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.program.groups import Groups

Quota = tuple[str, str, str]
"""(limit, period, block)"""


@dataclass(frozen=True)
class QuotaGroups:
    """Prepared sums of the limits of kind accelerators_max."""

    groups: "Groups"

    @cached_property
    def accelerators_max(self) -> dict[Quota, float]:
        """The limit by (limit, period, block), in every period that it holds in."""
        return {
            (str(row["limit"]), t, b): float(row["value"])
            for row in self.groups.coefficients.limits_of("accelerators_max")
            for t, b in self.groups.slots
            if row["period"] in ("", t)
        }

    @cached_property
    def offers_of_limit(self) -> dict[str, list[str]]:
        """Offers whose nodes count, by limit: those of its accelerator, all where it names none."""
        used = [f for offers in self.groups.offers_of_bay.values() for f in offers]
        return {
            str(row["limit"]): [f for f in used if row["scope"] in ("", self.groups.offers[f]["accelerator"])]
            for row in self.groups.coefficients.limits_of("accelerators_max")
        }

    @cached_property
    def rentals_of_quota(self) -> dict[Quota, list[tuple[float, tuple[str, str, str]]]]:
        """(accelerators, rental) of every rented offer that counts, by (limit, period, block)."""
        known = set(self.groups.rentals)
        return {
            quota: [(self._size(f), (f, *quota[1:])) for f in self.offers_of_limit[quota[0]] if (f, *quota[1:]) in known]
            for quota in self.accelerators_max
        }

    @cached_property
    def holdings_of_quota(self) -> dict[Quota, list[tuple[float, tuple[str, str]]]]:
        """(accelerators, holding) of every committed offer that counts, by (limit, period, block)."""
        known = set(self.groups.holdings)
        return {
            quota: [(self._size(f), (f, quota[1])) for f in self.offers_of_limit[quota[0]] if (f, quota[1]) in known]
            for quota in self.accelerators_max
        }

    def _size(self, offer: str) -> float:
        return float(self.groups.offers[offer]["accelerators"])
