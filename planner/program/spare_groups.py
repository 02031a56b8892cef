"""What the family `spare_replicas` sums over: teams that must bear the loss of k replicas; empty where no limit asks for it."""

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from planner.program.team_groups import ReplicaClass, Team

if TYPE_CHECKING:
    from planner.program.groups import Groups

Level = tuple[str, str, str, str, str]
"""(limit, team, class, period, block)"""
Case = tuple[str, str, str, str, str]
"""(limit, team, classes lost, period, block)"""
Kept = tuple[str, str, str, str, str, str]
"""(limit, team, class, replicas lost, period, block)"""
Carried = tuple[str, str, str, str, str, str, str]
"""(limit, team, classes lost, stream, class, period, block)"""
CARRIED_MAX = 100_000
"""Traffic variables that the cases of one limit may have. With 6,615 of them a gap of 6 % was left after 100 s (39 s of processor
time on two busy cores); a limit far above that is for whoever has the time, this one for whoever mistyped."""
NOTHING = "nothing"
"""The level at which a replica counts for nothing: enough where nothing is served."""


@dataclass(frozen=True)
class Judgement:
    """A row of a team of one stream: replicas counted at `level_requests_per_s` at most."""

    team: Team
    spares: int
    level_requests_per_s: float
    is_alone: bool
    """Whether it is the team's only level, so that nothing is to be chosen."""


@dataclass(frozen=True)
class Loss:
    """A case of a team of several streams: how many replicas of which class are lost."""

    team: Team
    lost: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class SpareGroups:
    """Prepared teams of the limits of kind spare_replicas."""

    groups: "Groups"

    @cached_property
    def _asked(self) -> list[tuple[str, int, Team]]:
        """(limit, replicas that may be lost, team) of every team that a limit above 0 asks for."""
        g = self.groups
        return [
            (name, int(limit["value"]), team)
            for name, limit in g.policy.limits("spare_replicas").items() if limit["value"] >= 1
            for (pool, slot), teams in g.teams.of_slot.items()
            if limit["scope"] in ("", pool) and slot[0] in g.policy.periods_of(limit)
            for team in teams
        ]  # fmt: skip

    def spares(self, pool: str, period: str) -> int:
        """Returns how many replicas a pool must be able to lose in a period."""
        g = self.groups
        limits = g.policy.limits("spare_replicas").values()
        return max((int(x["value"]) for x in limits if x["scope"] in ("", pool) and period in g.policy.periods_of(x)), default=0)

    @cached_property
    def levels(self) -> dict[Level, Judgement]:
        """Rows of the teams of one stream, by the class that they are judged at."""
        found: dict[Level, Judgement] = {}
        for name, spares, team in self._asked:
            if len(team.streams) > 1:
                continue
            stream = team.streams[0]
            levels = {one.name: one.requests_per_s[stream.name] for one in team.classes}
            levels |= {} if stream.is_served_whole else {NOTHING: 0.0}
            for level, rate in levels.items():
                found[name, team.name, level, *team.slot] = Judgement(team, spares, rate, len(levels) == 1)
        return found

    @cached_property
    def judged(self) -> dict[tuple[str, str, str, str], list[Level]]:
        """Levels to choose one of, by (limit, team, period, block)."""
        found: dict[tuple[str, str, str, str], list[Level]] = {}
        for level, row in self.levels.items():
            if not row.is_alone:
                found.setdefault((level[0], level[1], level[3], level[4]), []).append(level)
        return found

    @cached_property
    def chosen(self) -> dict[tuple[str, str, str, str], Judgement]:
        """One row of each team that has levels to choose from, by (limit, team, period, block)."""
        return {key: self.levels[levels[0]] for key, levels in self.judged.items()}

    @cached_property
    def cases(self) -> dict[Case, Loss]:
        """What the teams of several streams may lose: every choice of k replicas of their classes."""
        found: dict[Case, Loss] = {}
        for name, spares, team in self._asked:
            if len(team.streams) > 1:
                for lost in itertools.combinations_with_replacement([one.name for one in team.classes], spares):
                    counts = tuple(Counter(lost).items())
                    label = "+".join(f"{count} {one}" for one, count in counts)
                    found[name, team.name, label, *team.slot] = Loss(team, counts)
        return found

    @cached_property
    def crowded(self) -> list[tuple[str, int, int]]:
        """(limit, traffic variables of its cases, most replicas lost that would do) of limits with more than CARRIED_MAX."""
        found = []
        for name, limit in self.groups.policy.limits("spare_replicas").items():
            shared = [team for asked, _, team in self._asked if asked == name and len(team.streams) > 1]
            count = _carried_count(shared, int(limit["value"]))
            if count > CARRIED_MAX:
                most = max(k for k in range(int(limit["value"])) if _carried_count(shared, k) <= CARRIED_MAX)
                found.append((name, count, most))
        return found

    @cached_property
    def kept(self) -> dict[Kept, tuple[ReplicaClass, int, float]]:
        """(class, replicas lost, most of those left that are of use) of every class that a case loses some of."""
        found: dict[Kept, tuple[ReplicaClass, int, float]] = {}
        for case, loss in self.cases.items():
            answered = {stream.name: stream.answered for stream in loss.team.streams}
            classes = {one.name: one for one in loss.team.classes}
            for name, count in loss.lost:
                one = classes[name]
                busy = sum(answered[stream] / rate for stream, rate in one.requests_per_s.items())
                found[case[0], case[1], name, str(count), case[3], case[4]] = (one, count, busy)
        return found

    @cached_property
    def carried(self) -> list[Carried]:
        """Traffic of each stream on each class in each case."""
        return list(self._carried())

    def _carried(self) -> Iterator[Carried]:
        for case, loss in self.cases.items():
            for one in loss.team.classes:
                for stream in one.requests_per_s:
                    yield (*case[:3], stream, one.name, *case[3:])


def _carried_count(teams: Sequence[Team], spares: int) -> int:
    """Returns the traffic variables of every choice of so many replicas of the classes of some teams; none are made."""
    return sum(
        math.comb(len(team.classes) + spares - 1, spares) * sum(len(one.requests_per_s) for one in team.classes)
        for team in teams
        if spares and team.classes
    )
