"""The program that decompositions search: traffic that is alike merged, pools written on replicas; and the way back."""

from dataclasses import dataclass

import numpy as np

from planner.methods.merge import Merged, merge
from planner.methods.oracle import Oracle
from planner.methods.pools import Pooled, pooled
from planner.program.compile import Compiled
from planner.solvers.problem import Floats


@dataclass(frozen=True, eq=False)
class Condensed:
    """A smaller program with the same plans, and the one it stands for."""

    merged: Merged
    pooled: Pooled

    @property
    def compiled(self) -> Compiled:
        """The smaller program."""
        return self.pooled.compiled

    @property
    def original(self) -> Compiled:
        """The program as stated."""
        return self.merged.original

    def reduced(self, values: Floats) -> Floats:
        """Returns a point of the program as stated as one of the smaller."""
        return self.pooled.reduced(self.merged.reduced(values))

    def restored(self, values: Floats) -> Floats:
        """Returns a point of the smaller program as one of that stated, which costs no more."""
        return self.merged.restored(self.pooled.restored(values))

    def demands(self, oracles: list[Oracle]) -> list[int]:
        """Returns how many demands each cell has: those that are rows of it, and those of pools written on its replicas."""
        cell_of = np.full(self.compiled.problem.columns, -1, dtype=np.int64)
        for i, oracle in enumerate(oracles):
            cell_of[oracle.cell.columns] = i
        found = [len(oracle.projected.demand_rows) for oracle in oracles]
        where = np.full(self.pooled.original.problem.columns, -1, dtype=np.int64)
        where[self.pooled.kept] = np.arange(len(self.pooled.kept))
        for pool in self.pooled.pools:
            found[cell_of[where[pool.givers.indices[0]]]] += len(pool.demand)
        return found


def condense(compiled: Compiled) -> Condensed:
    """Returns a program made smaller for decompositions: exact, `merge` and `pools` have the proofs."""
    merged = merge(compiled)
    return Condensed(merged, pooled(merged.compiled))
