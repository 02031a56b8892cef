"""Prices of the rows that cells share, by name: with them a bound can be proved again without the method that found it."""

from collections.abc import Sequence

import numpy as np

from planner.methods.result import LinkPrice, LinkPrices
from planner.methods.search import Search
from planner.solvers.problem import Floats


def link_prices(search: Search) -> LinkPrices:
    """Returns the prices of the best bound from prices: those of mixed ways where there are any, else the relaxation's."""
    guide = search.guide
    if search.priced is not None:
        bound_usd, by_row = search.priced[0], _by_row(search, search.priced[1])
    else:
        quanta = {link.row: link.quantum or 1.0 for link in search.split.links}
        bound_usd, by_row = guide.bound, {row: usd / quanta[row] for row, usd in guide.duals.items()}
    names = search.split.problem.row_names
    return LinkPrices(bound_usd, tuple(LinkPrice(*named(names[row]), usd) for row, usd in sorted(by_row.items()) if usd))


def _by_row(search: Search, prices: Sequence[Floats]) -> dict[int, float]:
    """Returns one price for each shared row: the mean over the cells that use it, which agree but for what is mixed on the way.

    What the means prove is for the audit to say.
    """
    found: dict[int, list[float]] = {}
    for oracle, mine in zip(search.oracles, prices, strict=True):
        for link, usd in zip(oracle.cell.links, mine.tolist(), strict=True):
            found.setdefault(link.row, []).append(usd)
    return {row: float(np.mean(usd)) for row, usd in found.items()}


def named(name: str) -> tuple[str, tuple[str, ...]]:
    """Returns the family and the index of a row, or the variable and the index of a column, by its name in a problem.

    >>> named("cover[8xL4,us-ohio,q1,day]")
    ('cover', ('8xL4', 'us-ohio', 'q1', 'day'))
    """
    family, _, rest = name.partition("[")
    return family, tuple(rest.rstrip("]").split(","))
