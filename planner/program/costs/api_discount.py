"""What volume tiers take off the price of tokens."""

from typing import Any

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family("cost", r"-\sum_{a,t,s,n} probability_s \, discount\_share_{a,n} \, rebate_{a,t,s,n}", "usd")
def api_discount(m: pyo.ConcreteModel, g: Groups) -> Any:
    """Every usd spent in a tier of an API offer is paid less the tier's share; the term `api` has it at list price.

    Each call has the same part of the discount of its offer, period and scenario.
    """
    return -pyo.quicksum(g.risk.probability[key[2]] * share * m.rebate[key] for key, share in g.service.rebates.items())
