"""What the families on traffic sum over: requests turned away or put off, priorities, cascades, calls by the token."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.tables import records

if TYPE_CHECKING:
    from planner.program.groups import Groups, Route

Want = tuple[str, str, str]
"""(workload, period, block)"""


@dataclass(frozen=True)
class ServiceGroups:
    """Prepared sets of the traffic families; every one is empty where no workload of the problem has such a wish."""

    groups: "Groups"

    @cached_property
    def wishes(self) -> dict[str, Mapping[str, Any]]:
        """Row of the table `service` by workload, where it has one."""
        return {str(row["workload"]): row for row in records(self.groups.coefficients.service)}

    @cached_property
    def unserved_usd_per_request(self) -> dict[str, float]:
        """Price of a request that is turned away, by workload that may be; usd."""
        priced = {name: row["unserved_usd_per_request"] for name, row in self.wishes.items()}
        return {name: float(usd) for name, usd in priced.items() if usd is not None and not pd.isna(usd)}

    @cached_property
    def open_slots(self) -> dict[Want, None]:
        """(workload, period, block) in which a workload may be served: those with demand."""
        return dict.fromkeys(self.groups.demand)

    @cached_property
    def refusals(self) -> list[Want]:
        """(workload, period, block) with demand that may be turned away: at a price, or where serving most is the goal."""
        is_free = self.groups.goals.is_aimed_at("most_served")
        return [key for key in self.open_slots if is_free or key[0] in self.unserved_usd_per_request]

    @cached_property
    def answering_routes(self) -> dict[Want, list["Route"]]:
        """Routes on which a request of (workload, period, block) is answered, empty where there is none."""
        grouped: dict[Want, list[Route]] = defaultdict(list)
        for route in self.groups.routes:
            grouped[route[0], route[3], route[4]].append(route)
        return {**{key: [] for key in self.open_slots}, **grouped}

    @cached_property
    def unanswerable(self) -> list[Want]:
        """(workload, period, block) with demand that nothing may answer or turn away."""
        refusable = set(self.refusals)
        return [key for key, routes in self.answering_routes.items() if not routes and key not in refusable]
