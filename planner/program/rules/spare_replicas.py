"""A pool bears the loss of a few of its replicas."""

import math
from typing import Any

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups
from planner.program.spare_groups import Case, Judgement, Kept, Level
from planner.program.team_groups import ReplicaClass, served


@family(
    "rule",
    r"\sum_{c} \min(rate_c, rate_\lambda) \, deploy_c \ge served_j + k \, rate_\lambda"
    r" - (most_j + k \, rate_\lambda)(1 - judge_{j,\lambda}) \quad \forall \lambda,"
    r" \qquad \sum_\lambda judge_{j,\lambda} = 1, \quad judge \in \{0, 1\} \quad \forall l,j",
    "requests/s",
)
def spare_replicas(m: pyo.ConcreteModel, g: Groups) -> None:
    r"""What the replicas of a pool serve in a block can be served by those left, whichever k of its running replicas are lost.

    Traffic moves among the pool's options and places as each workload may use them; replicas left stay within the
    utilisation allowed (on spot nodes the mean share up). Demand is as forecast: surges of `robust_capacity` and shares on
    spot nodes are not held during the loss, and traffic in parts may be split.

    Where a pool (j) serves one stream, a replica of class c carries rate_c, and the worst loss is that of the k most capable
    replicas running. The row is exact: count every replica at most at some level. Any k lost then take at most k times the
    level, so enough is left if one level fulfils the row. And the level of the k-th most capable replica running does,
    where enough is left: those above it, and it, are the k counted off, all others count in full. So a level among the
    classes' rates is enough to choose; where nothing has to be served, level 0. Two rows that this implies bring the
    relaxation close: any level needs most + k rate of class c alone, so sum of rate most / (most + k rate) x deploy >= served
    is the convex hull of all levels' rows; and beside the k lost run at least most / rate of the fastest class.

    Where a pool serves several streams (a declared pool, whose options differ in speed by workload) no replica is the most
    capable for all. Then every choice x of k replicas by class is a case, with traffic of its own (`carry`); of class c
    max(deploy - x, 0) replicas are left (`keep`, which needs the binary `run`: at least x run).

    judge[l,j,c,t,b]    replicas of the team are judged at the rate of class c        (0 or 1)
    keep[l,j,c,x,t,b]   replicas of class c left where x are lost                      (>= 0)
    run[l,j,c,x,t,b]    at least x replicas of class c run                             (0 or 1)
    carry[l,j,x,s,c,t,b] requests per second of stream s on class c in case x          (1/s, >= 0)
    """
    _add_levels(m, g)
    _add_cases(m, g)


def _add_levels(m: pyo.ConcreteModel, g: Groups) -> None:
    """Adds the rows of teams of one stream."""
    levels, judged = g.spares.levels, g.spares.judged
    m.SPARE_LEVELS = pyo.Set(initialize=list(levels), dimen=5)
    m.SPARE_TEAMS = pyo.Set(initialize=list(judged), dimen=4)
    m.SPARE_JUDGED = pyo.Set(initialize=[level for found in judged.values() for level in found], dimen=5)
    m.judge = pyo.Var(m.SPARE_JUDGED, domain=pyo.Binary)

    @m.Constraint(m.SPARE_LEVELS)
    def spare_replicas(m: pyo.ConcreteModel, *key: str) -> object:
        return _judged_row(m, g, key)  # type: ignore[arg-type]

    @m.Constraint(m.SPARE_TEAMS)
    def spare_level(m: pyo.ConcreteModel, *key: str) -> object:
        return pyo.quicksum(m.judge[level] for level in judged[key]) == 1  # type: ignore[index]

    @m.Constraint(m.SPARE_TEAMS, ["worth", "count"])
    def spare_hull(m: pyo.ConcreteModel, *key: str) -> object:
        return _implied_row(m, g.spares.chosen[key[:-1]], key[-1])  # type: ignore[index]


def _judged_row(m: pyo.ConcreteModel, g: Groups, key: Level) -> object:
    """Returns the row of a team at a level: what is left of it carries what it serves."""
    row = g.spares.levels[key]
    stream, level = row.team.streams[0], row.level_requests_per_s
    counted = pyo.quicksum(
        min(one.requests_per_s[stream.name], level) * m.deploy[d] for one in row.team.classes for d in one.deployments
    )
    needed = stream.answered + row.spares * level
    if row.is_alone:
        return counted >= needed
    if stream.is_served_whole:
        return counted - needed * m.judge[key] >= 0
    return counted - served(m, stream) - needed * m.judge[key] >= -stream.answered


def _implied_row(m: pyo.ConcreteModel, row: Judgement, which: str) -> object:
    """Returns a row that the levels of a team imply."""
    stream, many = row.team.streams[0], row.spares
    rates = [(one, one.requests_per_s[stream.name]) for one in row.team.classes]
    if which == "worth":
        worth = [rate * stream.answered / (stream.answered + many * rate) * replicas(m, one) for one, rate in rates]
        return pyo.quicksum(worth) >= (stream.answered if stream.is_served_whole else served(m, stream))
    if not stream.is_served_whole:
        return pyo.Constraint.Skip
    fewest = many + math.ceil(stream.answered / max(rate for _, rate in rates) * (1 - 1e-9))
    return pyo.quicksum(replicas(m, one) for one, _ in rates) >= fewest


def replicas(m: pyo.ConcreteModel, one: ReplicaClass) -> Any:
    """Returns the replicas of a class."""
    return pyo.quicksum(m.deploy[d] for d in one.deployments)


def _add_cases(m: pyo.ConcreteModel, g: Groups) -> None:
    """Adds the rows of teams of several streams."""
    cases, kept = g.spares.cases, g.spares.kept
    streams = {(*case, s.name): s for case, loss in cases.items() for s in loss.team.streams}
    classes = {(*case, c.name): c for case, loss in cases.items() for c in loss.team.classes}
    m.SPARE_KEPT = pyo.Set(initialize=list(kept), dimen=6)
    m.keep = pyo.Var(m.SPARE_KEPT, domain=pyo.NonNegativeReals)
    m.run = pyo.Var(m.SPARE_KEPT, domain=pyo.Binary)
    m.SPARE_CARRIED = pyo.Set(initialize=g.spares.carried, dimen=7)
    m.SPARE_STREAMS = pyo.Set(initialize=list(streams), dimen=6)
    m.SPARE_CLASSES = pyo.Set(initialize=list(classes), dimen=6)
    m.carry = pyo.Var(m.SPARE_CARRIED, domain=pyo.NonNegativeReals)

    @m.Constraint(m.SPARE_KEPT, ["left", "running"])
    def spare_kept(m: pyo.ConcreteModel, *key: str) -> object:
        one, count, most = kept[key[:-1]]  # type: ignore[index]
        if key[-1] == "left":
            return m.keep[key[:-1]] + count * m.run[key[:-1]] - replicas(m, one) <= 0
        return m.keep[key[:-1]] - most * m.run[key[:-1]] <= 0

    @m.Constraint(m.SPARE_STREAMS)
    def spare_carried(m: pyo.ConcreteModel, *key: str) -> object:
        limit, j, x, t, b, s = key
        carrying = [c.name for c in cases[limit, j, x, t, b].team.classes if s in c.requests_per_s]
        carried = pyo.quicksum(m.carry[limit, j, x, s, c, t, b] for c in carrying)
        stream = streams[key]  # type: ignore[index]
        return carried >= stream.answered if stream.is_served_whole else carried - served(m, stream) >= 0

    @m.Constraint(m.SPARE_CLASSES)
    def spare_room(m: pyo.ConcreteModel, *key: str) -> object:
        return _room_row(m, g, key[:-1], classes[key])  # type: ignore[arg-type,index]


def _room_row(m: pyo.ConcreteModel, g: Groups, case: Case, one: ReplicaClass) -> object:
    """Returns the row of a class in a case: it carries no more than its replicas left can."""
    limit, j, x, t, b = case
    lost = dict(g.spares.cases[case].lost).get(one.name, 0)
    key: Kept = (limit, j, one.name, str(lost), t, b)
    left = m.keep[key] if lost else replicas(m, one)
    return pyo.quicksum(m.carry[limit, j, x, s, one.name, t, b] / rate for s, rate in one.requests_per_s.items()) - left <= 0
