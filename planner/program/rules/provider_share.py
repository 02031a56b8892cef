"""No more of the fleet at one provider than allowed."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups
from planner.program.policy_groups import weighed


@family(
    "rule",
    r"\sum_{f \in v} accelerators_f (rent_{f,t,b} + hold_{f,t}) \le value_l \sum_f accelerators_f (rent_{f,t,b} + hold_{f,t})"
    r" \quad \forall l,\ v \in l,\ t \in l,\ b",
    "accelerators",
)
def provider_share(m: pyo.ConcreteModel, g: Groups) -> None:
    """The accelerators rented or held of one provider are in every block at most a share of all that are there.

    A limit without a scope holds for each provider apart, one without a period in every period.

    Owned and bought nodes count among all; they are a provider's share only where a limit names `owned` or `purchase`.
    """
    rows = g.policy.shares("provider_share_max", "provider")
    m.PROVIDER_SHARES = pyo.Set(initialize=list(rows), dimen=4)

    @m.Constraint(m.PROVIDER_SHARES)
    def provider_share(m: pyo.ConcreteModel, limit: str, scope: str, t: str, b: str) -> object:
        return weighed(m, rows[limit, scope, t, b]) <= 0
