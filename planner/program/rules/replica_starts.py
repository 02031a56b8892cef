"""Replicas that were not there start."""

from typing import Any

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"launch_{o,p,t,s} \ge \sum_k deploy_{k,o,p,t,b} - \sum_k deploy_{k,o,p,t-1,b} \quad \forall o,p,s,\ t > 1,\ b \in s",
    "replicas",
)
def replica_starts(m: pyo.ConcreteModel, g: Groups) -> None:
    """The replicas of an option that start at a place are at least those a block has more than in the period before.

    The largest increase over the blocks counts, in each scenario by itself; what changes between blocks of one period is
    autoscaling. Replicas that pass from one pool to another start nothing, nor do those of the first period, nor any that stop.
    A model that moves to other nodes, another precision or layout loads anew.
    """
    rows = [(*key, *step) for key, steps in g.money.launches.items() for step in steps]
    m.LAUNCHINGS = pyo.Set(initialize=rows, dimen=7)

    def there(o: str, p: str, t: str, b: str) -> Any:
        return pyo.quicksum(m.deploy[key] for key in g.money.deployments_at.get((o, p, t, b), ()))

    @m.Constraint(m.LAUNCHINGS)
    def replica_starts(m: pyo.ConcreteModel, o: str, p: str, t: str, s: str, before: str, now: str, b: str) -> object:
        if (o, p, now, b) not in g.money.deployments_at:
            return pyo.Constraint.Skip
        return there(o, p, now, b) - there(o, p, before, b) - m.launch[o, p, t, s] <= 0
