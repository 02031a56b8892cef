"""What the family `pooled_headroom` sums over: deployments that share a queue, and the lines they may stand on."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from planner.options.places import is_spot_place
from planner.tables import records

if TYPE_CHECKING:
    from planner.program.groups import Deployment, Groups

Lifted = tuple[str, str, str, str, str, int]
"""A deployment and the replicas at which a line meets the curve."""


@dataclass(frozen=True)
class HeadroomGroups:
    """Prepared lines of pooled headroom; empty where the instance has none."""

    groups: "Groups"

    @cached_property
    def lines(self) -> dict[int, tuple[float, float]]:
        """(busy a replica, busy less) of each line by its replicas."""
        rows = records(self.groups.coefficients.headroom)
        return {int(row["replicas"]): (float(row["busy_per_replica"]), float(row["busy_less"])) for row in rows}

    @cached_property
    def deployments(self) -> "list[Deployment]":
        """Deployments that may run hotter the more replicas they have: whole requests, on nodes that nobody takes back."""
        is_whole = {name: row["role"] == "aggregated" for name, row in self.groups.options.items()}
        return [d for d in self.groups.working if self.lines and is_whole[d[1]] and not is_spot_place(d[2])]

    @cached_property
    def plain(self) -> "list[Deployment]":
        """Deployments that answer requests, of which every replica is as busy as one alone may be."""
        pooled = set(self.deployments)
        return [d for d in self.groups.routes_of_deployment if d not in pooled]

    @cached_property
    def replicas_most(self) -> "dict[Deployment, int]":
        """Replicas that carry all that a deployment can be asked for without any headroom."""
        g, most = self.groups, self.groups.service.most_requests_per_s
        busy = {
            d: math.fsum(most[r[0], d[3], d[4]] * g.service.load(r) for r in g.routes_of_deployment[d]) for d in self.deployments
        }
        return {d: max(1, math.ceil(load / g.utilisation_max)) for d, load in busy.items()}

    @cached_property
    def lifted(self) -> list[Lifted]:
        """Lines that a deployment can stand on: with no more replicas than it can need, and the next, as it may be best below."""
        last = {most: min((n for n in self.lines if n >= most), default=most) for most in set(self.replicas_most.values())}
        return [(*d, replicas) for d, most in self.replicas_most.items() for replicas in self.lines if replicas <= last[most]]

    @cached_property
    def lines_of(self) -> "dict[Deployment, list[Lifted]]":
        """Lines by deployment."""
        found: dict[Deployment, list[Lifted]] = {d: [] for d in self.deployments}
        for one in self.lifted:
            found[one[:5]].append(one)
        return found
