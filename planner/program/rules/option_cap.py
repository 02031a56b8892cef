"""No more distinct options at a site than allowed."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"\sum_{k,\ p \in r} deploy_{k,o,p,t,b} \le replicas\_most_{o,r,t,b} \, host_{o,r,t,s} \quad \forall o,r,\ b \in s, \qquad"
    r" \sum_o host_{o,r,t,s} \le value_l, \quad host \in \{0, 1\} \quad \forall l,r,t,s",
    "options",
)
def option_cap(m: pyo.ConcreteModel, g: Groups) -> None:
    """The distinct options of which a replica runs in a region in any block of a period are at most the cap.

    An option is a model at a precision on a node type in a layout at a batch. A limit without a scope holds in each region
    apart, one without a period in every period; with several scenarios it holds in each. `replicas_most` is what carries the
    pools' traffic on that option alone, within supply: no plan needs more, unless replicas that start cost something; then it
    is what the slot that needs most needs.
    """
    rows = g.variety.caps["option"]
    m.OPTION_CAPS = pyo.Set(initialize=list(rows), dimen=4)
    m.OPTIONS_HOSTED = pyo.Set(initialize=[key[1:] for key in g.variety.hosted if key[0] == "option"], dimen=4)

    @m.Constraint(m.OPTION_CAPS)
    def option_cap(m: pyo.ConcreteModel, limit: str, r: str, t: str, s: str) -> object:
        most, hostings = rows[limit, r, t, s]
        return pyo.quicksum(m.host[h] for h in hostings) <= most

    @m.Constraint(m.OPTIONS_HOSTED)
    def option_hosted(m: pyo.ConcreteModel, o: str, r: str, t: str, b: str) -> object:
        hosting, most, deployments = g.variety.hosted["option", o, r, t, b]
        return pyo.quicksum(m.deploy[d] for d in deployments) - most * m.host[hosting] <= 0
