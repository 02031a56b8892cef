"""Teams: who could carry whose traffic after a loss. What families on spare replicas and the loss of a region sum over.

A *stream* is what a workload's replicas answer in one step: a workload has one, a cascade two (first answers, strong answers).
Replicas of a pool that carry the same streams at the same rates are one *class*, wherever they run. Streams that share a
class, directly or through others, are a *team*: after a loss its traffic moves among its classes, and no other's.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyomo.environ as pyo

if TYPE_CHECKING:
    from planner.program.groups import Deployment, Groups, Route
    from planner.program.service_groups import Call

Slot = tuple[str, str]
"""(period, block)"""
AGAIN = "|again"
"""Behind a workload's name: the stream of a cascade's strong answers."""


@dataclass(frozen=True)
class Stream:
    """Requests of one workload and step in one slot."""

    name: str
    routes: "tuple[Route, ...]"
    calls: "tuple[Call, ...]"
    """Calls by the token that answer the same requests."""
    answered: float
    """Most that is answered of it, by replicas and calls; 1/s."""
    is_fixed: bool
    """Whether exactly that is answered: nothing may be turned away or moved to another block."""

    @property
    def is_served_whole(self) -> bool:
        """Whether replicas answer exactly `answered`."""
        return self.is_fixed and not self.calls


def served(m: Any, stream: Stream) -> Any:
    """Returns what replicas serve of a stream, as an expression of a model."""
    return pyo.quicksum(m.serve[route] for route in stream.routes)


@dataclass(frozen=True)
class ReplicaClass:
    """Replicas that do the same for the same streams."""

    name: str
    requests_per_s: Mapping[str, float]
    """What one replica carries of each stream at the utilisation allowed, on spot nodes the mean share that is up; 1/s."""
    deployments: "tuple[Deployment, ...]"


@dataclass(frozen=True)
class Team:
    """Streams and classes of replicas of one pool in one slot that traffic may move among."""

    pool: str
    slot: Slot
    streams: tuple[Stream, ...]
    classes: tuple[ReplicaClass, ...]

    @property
    def name(self) -> str:
        """Its first stream's name."""
        return self.streams[0].name


@dataclass(frozen=True)
class TeamGroups:
    """The teams of a planning problem, by pool and slot."""

    groups: "Groups"

    @cached_property
    def of_slot(self) -> dict[tuple[str, Slot], list[Team]]:
        """Teams with traffic by (pool, slot)."""
        return {key: self._teams(*key, deployments) for key, deployments in self._deployments.items()}

    @cached_property
    def _deployments(self) -> "dict[tuple[str, Slot], list[Deployment]]":
        found: dict[tuple[str, Slot], list[Deployment]] = defaultdict(list)
        for d in self.groups.working:
            found[d[0], (d[3], d[4])].append(d)
        return found

    def _teams(self, pool: str, slot: Slot, deployments: "list[Deployment]") -> list[Team]:
        classes = self._classes(deployments)
        team_of: dict[str, str] = {}
        for one in classes:
            met = {team_of.get(name, name) for name in one.requests_per_s}
            first = min(met)
            team_of |= {name: first for name, team in team_of.items() if team in met} | dict.fromkeys(one.requests_per_s, first)
        found = []
        for team in dict.fromkeys(team_of.values()):
            streams = tuple(self._streams[name, slot] for name in team_of if team_of[name] == team)
            mine = tuple(one for one in classes if team_of[next(iter(one.requests_per_s))] == team)
            if any(stream.answered > 0 for stream in streams):
                found.append(Team(pool, slot, streams, mine))
        return found

    def _classes(self, deployments: "list[Deployment]") -> list[ReplicaClass]:
        """Returns the classes of some deployments, named after the first of each."""
        g = self.groups
        found: dict[tuple[tuple[str, float], ...], list[Deployment]] = defaultdict(list)
        for d in deployments:
            share = g.utilisation_max * g.policy.up_share[d[1], d[2]]
            does = {self._stream_of(r): share * g.requests_per_s[r[0], r[1]] for r in g.routes_of_deployment[d]}
            if share > 0:
                found[tuple((name, float(f"{rate:.12g}")) for name, rate in sorted(does.items()))].append(d)
        return [ReplicaClass("|".join(ds[0][:3]), dict(rates), tuple(ds)) for rates, ds in found.items()]

    def _stream_of(self, route: "Route") -> str:
        is_first = self.groups.service.is_first(route[0], str(self.groups.options[route[1]]["model"]))
        return route[0] if is_first else route[0] + AGAIN

    @cached_property
    def _streams(self) -> dict[tuple[str, Slot], Stream]:
        """Streams by (name, slot) that some route may carry."""
        g, service = self.groups, self.groups.service
        routes: dict[tuple[str, Slot], list[Route]] = defaultdict(list)
        for r in g.routes:
            routes[self._stream_of(r), (r[3], r[4])].append(r)
        refusable, fixed = set(service.refusals), set(service.fixed)
        found = {}
        for (name, slot), mine in routes.items():
            want = (mine[0][0], *slot)
            is_again = name.endswith(AGAIN)
            share = service.escalation_share[want[0]] if is_again else 1.0
            calls = (service.strong_calls if is_again else service.answering_calls)[want]
            is_fixed = want in fixed and want not in refusable
            found[name, slot] = Stream(name, tuple(mine), tuple(calls), share * service.most_requests_per_s[want], is_fixed)
        return found
