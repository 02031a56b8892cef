"""A pool never has fewer replicas than asked for."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family("rule", r"\sum_{o,p} deploy_{k,o,p,t,b} \ge replicas\_min_k \quad \forall k,t,b", "replicas")
def minimum_replicas(m: pyo.ConcreteModel, g: Groups) -> None:
    """The replicas of a pool that its members in a slot may use are at least its minimum, where one has demand.

    Nothing is asked for where they may use none at all: they buy answers, or are turned away.
    """
    asked = {(g.pool_of[w], t, b) for w, t, b in g.demand}  # none where traffic is only moved to
    keys = [key for key in g.deployments_of_pool if key[0] in g.replicas_min and key in asked]
    m.POOL_SLOTS = pyo.Set(initialize=keys, dimen=3)

    @m.Constraint(m.POOL_SLOTS)
    def minimum_replicas(m: pyo.ConcreteModel, k: str, t: str, b: str) -> object:
        return pyo.quicksum(m.deploy[d] for d in g.deployments_of_pool[k, t, b]) >= g.replicas_min[k]
