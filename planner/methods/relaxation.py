"""The LP relaxation of the compact program: a first bound, node prices, and a guess of node counts."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.methods.cells import Cell
from planner.methods.crew import Crew
from planner.methods.result import MethodSettings
from planner.methods.segments import Segments
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Bay, Groups, Slot
from planner.solvers import Settings, Solution, Status

LP_ENGINE = {"highs": "highs", "scip": "glop"}
"""Engine of the relaxation: SCIP reports no duals, GLOP is in the same library."""
LEAST_PRICE_SHARE = 1e-3
"""Relaxation prices are at least this share of the on-demand price: at a price of 0 a bay is free and the cut says nothing."""


@dataclass(frozen=True)
class Relaxation:
    """Prices of nodes by bay and slot (usd for the whole slot) and the bound of the LP relaxation (usd)."""

    bound_usd: float
    nodes_at_most: Mapping[Bay, float]
    duals: Mapping[tuple[Bay, Slot], float]
    on_demand: Mapping[tuple[Bay, Slot], float]
    columns: int
    rows: int

    def on_demand_prices(self, cell: Cell, segments: Segments) -> np.ndarray:
        """Returns the on-demand price of every segment in a cell; where none is rented, a commitment's charge."""
        return np.array([self.on_demand.get((bay, cell.slot), 0.0) for bay in segments.bays])

    def dual_prices(self, cell: Cell, segments: Segments) -> np.ndarray:
        """Returns the relaxation's price of every segment in a cell."""
        full = self.on_demand_prices(cell, segments)
        dual = np.array([self.duals.get((bay, cell.slot), 0.0) for bay in segments.bays])
        return np.maximum(np.minimum(dual, full), LEAST_PRICE_SHARE * full)


def relaxation(groups: Groups, crew: Crew, settings: MethodSettings) -> tuple[Relaxation | None, Solution]:
    """Returns the relaxation, or None where the LP has no solution, and the engine's answer."""
    compiled = compile_program(build_program(groups))
    problem = compiled.problem
    asked = Settings(solver=LP_ENGINE[settings.solver], time_limit_s=settings.time_limit_s, relative_gap=settings.relative_gap, seed=settings.seed)
    (solution,) = crew.solve([(problem.relaxed, asked)])
    if solution.values is None or solution.row_duals is None or solution.status != Status.OPTIMAL:
        return None, solution
    duals: dict[tuple[Bay, Slot], float] = {}
    for name, dual in zip(problem.row_names, solution.row_duals.tolist(), strict=True):
        if name.startswith("cover["):
            node_type, region, period, block = name[6:-1].split(",")
            duals[(node_type, region), (period, block)] = max(0.0, -dual * groups.accelerators[node_type])
    used: dict[tuple[Bay, Slot], float] = {}
    for (name, index), value in zip(compiled.columns, solution.values.tolist(), strict=True):
        if name == "deploy" and value > 0:
            _, option, place, period, block = index
            bay = groups.bay_of[option, place]
            used[bay, (period, block)] = used.get((bay, (period, block)), 0.0) + value * groups.options[option]["gpus"] / groups.accelerators[bay[0]]
    bays = sorted({(n, r) for n, r, _, _ in groups.deployments_of_bay})
    most = {bay: max((v for (b, _), v in used.items() if b == bay), default=0.0) for bay in bays}
    found = Relaxation(float(solution.bound or 0.0), most, duals, _on_demand(groups), problem.columns, problem.rows)
    return found, solution


def _on_demand(groups: Groups) -> dict[tuple[Bay, Slot], float]:
    """Returns the price of one more node for a slot: the cheapest rent, else the cheapest commitment's charge."""
    prices: dict[tuple[Bay, Slot], float] = {}
    for bay, offers in groups.offers_of_bay.items():
        for slot in groups.slots:
            rents = [groups.usd_per_hour[f, slot[0]] * groups.hours[slot] for f in offers if f in groups.rented_offers and groups.nodes_max[f, slot[0]] > 0]
            charges = [
                groups.upfront_usd[o] + groups.usd_per_hour[o] * (groups.hours_inside[o] + groups.hours_after[o])
                for f in offers for o in groups.orders_alive.get((f, slot[0]), [])
            ]  # fmt: skip
            prices[bay, slot] = min(rents) if rents else min(charges, default=0.0)
    return prices



