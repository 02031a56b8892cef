"""What the family `region_loss` sums over: teams that must carry a share of their traffic without a region."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from planner.program.team_groups import ReplicaClass, Stream, Team

if TYPE_CHECKING:
    from planner.program.groups import Groups

Lost = tuple[str, str, str, str, str]
"""(limit, region lost, team, period, block)"""
Diverted = tuple[str, str, str, str, str, str]
"""(limit, region lost, stream, class, period, block)"""


@dataclass(frozen=True)
class Rest:
    """A team without a region, and the share of its answers that it must still give."""

    team: Team
    """Its classes hold the replicas outside the region alone; a class without any is left out."""
    share: float


@dataclass(frozen=True)
class Stranded:
    """Workloads that must be served and can be served in one region alone, which must be dispensable."""

    limit: str
    region: str
    workloads: tuple[str, ...]


@dataclass(frozen=True)
class LossGroups:
    """Prepared teams of the limits of kind region_loss_service_share; empty where the instance has none."""

    groups: "Groups"

    @cached_property
    def _limits(self) -> Mapping[str, Mapping[str, Any]]:
        limits = self.groups.policy.limits("region_loss_service_share")
        return {name: limit for name, limit in limits.items() if limit["value"] > 0}

    def _regions(self, limit: Mapping[str, Any]) -> list[str]:
        """Returns the regions whose loss a limit speaks of: its own, or each that replicas may run in."""
        used = dict.fromkeys(self.groups.region_of[d[2]] for d in self.groups.deployments)
        return [r for r in used if limit["scope"] in ("", r)]

    def _rests(self) -> Iterator[tuple[Lost, Rest]]:
        g = self.groups
        for name, limit in self._limits.items():
            for region in self._regions(limit):
                for (_, slot), teams in g.teams.of_slot.items():
                    if slot[0] in g.policy.periods_of(limit):
                        for team in teams:
                            yield (name, region, team.name, *slot), Rest(self._outside(team, region), float(limit["value"]))

    def _outside(self, team: Team, region: str) -> Team:
        """Returns a team without what stands in a region."""
        region_of = self.groups.region_of
        left = [replace(c, deployments=tuple(d for d in c.deployments if region_of[d[2]] != region)) for c in team.classes]
        return replace(team, classes=tuple(c for c in left if c.deployments))

    @cached_property
    def rests(self) -> dict[Lost, Rest]:
        """Teams without a region, by (limit, region, team, period, block)."""
        return dict(self._rests())

    @cached_property
    def needs(self) -> dict[tuple[str, ...], tuple[Rest, Stream]]:
        """Streams of teams of several, by (limit, region, team, period, block, stream)."""
        return {(*key, s.name): (rest, s) for key, rest in self._shared.items() for s in rest.team.streams}

    @cached_property
    def rooms(self) -> dict[tuple[str, ...], ReplicaClass]:
        """Classes of teams of several streams, by (limit, region, team, period, block, class)."""
        return {(*key, c.name): c for key, rest in self._shared.items() for c in rest.team.classes}

    @cached_property
    def _shared(self) -> dict[Lost, Rest]:
        return {key: rest for key, rest in self.rests.items() if len(rest.team.streams) > 1}

    @cached_property
    def diverted(self) -> list[Diverted]:
        """Traffic of each stream on each class outside a lost region."""
        return [
            (limit, region, stream, one.name, t, b)
            for (limit, region, _, t, b), rest in self._shared.items()
            for one in rest.team.classes for stream in one.requests_per_s
        ]  # fmt: skip

    @cached_property
    def stranded(self) -> list[Stranded]:
        """Workloads that must be served, and that only the region that a limit takes away can serve."""
        found: dict[tuple[str, str], dict[str, None]] = {}
        for (limit, region, *_), rest in self.rests.items():
            for stream in rest.team.streams:
                has_elsewhere = any(stream.name in one.requests_per_s for one in rest.team.classes)
                if stream.is_fixed and stream.answered > 0 and not stream.calls and not has_elsewhere:
                    found.setdefault((limit, region), {})[stream.routes[0][0]] = None
        return [Stranded(limit, region, tuple(workloads)) for (limit, region), workloads in found.items()]
