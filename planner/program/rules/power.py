"""No more kilowatts at a site than it has."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups
from planner.program.policy_groups import weighed


@family(
    "rule",
    r"\sum_{f \in r} power\_kw_{n(f)} \big(rent_{f,t,b} + hold_{f,t}\big) \le value_l \quad \forall l,\ r \in l,\ t \in l,\ b",
    "kW",
)
def power(m: pyo.ConcreteModel, g: Groups) -> None:
    """The nodes that are there in a region in a block, rented or held, draw at most the limit's power.

    Power is that of the nodes at full load with their hosts, before PUE: the critical load that a site is contracted for. A
    limit without a region holds in each region apart, one without a period in every period.
    """
    m.POWERS = pyo.Set(initialize=list(g.policy.powers), dimen=4)
    value = {name: row["value"] for name, row in g.policy.limits("power_kw").items()}

    @m.Constraint(m.POWERS)
    def power(m: pyo.ConcreteModel, limit: str, r: str, t: str, b: str) -> object:
        return weighed(m, g.policy.powers[limit, r, t, b]) <= value[limit]
