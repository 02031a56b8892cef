"""What a solve of nearly the same program has proved and found: its cuts and patterns, taken over where they still hold.

A cut says prices @ u(N) + amounts @ e + cost >= bound for every way to serve a cell within the supply it then had. In another
program it holds for a cell that is no easier (`Oracle.is_no_easier_than`); nodes beyond the supply it was proved for are
priced at the whole bound, so that one of them fulfils it (those beyond the supply of now are never there). A pattern is a way
to serve every cell that is no harder.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.methods.condense import condense
from planner.methods.oracle import Cut, Oracle, Pattern, Prices, make_oracle
from planner.methods.result import Certificate
from planner.methods.search import Search
from planner.methods.segments import Key, Segments
from planner.methods.split import split_program
from planner.program.compile import Compiled
from planner.program.groups import Slot
from planner.solvers.problem import Floats


@dataclass(frozen=True, eq=False)
class Known:
    """Cells of a program as they were asked, with their cuts and patterns."""

    oracles: Sequence[Oracle]
    segments: Segments
    cuts: Sequence[Sequence[Cut]]
    patterns: Sequence[Sequence[Pattern]]

    def ends(self, key: Key) -> list[int]:
        """Returns where the segments of a bay end: cuts are moved exactly where another search has segments end there too."""
        return [int(self.segments.upper[s]) for s in self.segments.of_key.get(key, ())]


def known_of_search(search: Search) -> Known:
    """Returns what a search has come to know; no cuts where one of them was shown to be false."""
    cuts = [[] for _ in search.oracles] if search.are_cuts_false else search.cuts
    return Known(search.oracles, search.segments, cuts, search.patterns)


def known_of_plan(compiled: Compiled, slots: Sequence[Slot], certificate: Certificate, values: Floats) -> Known | None:
    """Returns what a plan's certificate and its point say; None where the certificate is of other cells."""
    condensed = condense(compiled)
    values = condensed.reduced(values)
    oracles = [make_oracle(cell) for cell in split_program(condensed.compiled, slots).cells]
    if [(*oracle.cell.slot, tuple("|".join(key) for key in oracle.keys)) for oracle in oracles] != [
        (*cell[:2], tuple(cell[2])) for cell in certificate.cells
    ]:
        return None
    segments = _segments(certificate)
    cuts: list[list[Cut]] = [[] for _ in oracles]
    for record in certificate.cuts:
        prices = np.zeros(len(segments.keys))
        prices[[s for s, _ in record.prices]] = [usd for _, usd in record.prices]
        cut = Cut(Prices(prices, np.array(record.amounts, dtype=float)), record.bound_usd)
        for i in record.cells:
            cuts[i].append(cut)
    patterns = [[oracle.pattern(values[oracle.cell.columns][oracle.projected.kept])] for oracle in oracles]
    return Known(oracles, segments, cuts, patterns)


def _segments(certificate: Certificate) -> Segments:
    keys = [tuple(key.split("|")) for key, _, _ in certificate.segments]
    of_key: dict[Key, list[int]] = {}
    for s, key in enumerate(keys):
        of_key.setdefault(key, []).append(s)
    lower, upper = (np.array([row[end] for row in certificate.segments], dtype=float) for end in (1, 2))
    return Segments(keys, lower, upper, np.zeros(len(keys), dtype=bool), of_key)


def adopt(search: Search, known: Known) -> None:
    """Adds to a search the cuts and patterns that hold in its cells."""
    theirs: dict[Slot, list[int]] = {}
    for j, oracle in enumerate(known.oracles):
        theirs.setdefault(oracle.cell.slot, []).append(j)
    for i, oracle in enumerate(search.oracles):
        for j in theirs.get(oracle.cell.slot, ()):
            other = known.oracles[j]
            if oracle.is_no_easier_than(other):
                plain = [cut for cut in known.cuts[j] if other.passes_on(cut.prices)]
                moved = [moved_cut(cut, other, known.segments, oracle, search.segments) for cut in plain]
                search.cuts[i] += [cut for cut in moved if cut is not None]
            if other.is_no_easier_than(oracle):
                for pattern in known.patterns[j]:
                    search.keep_pattern(i, oracle.pattern(pattern.values))
    search.is_informed = all(search.cuts)


def moved_cut(cut: Cut, before: Oracle, old: Segments, oracle: Oracle, new: Segments) -> Cut | None:
    """Returns a cut in the segments of another search; None where it says nothing there."""
    prices, has_wall = np.zeros(len(new.keys)), False
    for k in before.cell.node_links:
        key, most, now = before.cell.links[k].key, before.cell.supply_max[k], oracle.cell.supply_max[k]
        for s in new.of_key[key]:
            if new.lower[s] < most < min(new.upper[s], now):
                return None
            if most <= new.lower[s] < now:
                prices[s], has_wall = cut.bound, True
                continue
            within = [p for p in old.of_key[key] if new.lower[s] < old.upper[p] and old.lower[p] < new.upper[s]]
            prices[s] = max((cut.prices.segments[p] for p in within), default=0.0)
    is_plain = oracle.cost_range[0] >= 0 and not len(cut.prices.amounts)
    return Cut(Prices(prices, cut.prices.amounts), cut.bound) if cut.bound > 0 and (is_plain or not has_wall) else None
