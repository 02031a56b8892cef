"""A workload made of equal parts sends each part whole to one option in one place."""

import pyomo.environ as pyo

from planner.program.family import family
from planner.program.groups import Groups


@family(
    "rule",
    r"serve_{w,o,p,t,b} = \frac{requests\_per\_s_{w,t,b}}{parts_w} slice_{w,o,p,t,b}, \qquad"
    r" slice_{w,o,p,t,b} \in \{0, \dots, parts_w\} \quad \forall w,o,p,t,b",
    "requests/s",
)
def slices(m: pyo.ConcreteModel, g: Groups) -> None:
    """The traffic of a route is a whole number of the workload's parts.

    The parts are equal, so that one integer a route says the same as a binary for each part and route, without the
    permutations of parts that mean nothing.
    """

    @m.Constraint(m.SLICES)
    def slices(m: pyo.ConcreteModel, w: str, o: str, p: str, t: str, b: str) -> object:
        return m.serve[w, o, p, t, b] - g.slices.part_requests_per_s[w, t, b] * m.slice[w, o, p, t, b] == 0
