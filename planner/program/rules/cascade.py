"""A share of the first answers is asked again of a strong model."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups
from planner.program.rules.demand import TINY


@family(
    "rule",
    r"\sum_{o,p \text{ strong}} serve_{w,o,p,t,b} + \sum_{a \text{ strong}} call_{w,a,t,b} = escalation\_share_w"
    r" \Big(\sum_{o,p \text{ first}} serve_{w,o,p,t,b} + \sum_{a \text{ first}} call_{w,a,t,b}\Big) \quad \forall w,t,b",
    "requests/s",
)
def cascade(m: pyo.ConcreteModel, g: Groups) -> None:
    """The strong models of a cascade answer again the escalated share of what its first models answer.

    Every request goes to a first model (`demand`); the share that it cannot settle goes on, with the same lengths, to any
    other eligible model. Each answer keeps the latency promises on its own. The quality floor binds the strong models; the
    first ones are judged by whoever escalates. Rows of tiny traffic are divided by it, as those of `demand`.
    """
    m.CASCADES = pyo.Set(initialize=[key for key in g.service.open_slots if key[0] in g.service.first_models], dimen=3)

    @m.Constraint(m.CASCADES)
    def cascade(m: pyo.ConcreteModel, w: str, t: str, b: str) -> object:
        key = (w, t, b)
        first = pyo.quicksum(m.serve[r] for r in g.service.answering_routes[key])
        first += pyo.quicksum(m.call[c] for c in g.service.answering_calls[key])
        strong = pyo.quicksum(m.serve[r] for r in g.service.strong_routes[key])
        strong += pyo.quicksum(m.call[c] for c in g.service.strong_calls[key])
        has_first = bool(g.service.answering_routes[key] or g.service.answering_calls[key])
        has_strong = bool(g.service.strong_routes[key] or g.service.strong_calls[key])
        share = g.service.escalation_share[w]
        if not has_strong and not (has_first and share):
            return pyo.Constraint.Skip
        passed_on = share * g.service.most_requests_per_s[key]
        return (strong - share * first) / (passed_on if 0 < passed_on < TINY else 1.0) == 0
