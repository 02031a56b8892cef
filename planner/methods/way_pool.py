"""The ways of every part met so far, by cell, and what a choice of them is as a pattern of the cell."""

from collections.abc import Callable, Sequence

import numpy as np

from planner.methods.oracle import Oracle, Pattern
from planner.methods.parts import Part, Priced, Way
from planner.solvers import Problem, Solution
from planner.solvers.problem import Booleans, Floats

Ask = tuple[int, int, Floats]
"""(cell, part, prices of the cell's links)"""
Left = Callable[[], float]
"""Seconds left, each time it is asked."""
SolveAll = Callable[[Sequence[Problem], Left], Sequence[Solution | None]]
"""Solves programs for a proof; None for those that no time was left for."""


class WayPool:
    """Ways by cell and part; grows while a method runs. `solve` answers programs of parts that are not priced here."""

    def __init__(self, oracles: Sequence[Oracle], parts: Sequence[Sequence[Part]], solve: SolveAll) -> None:
        self.oracles, self.parts, self._solve = oracles, parts, solve
        self.known: list[list[dict[bytes, Way]]] = [[{} for _ in mine] for mine in parts]
        self._alike: dict[bytes, list[tuple[int, int]]] = {}
        for i, mine in enumerate(parts):
            for w, part in enumerate(mine):
                self._alike.setdefault(part.signature, []).append((i, w))

    @property
    def is_whole(self) -> bool:
        """Whether every part of every cell has a way."""
        return all(all(mine) for mine in self.known)

    def add(self, cell: int, part: int, way: Way) -> bool:
        """Keeps a way, also for every part of the same shape that it serves; says whether it is new."""
        if way.key in self.known[cell][part]:
            return False
        mine = self.parts[cell][part]
        self.known[cell][part][way.key] = way
        for i, w in self._alike[mine.signature]:
            found = None if (i, w) == (cell, part) else self.parts[i][w].adopted(way, mine)
            if found is not None:
                self.known[i][w].setdefault(found.key, found)
        return True

    def price(self, asked: Sequence[Ask], left_s: Left = lambda: np.inf) -> tuple[list[Priced], list[bool]]:
        """Returns the least cost of each part asked for at its prices, and which of their cheapest ways are new (kept).

        Of parts that `left_s` leaves no time for nothing is proved.
        """
        remote = [k for k, (i, w, _) in enumerate(asked) if not self.parts[i][w].is_priced_here(asked[k][2])]
        answers = dict(zip(remote, self._solve([self._problem(asked[k]) for k in remote], left_s), strict=True))
        found = [
            self._part(ask).priced(answers[k]) if k in answers else self._part(ask).priced_here(ask[2])
            for k, ask in enumerate(asked)
        ]
        return found, [one.way is not None and self.add(i, w, one.way) for one, (i, w, _) in zip(found, asked, strict=True)]

    def price_cells(self, prices: Sequence[Floats], left_s: Left = lambda: np.inf) -> tuple[list[list[Priced]], int]:
        """Returns the same of every part by cell at prices by cell, and how many ways are new."""
        asked = [(i, w, mu) for i, mu in enumerate(prices) for w in range(len(self.parts[i]))]
        found, is_new = self.price(asked, left_s)
        by_cell: list[list[Priced]] = [[] for _ in self.parts]
        for (i, _, _), one in zip(asked, found, strict=True):
            by_cell[i].append(one)
        return by_cell, sum(is_new)

    def useful(self, cell: int, prices: Floats, share: float) -> Booleans:
        """Returns the kept columns of a cell in ways that cost at most `share` more than the cheapest known at prices."""
        found = np.zeros(len(self.oracles[cell].projected.kept), dtype=bool)
        for part, known in zip(self.parts[cell], self.known[cell], strict=True):
            costs = [way.usd + float(prices @ way.uses) for way in known.values()]
            for way, usd in zip(known.values(), costs, strict=True):
                if usd <= min(costs) + share * abs(min(costs)):
                    found[part.columns] |= way.values > 0
        return found

    def pattern(self, cell: int, chosen: Sequence[Way]) -> Pattern:
        """Returns the pattern of a cell that serves each part in its chosen way."""
        oracle = self.oracles[cell]
        values = np.zeros(len(oracle.projected.kept))
        for part, way in zip(self.parts[cell], chosen, strict=True):
            values[part.columns] = way.values
        return oracle.pattern(values)

    def _problem(self, ask: Ask) -> Problem:
        """Returns a part's program at prices, from the cheapest way known there."""
        i, w, prices = ask
        best = min(self.known[i][w].values(), key=lambda way: way.usd + float(prices @ way.uses), default=None)
        return self._part(ask).problem(prices).with_start(None if best is None else best.values)

    def _part(self, ask: Ask) -> Part:
        return self.parts[ask[0]][ask[1]]
