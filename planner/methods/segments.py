"""Segments: node counts in unary, so that the third node of a bay may have another price than the first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner.program.groups import Bay

UNIT_MAX = 10
"""Nodes of a bay that get a segment each; above, widths grow by half, so that large fleets stay small problems."""
TAIL = 10_000
"""Upper end of the last segment: more nodes than any bay has."""


@dataclass(frozen=True)
class Part:
    """Adjacent segments of one price: position of the first, total width, price in usd."""

    first: int
    width: float
    price: float


@dataclass(frozen=True)
class Segments:
    """Segments (lower, upper] of each bay in order, one flat list for all bays.

    The image u(N) fills segments in order: u_s = clip(N, lower_s, upper_s) - lower_s. It is ordered and sums to N.
    """

    bays: Sequence[Bay]
    lower: np.ndarray
    upper: np.ndarray
    of_bay: Mapping[Bay, Sequence[int]]

    def image(self, nodes: Mapping[Bay, int]) -> np.ndarray:
        """Returns u(N) of whole nodes by bay; a bay that is not named has none."""
        counts = np.array([nodes.get(bay, 0) for bay in self.bays], dtype=float)
        return np.clip(counts, self.lower, self.upper) - self.lower

    def merged(self, bay: Bay, prices: np.ndarray) -> list[Part]:
        """Returns the bay's segments with adjacent equal prices merged: the same V, fewer columns."""
        parts: list[Part] = []
        for s in self.of_bay[bay]:
            width, price = float(self.upper[s] - self.lower[s]), float(prices[s])
            if parts and parts[-1].price == price:
                parts[-1] = Part(parts[-1].first, parts[-1].width + width, price)
            else:
                parts.append(Part(s, width, price))
        return parts


def make_segments(nodes_at_most: Mapping[Bay, float]) -> Segments:
    """Returns segments by bay: one node each up to UNIT_MAX (or two above the guess), then wider, then one tail."""
    bays: list[Bay] = []
    lower: list[int] = []
    upper: list[int] = []
    of_bay: dict[Bay, list[int]] = {}
    for bay, guess in nodes_at_most.items():
        ends = [0]
        top = int(np.ceil(guess)) + 2
        while ends[-1] < top:
            ends.append(ends[-1] + (1 if ends[-1] < UNIT_MAX else max(1, ends[-1] // 8)))
        ends.append(TAIL)
        of_bay[bay] = list(range(len(lower), len(lower) + len(ends) - 1))
        bays += [bay] * (len(ends) - 1)
        lower += ends[:-1]
        upper += ends[1:]
    return Segments(bays, np.array(lower, dtype=float), np.array(upper, dtype=float), of_bay)
