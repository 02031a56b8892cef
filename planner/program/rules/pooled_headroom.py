"""Many replicas may be busier than one."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"\sum_{w \in k} serve_{w,o,p,t,b} / requests\_per\_s_{w,o} \le utilisation\_max \cdot deploy_{d}"
    r" + \sum_n \big((busy\_per\_replica_n - utilisation\_max) \, lift_{d,n} - busy\_less_n \, pick_{d,n}\big),"
    r" \qquad \sum_n lift_{d,n} \le deploy_{d}, \qquad lift_{d,n} \le M_d \, pick_{d,n} \quad \forall d = (k,o,p,t,b), n",
    "replicas",
)
def pooled_headroom(m: pyo.ConcreteModel, g: Groups) -> None:
    r"""The replicas of an option in a place that share a queue are busy up to the best of a few lines, instead of `capacity`.

    With no line picked each replica is busy up to `utilisation_max`; with line n picked and all of them lifted on it the row
    reads busy <= busy_per_replica deploy - busy_less. Two lines at once, i and j with the larger slope, allow no more than j
    alone: moving what is lifted on i to j adds to the right side, and so does not paying busy_less of i. So the row says
    busy <= max over the lines, and `options.headroom` says why no line is above the curve it stands for. M is the replicas
    that carry all that can be asked for without headroom: a deployment with more needs no line, so nothing is cut off.
    """
    m.POOLED = pyo.Set(initialize=g.headroom.deployments, dimen=5)

    @m.Constraint(m.POOLED)
    def pooled_headroom(m: pyo.ConcreteModel, k: str, o: str, p: str, t: str, b: str) -> object:
        d = (k, o, p, t, b)
        busy = pyo.quicksum(g.service.load(r) * m.serve[r] for r in g.routes_of_deployment[d])
        lines = [(key, *g.headroom.lines[key[5]]) for key in g.headroom.lines_of[d]]
        more = pyo.quicksum((slope - g.utilisation_max) * m.lift[key] - less * m.pick[key] for key, slope, less in lines)
        return busy - g.utilisation_max * m.deploy[d] - more <= 0

    @m.Constraint([d for d, lines in g.headroom.lines_of.items() if lines])
    def headroom_lifts(m: pyo.ConcreteModel, k: str, o: str, p: str, t: str, b: str) -> object:
        return pyo.quicksum(m.lift[key] for key in g.headroom.lines_of[k, o, p, t, b]) - m.deploy[k, o, p, t, b] <= 0

    @m.Constraint(m.LIFTED)
    def headroom_picks(m: pyo.ConcreteModel, k: str, o: str, p: str, t: str, b: str, n: int) -> object:
        return m.lift[k, o, p, t, b, n] - g.headroom.replicas_most[k, o, p, t, b] * m.pick[k, o, p, t, b, n] <= 0
