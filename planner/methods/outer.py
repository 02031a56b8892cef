"""Outer approximation: cells priced by node, commitments decided over all of them; a bound from cuts, plans from patterns.

The program couples slots only through node counts: commitments are shared by all blocks of a period. For each cell (a slot
of a connected set of regions) the set X of sufficient node counts is described from outside by cuts p.u(N) + egress >= V(p),
u the unary image of N, and from inside by patterns (node counts with the replicas and traffic that prove them enough).

 1. Every cell is asked at a blend of on-demand prices and the LP relaxation's node prices.
 2. The outer master (contracts, whole u, cuts) gives a bound; the restricted master (one pattern a cell) a plan.
 3. Cells whose node counts in the outer master no pattern covers are asked at recourse prices: little for the nodes they
    have there, on-demand price beyond. The cut cuts that point off; the pattern repairs it. Back to 2 until the gap is met.

Every bound is a solver's dual bound of an oracle or of the outer master; proof in `master.outer_master`.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from planner.methods.cells import Cell, Pattern, cell_problem, cells, read_pattern, scaled
from planner.methods.crew import Crew
from planner.methods.master import Cut, chosen_nodes, outer_master, restricted_master
from planner.methods.relaxation import Relaxation, price_steps, relaxation
from planner.methods.result import MethodResult, MethodSettings
from planner.methods.segments import Segments, make_segments
from planner.program.extract import Decision
from planner.program.groups import Bay, Groups, Slot
from planner.solvers import Settings, Solution, Status

log = logging.getLogger(__name__)

INSIDE_SHARE = 0.02
"""Recourse price of nodes already chosen, as a share of their on-demand price: keeps the oracle from using them idly."""
ORACLE_GAP_SHARE = 0.5
"""Oracle gap as a share of the gap asked for: what oracles leave open adds up in the bound."""
STALL_SHARE = 0.05
"""A round that closes less than this share of the gap is followed by a pass at another blend of prices."""
SMALL_ORACLE_HIGHS = {"mip_allow_restart": False, "mip_heuristic_effort": 0.01, "mip_heuristic_run_feasibility_jump": False}
"""HiGHS options for small oracles: a quarter less work than the defaults on quickstart; twice as much on larger ones."""
SMALL_ORACLE_COLUMNS = 400
BLENDS_SMALL = (0.7, 0.4, 1.0, 0.15)
"""Shares of the on-demand price in the node prices of each pass; the rest is the relaxation's price. One pass at 0.7 leaves
a smaller gap than passes at 1 and at 0 together (scripts/bench/outer_passes.py)."""
BLENDS_LARGE = (0.0, 0.7, 0.3, 1.0)
"""For fleets of LARGE_FLEET_NODES and more: there the relaxation is close, and cuts at its own prices keep its bound."""
LARGE_FLEET_NODES = 40
ORACLE_TIME_SHARE = 0.02
"""Share of the time limit that one oracle of a pass may take; its dual bound then is the cut."""
MASTER_TIME_SHARE = 0.05
"""Share of the time limit that a master may take; its dual bound counts whether or not it ends."""
FIRST_PASS_SHARE = 0.5
"""Share of the time limit for the first pass over all cells."""


@dataclass
class Search:
    """What is known so far: cuts and patterns by cell, the best plan and the best bound (usd)."""

    groups: Groups
    cells: Sequence[Cell]
    segments: Segments
    relaxed: Relaxation
    cuts: list[list[Cut]]
    patterns: list[list[Pattern]]
    bound: float
    incumbent: float = float("inf")
    chosen: dict[int, Pattern] = field(default_factory=dict)
    orders: dict[tuple[str, str], int] = field(default_factory=dict)
    asked: int = 0

    @property
    def is_large(self) -> bool:
        """Whether the relaxation's fleet is so large that its own prices are the better guide."""
        return sum(self.relaxed.nodes_at_most.values()) >= LARGE_FLEET_NODES

    @property
    def gap(self) -> float:
        """(incumbent - bound) / incumbent; infinite without a plan."""
        if not np.isfinite(self.incumbent):
            return float("inf")
        return (self.incumbent - self.bound) / max(abs(self.incumbent), 1e-9)


def outer(groups: Groups, settings: MethodSettings) -> MethodResult:
    """Returns the best plan found and the bound proved; needs a program without replicas over several nodes."""
    began = time.monotonic()
    deadline = began + settings.time_limit_s
    threads = settings.for_solver(1.0).thread_count()
    with Crew(threads) as crew:
        relaxed, solution = relaxation(groups, crew, settings)
        if relaxed is None:
            return _without_plan(groups, solution, time.monotonic() - began)
        parts = cells(groups)
        segments = make_segments(relaxed.nodes_at_most, price_steps(groups))
        search = Search(groups, parts, segments, relaxed, [[] for _ in parts], [[] for _ in parts], relaxed.bound_usd)
        log.info(
            "relaxation %.0f usd; %d cells, %d segments; %.1f s",
            relaxed.bound_usd,
            len(parts),
            len(segments.bays),
            time.monotonic() - began,
        )
        blends = list(BLENDS_LARGE if search.is_large else BLENDS_SMALL)
        _pass(search, crew, settings, blends.pop(0), began + FIRST_PASS_SHARE * settings.time_limit_s)
        limit = _rounds(search, crew, settings, blends, deadline)
    return _answer(search, solution, limit, time.monotonic() - began)


def _oracle_settings(settings: MethodSettings, seconds: float, columns: int) -> Settings:
    gap = max(ORACLE_GAP_SHARE * settings.relative_gap, 1e-7)
    native = SMALL_ORACLE_HIGHS if settings.solver == "highs" and columns <= SMALL_ORACLE_COLUMNS else {}
    return Settings(
        solver=settings.solver,
        time_limit_s=max(0.2, seconds),
        relative_gap=gap,
        threads=1,
        seed=settings.seed,
        log=False,
        native=native,
    )


def _ask(search: Search, crew: Crew, settings: MethodSettings, wanted: Sequence[tuple[int, np.ndarray]], seconds: float) -> None:
    """Asks cells at prices, in parallel; keeps each dual bound as a cut and each point as a pattern, for all cells they hold."""
    search.asked += len(wanted)
    built = [cell_problem(search.cells[i], search.segments, prices) for i, prices in wanted]
    tasks = [((lambda problem=problem: problem), _oracle_settings(settings, seconds, problem.columns)) for problem, _ in built]
    for (i, prices), (_, columns), solution in zip(wanted, built, crew.solve(tasks), strict=True):
        if solution.bound is not None:
            _share_cut(search, i, Cut(prices, solution.bound))
        if solution.values is not None:
            _share_pattern(search, i, read_pattern(search.cells[i], columns, solution.values))


def _share_cut(search: Search, position: int, cut: Cut) -> None:
    """Keeps a cut for its cell and for every cell whose patterns all serve it too."""
    cell = search.cells[position]
    for i, other in enumerate(search.cells):
        if i == position or other.covers(cell):
            search.cuts[i].append(cut)


def _share_pattern(search: Search, position: int, pattern: Pattern) -> None:
    """Keeps a pattern for its cell and for every cell that it serves, unless a known one has no more nodes nor egress."""
    cell = search.cells[position]
    for i, other in enumerate(search.cells):
        if i != position and not cell.covers(other):
            continue
        mine = pattern if i == position else scaled(pattern, other)
        if not any(_is_within(known, mine) for known in search.patterns[i]):
            kept = [known for known in search.patterns[i] if not _is_within(mine, known)]
            search.patterns[i] = [*kept, mine]


def _is_within(small: Pattern, large: Pattern) -> bool:
    is_fewer = all(count <= large.nodes.get(bay, 0) for bay, count in small.nodes.items())
    return is_fewer and small.egress_usd <= large.egress_usd * (1 + 1e-9) + 1e-9


def _pass(search: Search, crew: Crew, settings: MethodSettings, blend: float, until: float) -> None:
    """Asks every cell at one blend of prices; cells that shared cuts and patterns settle are skipped."""
    waiting = _spread_order(search.cells)
    while waiting and (until > time.monotonic() or any(not known for known in search.patterns)):
        wanted: list[tuple[int, np.ndarray]] = []
        while waiting and len(wanted) < crew.size:
            cell = search.cells[i := waiting.pop(0)]
            prices = blend * search.relaxed.on_demand_prices(cell, search.segments)
            prices = prices + (1 - blend) * search.relaxed.dual_prices(cell, search.segments)
            if not _is_settled(search, i, prices, ORACLE_GAP_SHARE * settings.relative_gap):
                wanted.append((i, prices))
        waves_left = len(waiting) / crew.size + 1
        left = min(2 * (until - time.monotonic()) / waves_left, ORACLE_TIME_SHARE * settings.time_limit_s)
        _ask(search, crew, settings, wanted, max(0.5, left))


def _spread_order(parts: Sequence[Cell]) -> list[int]:
    """Returns cells by demand in bit-reversed order: each is asked between two whose cuts and patterns may settle it."""
    by_demand = sorted(range(len(parts)), key=lambda i: sum(parts[i].demand.values()))
    bits = max(1, (len(parts) - 1).bit_length())
    return [by_demand[k] for k in sorted(range(len(parts)), key=lambda k: int(f"{k:0{bits}b}"[::-1], 2))]


def _is_settled(search: Search, position: int, prices: np.ndarray, tolerance: float) -> bool:
    """Says whether known cuts already bound the cell at these prices within tolerance of its best known pattern."""
    known, cuts = search.patterns[position], search.cuts[position]
    if not known or not any(cut.bound > 0 for cut in cuts):
        return False
    used = np.array([s for bay in search.cells[position].bays for s in search.segments.of_bay[bay]], dtype=np.intp)
    above = min(float(prices @ search.segments.image(p.nodes)) + p.egress_usd for p in known)
    rows = np.array([[-min(c.prices[s], c.bound) / c.bound for s in used] + [-1.0 / c.bound] for c in cuts if c.bound > 0])
    upper = (search.segments.upper - search.segments.lower)[used]
    found = linprog(
        np.append(prices[used], 1.0),
        A_ub=rows,
        b_ub=-np.ones(len(rows)),
        bounds=[*((0.0, u) for u in upper), (0.0, None)],
        method="highs",
    )
    return found.status == 0 and found.fun is not None and bool(found.fun >= (1 - tolerance) * above)


def _rounds(search: Search, crew: Crew, settings: MethodSettings, blends: list[float], deadline: float) -> str:
    """Runs masters and recourse oracles until the gap is met; returns the limit that stopped it (`none`, `time`, `other`)."""
    rounds = 0
    while True:
        rounds += 1
        left, before, plan_before = deadline - time.monotonic(), search.bound, search.incumbent
        point = _solve_masters(search, crew, settings, max(1.0, min(left, MASTER_TIME_SHARE * settings.time_limit_s)))
        log.info(
            "incumbent %.0f, bound %.0f, gap %.3f %%, %d oracles", search.incumbent, search.bound, 100 * search.gap, search.asked
        )
        if search.gap <= settings.relative_gap:
            return "none"
        if deadline - time.monotonic() <= 1.0:
            return "time"
        improved = search.incumbent < plan_before - STALL_SHARE * (plan_before - search.bound)
        if search.is_large and search.orders and improved and rounds > 1:
            _ask_all(search, crew, settings, _beyond(search, [_held(search, cell) for cell in search.cells]), deadline)
            continue
        wanted = [] if point is None else _beyond(search, point, is_proved_skipped=True)
        if not wanted or search.is_large or search.bound - before < STALL_SHARE * (search.incumbent - before):
            if not wanted and not blends:
                return "other"
            if blends:
                _pass(search, crew, settings, blends.pop(0), deadline)
                continue
        _ask_all(search, crew, settings, wanted, deadline)


def _ask_all(
    search: Search, crew: Crew, settings: MethodSettings, wanted: Sequence[tuple[int, np.ndarray]], deadline: float
) -> None:
    """Asks cells a wave at a time, the time left shared out among the waves."""
    for start in range(0, len(wanted), crew.size):
        left = deadline - time.monotonic()
        if left <= 1.0:
            break
        waves_left = max(1.0, (len(wanted) - start) / crew.size)
        seconds = min(left / waves_left * 2, ORACLE_TIME_SHARE * settings.time_limit_s)
        _ask(search, crew, settings, wanted[start : start + crew.size], max(0.5, min(left, seconds)))


def _held(search: Search, cell: Cell) -> dict[Bay, int]:
    """Returns the nodes by bay that the incumbent's commitments hold in a cell's period."""
    g = search.groups
    alive = {bay: [o for f in g.offers_of_bay[bay] for o in g.orders_alive.get((f, cell.slot[0]), [])] for bay in cell.bays}
    return {bay: sum(search.orders.get(order, 0) for order in orders) for bay, orders in alive.items()}


def _solve_masters(
    search: Search, crew: Crew, settings: MethodSettings, seconds: float
) -> list[dict[tuple[str, str], int]] | None:
    """Solves both masters; improves bound and incumbent; returns the outer master's node counts by cell, if it has a point."""
    lower, lower_columns = outer_master(search.groups, search.cells, search.segments, search.cuts)
    upper, upper_columns = restricted_master(search.groups, search.cells, search.segments, search.patterns)
    gap = max(settings.relative_gap / 4, 1e-9)
    asked = Settings(solver=settings.solver, time_limit_s=seconds, relative_gap=gap, threads=1, seed=settings.seed, log=False)
    below, above = crew.solve([(lambda: lower, asked), (lambda: upper, asked)])
    if below.bound is not None:
        search.bound = max(search.bound, below.bound)
    if above.values is not None and above.objective is not None and above.objective < search.incumbent:
        search.incumbent = above.objective
        values = above.values
        search.chosen = {
            i: search.patterns[i][max(range(len(known)), key=lambda j: values[upper_columns.index["choose", i, j]])]
            for i, known in enumerate(search.patterns)
        }
        search.orders = {
            order: count
            for order in search.groups.orders
            if (count := round(float(values[upper_columns.index["commit", *order]]))) > 0
        }
    if below.values is None:
        return None
    return [chosen_nodes(lower_columns, below.values, i, cell, search.segments) for i, cell in enumerate(search.cells)]


def _beyond(search: Search, points: Sequence[Mapping[Bay, int]], is_proved_skipped: bool = False) -> list[tuple[int, np.ndarray]]:
    """Returns cells with recourse prices: little for the nodes that a point gives them, the on-demand price beyond.

    Cells whose node counts a known pattern covers are left out where `is_proved_skipped`.
    """
    wanted = []
    for i, (cell, nodes) in enumerate(zip(search.cells, points, strict=True)):
        known = any(all(count <= nodes.get(bay, 0) for bay, count in p.nodes.items()) for p in search.patterns[i])
        if known and is_proved_skipped:
            continue
        price = search.relaxed.on_demand_prices(cell, search.segments)
        has = np.array([nodes.get(bay, 0) for bay in search.segments.bays])
        wanted.append((i, np.where(search.segments.upper <= has, INSIDE_SHARE * price, price)))
    return wanted


def _answer(search: Search, solution: Solution, limit: str, wall_s: float) -> MethodResult:
    decision = _decision(search) if search.chosen else None
    status = "no_plan" if decision is None else "feasible"
    objective = search.incumbent if decision is not None else None
    return MethodResult(
        status, decision, objective, search.bound, "outer", solution.solver, solution.version, limit, wall_s,
        search.relaxed.columns, search.relaxed.rows, search.relaxed.columns, "",
    )  # fmt: skip


def _without_plan(groups: Groups, solution: Solution, wall_s: float) -> MethodResult:
    status = "infeasible" if solution.status == Status.INFEASIBLE else "no_plan"
    return MethodResult(
        status,
        None,
        None,
        solution.bound,
        "outer",
        solution.solver,
        solution.version,
        solution.limit.value,
        wall_s,
        0,
        0,
        0,
        solution.log,
    )


def _decision(search: Search) -> Decision:
    """Returns the plan of the chosen patterns: rents are what commitments leave open, cheapest offers first."""
    g = search.groups
    deployments: list[tuple[object, ...]] = []
    traffic: list[tuple[object, ...]] = []
    need: dict[tuple[Bay, Slot], int] = {}
    for i, pattern in search.chosen.items():
        cell = search.cells[i]
        deployments += [(*key, *cell.slot, count) for key, count in pattern.replicas.items()]
        traffic += [(*key, *cell.slot, rate) for key, rate in pattern.served.items()]
        for bay, count in pattern.nodes.items():
            need[bay, cell.slot] = need.get((bay, cell.slot), 0) + count
    rentals = []
    for (bay, (period, block)), count in need.items():
        held = sum(search.orders.get(order, 0) for f in g.offers_of_bay[bay] for order in g.orders_alive.get((f, period), []))
        rest = count - held
        rented = [f for f in g.offers_of_bay[bay] if (f in g.rented_offers and g.nodes_max[f, period] > 0)]
        for offer in sorted(rented, key=lambda f: g.usd_per_hour[f, period]):
            taken = min(rest, g.nodes_max[offer, period])
            if taken > 0:
                rentals.append((offer, period, block, taken))
                rest -= taken
    return Decision(
        pd.DataFrame(deployments, columns=["pool", "option", "place", "period", "block", "replicas"]),
        pd.DataFrame(traffic, columns=["workload", "option", "place", "period", "block", "requests_per_s"]),
        pd.DataFrame(rentals, columns=["offer", "period", "block", "nodes"]),
        pd.DataFrame([(*order, n) for order, n in search.orders.items()], columns=["offer", "period", "nodes"]),
    )
