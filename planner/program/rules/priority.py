"""Who is turned away first."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"refuse_{w,t,b} \le requests\_per\_s_{w,t,b} \, sacrifice_{w,t,b}, \qquad"
    r" refuse_{v,t,b} \ge requests\_per\_s_{v,t,b} \, sacrifice_{w,t,b} \quad \forall w,\ v \text{ lower},\ t,b",
    "requests/s",
)
def priority(m: pyo.ConcreteModel, g: Groups) -> None:
    """A request is turned away only once all of every lower-priority workload that could run on the same nodes is.

    Of two workloads that may both be turned away and both have an eligible option on one node type in one region, the one
    of lower priority loses all its requests of a block before the other loses any. Workloads without a common node type
    and region do not take capacity from each other: they are not ordered, nor are those that may not be turned away. Where
    serving most is the goal all may be, at a price or not.
    """
    m.RIVALS = pyo.Set(initialize=[(w, v, t, b) for (w, t, b), lower in g.service.rivals.items() for v in lower], dimen=4)

    @m.Constraint(m.SACRIFICES)
    def priority(m: pyo.ConcreteModel, w: str, t: str, b: str) -> object:
        return m.refuse[w, t, b] - g.demand[w, t, b] * m.sacrifice[w, t, b] <= 0

    @m.Constraint(m.RIVALS)
    def priority_lower(m: pyo.ConcreteModel, w: str, v: str, t: str, b: str) -> object:
        return m.refuse[v, t, b] - g.demand[v, t, b] * m.sacrifice[w, t, b] >= 0
