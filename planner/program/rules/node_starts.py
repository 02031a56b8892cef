"""Nodes that were not there start."""

from typing import Any

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"start_{n,r,t,s} \ge \sum_{f \in (n,r)} \big(rent_{f,t,b} + hold_{f,t}\big) - \big(rent_{f,t-1,b} + hold_{f,t-1}\big)"
    r" \quad \forall n,r,s,\ t > 1,\ b \in s",
    "nodes",
)
def node_starts(m: pyo.ConcreteModel, g: Groups) -> None:
    """The nodes of a node type that start in a region are at least those a block has more than in the period before.

    The largest increase over the blocks counts, in each scenario by itself; what changes between blocks of one period is
    autoscaling, and a contract that follows another in the same bay starts nothing. The first period starts nothing. Nodes
    that stop cost nothing.
    """
    rows = [(*key, *pair) for key, pairs in g.money.starts.items() for pair in pairs]
    m.STEPS = pyo.Set(initialize=rows, dimen=7)

    def there(n: str, r: str, t: str, b: str) -> Any:
        offers = g.offers_of_bay[n, r]
        rented = pyo.quicksum(m.rent[f, t, b] for f in offers if (f, t, b) in m.RENTALS)
        return rented + pyo.quicksum(m.hold[f, t] for f in offers if (f, t) in m.HOLDINGS)

    @m.Constraint(m.STEPS)
    def node_starts(m: pyo.ConcreteModel, n: str, r: str, t: str, s: str, before: str, now: str, b: str) -> object:
        return there(n, r, now, b) - there(n, r, before, b) - m.start[n, r, t, s] <= 0
