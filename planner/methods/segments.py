"""Segments: node counts in unary, so that the third node of a bay may have another price than the first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Key = tuple[str, ...]

UNIT_MAX = 10
"""Nodes of a bay that get a segment each; above, widths are an eighth of where they begin: large fleets stay small problems."""


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

    keys: Sequence[Key]
    lower: np.ndarray
    upper: np.ndarray
    is_tail: np.ndarray
    """Beyond the node counts expected: wide, and priced like the last segment before (see `guide`)."""
    of_key: Mapping[Key, Sequence[int]]

    def image(self, nodes: Mapping[Key, int]) -> np.ndarray:
        """Returns u(N) of whole nodes by bay; a bay that is not named has none."""
        counts = np.array([nodes.get(bay, 0) for bay in self.keys], dtype=float)
        return np.asarray(np.clip(counts, self.lower, self.upper) - self.lower)

    def merged(self, bay: Key, prices: np.ndarray, nodes_max: int) -> list[Part]:
        """Returns the bay's segments up to `nodes_max` nodes, adjacent equal prices merged: the same V, fewer columns."""
        parts: list[Part] = []
        for s in self.of_key[bay]:
            width, price = float(min(self.upper[s], nodes_max) - self.lower[s]), float(prices[s])
            if width <= 0:
                break
            if parts and parts[-1].price == price:
                parts[-1] = Part(parts[-1].first, parts[-1].width + width, price)
            else:
                parts.append(Part(s, width, price))
        return parts


def make_segments(guesses: Mapping[Key, float], steps: Mapping[Key, Sequence[int]]) -> Segments:
    """Returns segments by bay: one node each up to UNIT_MAX, then wider up to two above the guess, then a tail.

    `steps` are the node counts at which the price of one more node changes (supply caps, increasing; the last is all that
    the bay can have): each is a segment's end.
    """
    bays: list[Key] = []
    lower: list[int] = []
    upper: list[int] = []
    is_tail: list[bool] = []
    of_key: dict[Key, list[int]] = {}
    for bay, guess in guesses.items():
        last = steps[bay][-1]
        top = min(int(np.ceil(guess)) + 2, last)
        found = {0, *steps[bay]}
        at = 0
        while at < top:
            at += 1 if at < UNIT_MAX else max(1, at // 8)
            found.add(min(at, last))
        ends = sorted(found)
        of_key[bay] = list(range(len(lower), len(lower) + len(ends) - 1))
        bays += [bay] * (len(ends) - 1)
        lower += ends[:-1]
        upper += ends[1:]
        is_tail += [end >= max(top, 1) for end in ends[:-1]]
    return Segments(bays, np.array(lower, dtype=float), np.array(upper, dtype=float), np.array(is_tail), of_key)
