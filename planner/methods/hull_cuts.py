"""Hull cuts by name: with them a bound that rests on them can be proved again without the method that found it."""

from planner.methods.link_prices import named
from planner.methods.result import HullCut, HullCuts
from planner.methods.search import Search

REPLICAS = "deploy"
"""Variable of replicas; its index begins with their pool."""


def hull_cuts(search: Search) -> HullCuts | None:
    """Returns the hull cuts that statements of the whole program were given, and what is whole where the best bound is proved.

    None where there are none. A cut of a part without replicas (APIs alone) is left out: it has no pool to be known by.
    """
    names, rows, prices, found = search.split.problem.row_names, dict[int, int](), dict[int, int](), []
    vectors: list[tuple[tuple[int, float], ...]] = []
    for cut in search.hull:
        oracle, pool = search.oracles[cut.cell], _pool(search, cut.cell, cut.part)
        if pool is None:
            continue
        if id(cut.prices) not in prices:
            mine = [(link.row, usd) for link, usd in zip(oracle.cell.links, cut.prices.tolist(), strict=True) if usd]
            prices[id(cut.prices)] = len(vectors)
            vectors.append(tuple((rows.setdefault(row, len(rows)), usd) for row, usd in mine))
        found.append(HullCut(*oracle.cell.slot, pool, prices[id(cut.prices)], cut.least))
    return HullCuts(search.whole, tuple(named(names[row]) for row in rows), tuple(vectors), tuple(found)) if found else None


def _pool(search: Search, cell: int, part: int) -> str | None:
    """Returns the pool whose replicas a part has; None where it has none."""
    oracle, split = search.oracles[cell], search.split
    columns = oracle.cell.columns[oracle.projected.kept[search.parts[cell][part].columns]]
    mine = (named(split.problem.column_names[j])[1][0] for j in columns.tolist() if split.names[j] == REPLICAS)
    return next(mine, None)
