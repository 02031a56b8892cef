"""No more carbon than allowed."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups
from planner.program.policy_groups import weighed


@family(
    "rule",
    r"\sum_{t \in l, f \in l} power\_kw_{n(f)} \, pue_{r(f)} \, grid\_kg\_co2\_per\_kwh_{r(f)}"
    r" \Big(\sum_b hours_{t,b} \, rent_{f,t,b}"
    r" + hours_t \, hold_{f,t}\Big) \le value_l \quad \forall l",
    "kg",
)
def carbon_cap(m: pyo.ConcreteModel, g: Groups) -> None:
    """The energy of all nodes that are there, times the grid's intensity, is at most the cap of a period or of the horizon.

    A node draws its full power with PUE in every hour in which it is there: rented nodes in the blocks they run in, held
    nodes in every hour, busy or idle (the upper end). The grid's average by location counts; making the hardware does not.
    With several scenarios the cap holds in each of them.
    """
    m.CARBON_CAPS = pyo.Set(initialize=[name for name, amounts in g.policy.carbon_caps.items() if amounts])
    value = g.policy.most("carbon_kg")

    @m.Constraint(m.CARBON_CAPS)
    def carbon_cap(m: pyo.ConcreteModel, limit: str) -> object:
        return weighed(m, g.policy.carbon_caps[limit]) <= value[limit]
