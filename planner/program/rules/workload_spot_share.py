"""No more of a workload's traffic on nodes that may be taken back than it bears."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups
from planner.program.policy_groups import weighed


@family(
    "rule",
    r"\sum_{o,\ p \text{ spot}} serve_{w,o,p,t,b} \le spot\_share\_max_w \sum_{o,p} serve_{w,o,p,t,b} \quad \forall w,t,b",
    "requests/s",
)
def workload_spot_share(m: pyo.ConcreteModel, g: Groups) -> None:
    """The traffic of a workload on spot nodes is in every block at most its share of what is served.

    Spot nodes are places of their own (`region!spot`): a route to one exists only for a workload whose share is above 0, and
    the replicas on them are counted apart from those on firm nodes.
    """
    m.SPOT_TRAFFIC = pyo.Set(initialize=list(g.policy.spot_routes), dimen=3)

    @m.Constraint(m.SPOT_TRAFFIC)
    def workload_spot_share(m: pyo.ConcreteModel, w: str, t: str, b: str) -> object:
        return weighed(m, g.policy.spot_routes[w, t, b]) <= 0
