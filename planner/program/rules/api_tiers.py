"""Tokens become cheaper with what is spent on them."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"rebate_{a,t,s,n} \le width_{a,n} \, earned_{a,t,s,n}, \qquad rebate_{a,t,s,n} + usd\_from_{a,n} \, earned_{a,t,s,n}"
    r" \le \sum_{w,\, b \in s} usd_{w,a,t} \, 3600 \, hours_{t,b} \, call_{w,a,t,b},"
    r" \quad earned \in \{0, 1\} \quad \forall a,t,s,n",
    "usd",
)
def api_tiers(m: pyo.ConcreteModel, g: Groups) -> None:
    """What is spent on an API offer in a tier is what is spent in the period from the tier's first usd on, up to the next.

    Spent is counted at list price, over all workloads and blocks of a period, in each scenario by its own clock. Tiers are
    incremental: the usd before a tier keep their price. The last tier ends with all that the offer might be asked for. The
    rows allow less in a tier; the cost term `api_discount` takes as much as they allow.
    """
    m.earned = pyo.Var(m.REBATES, domain=pyo.Binary)

    @m.Constraint(m.REBATES, ["width", "from"])
    def api_tiers(m: pyo.ConcreteModel, a: str, t: str, s: str, n: int, side: str) -> object:
        key = (a, t, s, n)
        begins, width = g.service.rebate_spans[key]
        if side == "width":
            return m.rebate[key] - width * m.earned[key] <= 0
        spent = pyo.quicksum(usd * m.call[call] for call, usd in g.service.spending[a, t, s])
        return m.rebate[key] + begins * m.earned[key] - spent <= 0
