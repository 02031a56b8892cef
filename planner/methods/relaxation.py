"""The LP relaxation of the compact program: a first bound, node prices, and a guess of node counts."""

from collections.abc import Mapping, Sequence
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
    ladder: Mapping[tuple[Bay, Slot], Sequence[tuple[int, float]]]
    """(nodes up to here, usd of one more node for the slot), cheapest first."""
    columns: int
    rows: int

    def on_demand_prices(self, cell: Cell, segments: Segments) -> np.ndarray:
        """Returns the price of one more node at the start of each segment, as supply is used up from the cheapest offer.

        The tail keeps the price before it: a dearer wide segment would let the master's LP relaxation fill a sliver of it
        to satisfy a cut (any prices give valid cuts).
        """
        prices = np.zeros(len(segments.bays))
        for s, bay in enumerate(segments.bays):
            steps = self.ladder.get((bay, cell.slot))
            if steps and segments.is_tail[s] and s > 0 and segments.bays[s - 1] == bay:
                prices[s] = prices[s - 1]
            elif steps:
                prices[s] = next((price for end, price in steps if segments.lower[s] < end), steps[-1][1])
        return prices

    def dual_prices(self, cell: Cell, segments: Segments) -> np.ndarray:
        """Returns the relaxation's price of every segment in a cell."""
        full = self.on_demand_prices(cell, segments)
        dual = np.array([self.duals.get((bay, cell.slot), 0.0) for bay in segments.bays])
        return np.asarray(np.maximum(np.minimum(dual, full), LEAST_PRICE_SHARE * full))


def relaxation(groups: Groups, crew: Crew, settings: MethodSettings) -> tuple[Relaxation | None, Solution]:
    """Returns the relaxation, or None where the LP has no solution, and the engine's answer."""
    compiled = compile_program(build_program(groups))
    problem = compiled.problem
    asked = Settings(
        solver=LP_ENGINE[settings.solver],
        time_limit_s=settings.time_limit_s,
        relative_gap=settings.relative_gap,
        seed=settings.seed,
    )
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
            used[bay, (period, block)] = (
                used.get((bay, (period, block)), 0.0) + value * groups.options[option]["gpus"] / groups.accelerators[bay[0]]
            )
    bays = sorted({(n, r) for n, r, _, _ in groups.deployments_of_bay})
    most = {bay: max((v for (b, _), v in used.items() if b == bay), default=0.0) for bay in bays}
    found = Relaxation(float(solution.bound or 0.0), most, duals, _ladder(groups), problem.columns, problem.rows)
    return found, solution


def _ladder(groups: Groups) -> dict[tuple[Bay, Slot], list[tuple[int, float]]]:
    """Returns what one more node costs for a slot, as (nodes up to here, usd).

    Rents come from the cheapest, each up to its cap; then the dearest again, as commitments add nodes; where nothing is
    rented, the cheapest commitment's charge.
    """
    ladder: dict[tuple[Bay, Slot], list[tuple[int, float]]] = {}
    for bay, offers in groups.offers_of_bay.items():
        for slot in groups.slots:
            steps = [
                (groups.usd_per_hour[f, slot[0]] * groups.hours[slot], groups.nodes_max[f, slot[0]])
                for f in offers
                if f in groups.rented_offers
            ]
            dearest = max((price for price, count in steps if count), default=0.0)
            for offer in (f for f in offers if groups.orders_alive.get((f, slot[0]))):
                charges = [
                    groups.upfront_usd[o] + groups.usd_per_hour[o] * (groups.hours_inside[o] + groups.hours_after[o])
                    for o in groups.orders_alive[offer, slot[0]]
                ]
                steps.append((dearest or min(charges), groups.nodes_max[offer, slot[0]]))
            total, found = 0, []
            for price, count in sorted(step for step in steps if step[1] > 0):
                total += count
                found.append((total, price))
            ladder[bay, slot] = found
    return ladder


def price_steps(groups: Groups) -> dict[Bay, list[int]]:
    """Returns the node counts at which a bay's price changes in some period; the last is the most it can have."""
    found: dict[Bay, set[int]] = {}
    for (bay, _), steps in _ladder(groups).items():
        found.setdefault(bay, set()).update(end for end, _ in steps)
    return {bay: sorted(ends) or [0] for bay, ends in found.items()}
