"""Parts of a search priced side by side, the relaxation under hull cuts, and the prices that it says."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from planner.methods.crew import given
from planner.methods.guide import LP_ENGINE
from planner.methods.oracle import LEAST_USD, Oracle
from planner.methods.outer import SMALL_ORACLE_HIGHS
from planner.methods.parts import PartCut, Priced
from planner.methods.search import Search
from planner.methods.started import Started
from planner.methods.way_pool import Left, WayPool
from planner.solvers import Problem, Settings, Solution
from planner.solvers.problem import Floats

WAY_GAP, WAY_SECONDS = 1e-5, 2.0
"""How exactly, and how long at most, an engine looks for the cheapest way of a part: 1e-3 takes as long, and 1 % is lost in cuts
(M mid, three seeds, 8 s: relaxations under their hull cuts are 0.3 to 0.5 % higher)."""
ALONE_HIGHS: Mapping[str, bool | int | float | str] = {
    "mip_heuristic_run_rins": False, "mip_heuristic_run_rens": False, "mip_heuristic_run_root_reduced_cost": False,
}  # fmt: skip
"""HiGHS options for no programs within a program."""
WAY_HIGHS: Mapping[str, bool | int | float | str] = {**SMALL_ORACLE_HIGHS, **ALONE_HIGHS}
"""HiGHS options for the cheapest way of a part, which begins at the cheapest known: no programs within it to find a better one
(72 parts of M at mid volume: 0.7 s of processor time instead of 1.9; no effort for heuristics alone leaves them at the root)."""
LEAN_HIGHS: Mapping[str, bool | int | float | str] = {"solver": "ipm"}
"""HiGHS options for the relaxation under all cuts (L low, 2,300 cuts: 4.5 s, 6.9 s by the simplex)."""
WAYS_AT_ONCE = 16
"""Parts for each process that are asked before the clock is looked at again."""


def pool_of(started: Started) -> WayPool:
    """Returns the parts of a search, priced by its processes while there is time; the ways known are those of its patterns.

    Engines begin at them: half the time, or less, where prices are new.
    """
    search = started.search
    pool = WayPool(search.oracles, search.parts, lambda problems, left_s: _ways(started, problems, left_s))
    for i, patterns in enumerate(search.patterns):
        for pattern in patterns:
            for w, part in enumerate(search.parts[i]):
                pool.add(i, w, part.way(pattern.values[part.columns]))
    return pool


def unit_prices(search: Search, blend: float) -> list[Floats]:
    """Returns the usd of one unit of each link, by cell: a blend of the first node's market price and the relaxation's price."""
    return [_unit_prices(search, oracle, blend) for oracle in search.oracles]


def prices_under(search: Search, found: Solution) -> list[Floats]:
    """Returns the usd of a unit of each link, by cell, that the duals of a relaxation say; it has the program's rows first."""
    assert found.row_duals is not None
    prices = []
    for oracle in search.oracles:
        mine = [(link.is_equality, -link.sign * float(found.row_duals[link.row])) for link in oracle.cell.links]
        prices.append(np.array([dual if is_equality else max(0.0, dual) for is_equality, dual in mine]))
    return prices


def cuts_of(prices: Sequence[Floats], priced: Sequence[Sequence[Priced]]) -> list[PartCut]:
    """Returns the hull cuts of all parts at prices by cell, from what they cost there at least, where that is anything."""
    return [
        PartCut(i, w, prices[i], one.least)
        for i, mine in enumerate(priced) for w, one in enumerate(mine) if one.way is not None and one.least > LEAST_USD
    ]  # fmt: skip


def relaxed(started: Started, problem: Problem, is_lean: bool = False) -> Solution:
    """Returns the relaxation's answer; `is_lean`: by the interior point, which is sooner done with many cuts at once."""
    settings = started.settings
    engine = LP_ENGINE[settings.solver]
    native = LEAN_HIGHS if is_lean and settings.solver == "highs" else {}
    asked = Settings(engine, max(1.0, started.left_s), threads=1, seed=settings.seed, log=False, native=native)
    return started.crew.solve([(problem.relaxed, asked)])[0]


def _unit_prices(search: Search, oracle: Oracle, blend: float) -> Floats:
    cell, segments, guide = oracle.cell, search.segments, search.guide
    market = guide.market(cell, segments)
    found = np.array([guide.duals.get(link.row, 0.0) / (link.quantum or 1.0) for link in cell.links])
    for k in cell.node_links:
        mine = segments.of_key[cell.links[k].key]  # none where nothing can be supplied
        full = market[mine[0]] / cell.links[k].quantum if mine else 0.0
        found[k] = blend * full + (1 - blend) * found[k]
    return found


def _ways(started: Started, problems: Sequence[Problem], left_s: Left) -> list[Solution | None]:
    """Solves programs of parts while there is time, some side by side."""
    asked = Settings(
        started.settings.solver, WAY_SECONDS, relative_gap=WAY_GAP, threads=1, seed=started.settings.seed, log=False,
        native=WAY_HIGHS if started.settings.solver == "highs" else {},
    )  # fmt: skip
    found: list[Solution | None] = []
    while len(found) < len(problems):
        left = min(left_s(), started.left_s)
        if left <= 0:
            return [*found, *[None] * (len(problems) - len(found))]
        some = problems[len(found) : len(found) + WAYS_AT_ONCE * started.crew.size]
        mine = dataclasses.replace(asked, time_limit_s=min(WAY_SECONDS, left))
        found += started.crew.solve([(given(problem), mine) for problem in some])
    return found
