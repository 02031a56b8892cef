"""Does the break-even interval of an offer in Tokyo hold the price that bisection finds? On quarterly_portfolio, in two ways.

The interval is that of `planner explain --break-even`, of the whole portfolio. The bisection shares none of its code: Tokyo's
workloads, which alone may run there, are an instance of their own, given to one engine. By hand: azure's H200 does what aws's at
54.91 usd/h does, so it is in at 54.91 / 73.56 = 0.7464 of its price. Solves that end early take plans not found for none.

Run: python scripts/studies/tokyo_break_even.py [OFFER] [SECONDS OF EACH SOLVE]
"""

import dataclasses
import math
import sys

from planner import pipeline
from planner.inputs.shipped import instances_folder
from planner.methods import MethodSettings
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Settings, Solution, Worker
from planner.studies.break_even import at_factor, break_even

REGION, GAP, STEP, ENDS = "japan-tokyo", 1e-4, 1.005, (0.6, 0.9)
offer = sys.argv[1] if len(sys.argv) > 1 else "azure/Standard_ND96isr_H200_v5/japan-tokyo/reserved_1y"
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 90.0

instance, catalog = pipeline.read(instances_folder() / "quarterly_portfolio")
mine = tuple(w for w in instance.settings.workloads if "JP" in w.regions.jurisdictions)
settings = instance.settings.model_copy(update={"workloads": mine, "regions": [REGION]})
tables = {name: frame[frame["region"] == REGION] if name == "owned" else frame for name, frame in instance.tables.items()}
demand = instance.demand[instance.demand["workload"].isin([w.workload for w in mine])]
alone = pipeline.prepare_instance(dataclasses.replace(instance, settings=settings, demand=demand, tables=tables), catalog)


def solved(factor: float, cap: int | None = None, start: Solution | None = None) -> Solution:
    """Solves Tokyo alone at a price factor of the offer, or with its supply cut, beginning with a plan found at another."""
    c = at_factor(alone.coefficients, {offer}, factor)
    if cap is not None:
        c = c.with_tables(supply=c.supply.assign(nodes_max=c.supply["nodes_max"].where(c.supply["offer"] != offer, cap)))
    problem = compile_program(build_program(Groups(c))).problem
    with Worker() as worker:
        return worker.solve(problem.with_start(start and start.values), Settings("highs", seconds, GAP, threads=1, log=False))


without = solved(1.0, cap=0)
print(f"Tokyo without {offer}: {without.objective:,.0f} usd, none under {without.bound:,.0f}")
(low, high), best = ENDS, None
while high / low > STEP:
    middle = math.sqrt(low * high)
    found = solved(middle, start=best)
    is_in = (found.objective or math.inf) < without.objective * (1 - GAP)
    print(f"  at {middle:.4f} of its price: {'cheaper' if is_in else 'not cheaper'} with it ({found.wall_s:.0f} s)", flush=True)
    low, high, best = (middle, high, found) if is_in else (low, middle, best)
print(f"bisection: between {low:.4f} and {high:.4f} of its price")
whole = pipeline.prepare_instance(instance, catalog).coefficients
told = break_even(whole, offer, MethodSettings(time_limit_s=seconds, threads=1), *ENDS, width=0.01)
print(f"explained: in every best fleet up to {told.wins_at}, in no plan from {told.absent_from}; not determined between")
is_held = told.wins_at is not None and told.absent_from is not None and told.wins_at <= high and low <= told.absent_from
print("the interval holds the price that bisection finds" if is_held else "the interval does NOT hold it")
