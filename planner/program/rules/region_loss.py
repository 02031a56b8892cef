"""A share of all traffic survives the loss of any one region."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups
from planner.program.team_groups import Stream, served


@family(
    "rule",
    r"\sum_{c \notin r} divert_{l,r,s,c,t,b} + \sum_a call_{s,a,t,b} \ge value_l \, answered_{s,t,b}, \qquad"
    r" \sum_s divert_{l,r,s,c,t,b} / rate_{s,c} \le deploy_c \quad \forall l,r,s,c,t,b",
    "requests/s",
)
def region_loss(m: pyo.ConcreteModel, g: Groups) -> None:
    """Without any one region, the replicas elsewhere can answer at least a share of each workload's requests in every block.

    Only traffic moves: replicas, nodes and contracts are those of the plan, and each workload goes only where residency,
    latency and quality allow it. Replicas stay within the utilisation allowed (on spot nodes the mean share up), shared by
    the workloads of their pool. What is bought by the token goes on being answered. The share is of what the plan
    answers in the block: all demand, but for what may be turned away or put off. Demand is as forecast: surges and shares on
    spot nodes are not held during the loss, and traffic in parts may be split.

    Where replicas carry one stream (a pool of one workload) its traffic needs no columns: their capacity is the left side.

    divert[l,r,s,c,t,b]  requests per second of stream s on replicas of class c while region r is lost   (1/s, >= 0)
    """
    losses = g.losses
    m.DIVERTED = pyo.Set(initialize=losses.diverted, dimen=6)
    m.divert = pyo.Var(m.DIVERTED, domain=pyo.NonNegativeReals)
    m.REGION_LOSSES = pyo.Set(initialize=[key for key, rest in losses.rests.items() if len(rest.team.streams) == 1], dimen=5)

    @m.Constraint(m.REGION_LOSSES)
    def region_loss(m: pyo.ConcreteModel, *key: str) -> object:
        rest = losses.rests[key]  # type: ignore[index]
        stream = rest.team.streams[0]
        left = [c.requests_per_s[stream.name] * m.deploy[d] for c in rest.team.classes for d in c.deployments]
        return _surviving(m, left, stream, rest.share)

    m.REGION_LOSS_STREAMS = pyo.Set(initialize=list(losses.needs), dimen=6)
    m.REGION_LOSS_CLASSES = pyo.Set(initialize=list(losses.rooms), dimen=6)

    @m.Constraint(m.REGION_LOSS_STREAMS)
    def region_loss_carried(m: pyo.ConcreteModel, *key: str) -> object:
        limit, region, _, t, b, name = key
        rest, stream = losses.needs[key]
        carrying = [c.name for c in rest.team.classes if name in c.requests_per_s]
        return _surviving(m, [m.divert[limit, region, name, c, t, b] for c in carrying], stream, rest.share)

    @m.Constraint(m.REGION_LOSS_CLASSES)
    def region_loss_room(m: pyo.ConcreteModel, *key: str) -> object:
        limit, region, _, t, b, _ = key
        one = losses.rooms[key]
        busy = pyo.quicksum(m.divert[limit, region, s, one.name, t, b] / rate for s, rate in one.requests_per_s.items())
        return busy - pyo.quicksum(m.deploy[d] for d in one.deployments) <= 0


def _surviving(m: pyo.ConcreteModel, left: list[object], stream: Stream, share: float) -> object:
    """Returns the row of a stream: what is left of it and what is bought is at least a share of what is answered."""
    carried = pyo.quicksum(left)
    if stream.is_fixed and (left or stream.calls):
        return carried + pyo.quicksum(m.call[c] for c in stream.calls) >= share * stream.answered
    bought = pyo.quicksum((1.0 - share) * m.call[c] for c in stream.calls)
    return carried + bought - share * served(m, stream) >= 0
