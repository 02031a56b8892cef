"""A commitment is there from its start (or delivery) to its expiry."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"hold_{f,t} = \sum_{\tau:\, t - lead_f - term_f < \tau \le t - lead_f} commit_{f,\tau} \quad \forall f,t",
    "nodes",
)
def commitment(m: pyo.ConcreteModel, g: Groups) -> None:
    """The nodes held on a committed offer are those ordered whose lead time is over and whose term still runs."""

    @m.Constraint(m.HOLDINGS)
    def commitment(m: pyo.ConcreteModel, f: str, t: str) -> object:
        return m.hold[f, t] - pyo.quicksum(m.commit[order] for order in g.orders_alive[f, t]) == 0
