"""What became of a bound that was to be proved again, for people and for programs."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.certify.at_prices import AtPrices
from planner.plan.summary import money

TOLERANCE = 1e-6
"""Relative difference of bounds that is floating-point noise."""


def noise(usd: float) -> float:
    """Returns the usd by which two figures of this size may differ and say the same."""
    return TOLERANCE * max(1.0, abs(usd)) + 0.01


TREES = {
    "commitments": "the program with whole commitments", "contracts": "the program with whole contracts",
    "all": "the whole program",
}  # fmt: skip
"""What a tree proved it of, in words, by what is whole."""
RELAXED = "the relaxation of the whole program"


@dataclass(frozen=True)
class Recheck:
    """What became of a bound: `reproved_usd` is proved by the other engine on the certifier's own statement."""

    kind: str
    """What proves most: decomposition, prices, relaxation (of the whole program), hull (the same under hull cuts), tree, none."""
    claimed_usd: float | None
    reproved_usd: float | None
    engine: str
    cuts: int
    """Cuts (by cell, or of the hull), or parts where prices are what is stored."""
    cuts_reproved: int
    """Cuts whose claimed bound was reached; parts proved to the end, where prices are what is stored."""
    wall_s: float
    contradiction: str
    """A claim that is false, with what shows it; empty where there is none."""
    reason: str
    """Why nothing or less was proved again; empty where all was."""
    left_out: tuple[str, ...] = ()
    """What of the problem the certifier does not state: what is proved without it holds with it, but may be less."""
    clash: str = ""
    """How the certifier contradicts the plan itself, which an audit has passed; then nothing counts as proved."""
    at_prices: AtPrices | None = None
    """What the stored prices prove, where there are any, whatever proves most."""

    whole: str = "all"
    """What is whole in the program that a tree proved it of: commitments, contracts or all."""

    @property
    def is_reproved(self) -> bool:
        """Whether the whole bound is proved again."""
        if self.claimed_usd is None or self.reproved_usd is None or self.contradiction or self.clash:
            return False
        return self.reproved_usd >= self.claimed_usd - noise(self.claimed_usd)

    def beside(self, objective_usd: float) -> "Recheck":
        """Returns the answer beside what the plan costs, in usd: a bound above it is the certifier's own fault."""
        if self.reproved_usd is None or self.reproved_usd <= objective_usd + noise(objective_usd):
            return self
        told = f"it finds that no plan costs under {self.reproved_usd:.2f} usd, and this one costs {objective_usd:.2f}"
        return dataclasses.replace(self, reproved_usd=None, clash=told)

    @property
    def lines(self) -> list[str]:
        """The answer for people."""
        more = [f"deep: proved without {', '.join(self.left_out)}: that can only raise the least cost"] if self.left_out else []
        return [*self._found, *self._of_prices, *more]

    @property
    def _of_prices(self) -> list[str]:
        """What is to be said of prices that are not all that was needed, or not as they should be."""
        found = self.at_prices
        if found is None or self.clash or self.contradiction:
            return []
        odd = found.odd(noise(found.stored_usd or 0.0)) if self.is_reproved else []
        if self.kind == "prices" and not odd:
            return []
        told = f"the stored prices prove {money(found.usd)}" if np.isfinite(found.usd) else "the stored prices prove nothing"
        return [f"deep: {told} by themselves" + "".join(f"; {one}" for one in odd)]

    @property
    def _found(self) -> list[str]:
        if self.clash:
            return [f"deep: nothing is re-proved, the certifier contradicts itself: {self.clash}"]
        if self.contradiction:
            return [f"deep: the bound is FALSE: {self.contradiction}"]
        if self.claimed_usd is None:
            return ["deep: the plan claims no bound"]
        if self.is_reproved:
            cuts = f"{self.cuts_reproved} of {self.cuts} cuts and the master"
            parts = f"{self.cuts} parts at the stored prices of what they share"
            hull = f"{self.cuts_reproved} of {self.cuts} hull cuts and "
            tree = TREES[self.whole] if self.cuts == 0 else hull + TREES[self.whole]
            duals = "the duals of the relaxation under them"
            how = {"decomposition": cuts, "prices": parts, "relaxation": RELAXED, "hull": hull + duals, "tree": tree}
            said = f"{how[self.kind]}; {self.wall_s:.0f} s"
            by = "duals alone" if self.kind == "relaxation" else self.engine
            return [f"deep: the bound {money(self.claimed_usd)} is proved again by {by} ({said})"]
        if self.reproved_usd is None or not np.isfinite(self.reproved_usd):
            return [f"deep: not re-proved in the time: {self.reason}" if self.engine else f"deep: not re-proved: {self.reason}"]
        share = self.reproved_usd / self.claimed_usd if self.claimed_usd else 0.0
        part = f"{money(self.reproved_usd)} of the bound {money(self.claimed_usd)} ({share:.2%})"
        return [f"deep: {part} is proved again, the rest not re-proved: {self.reason}"]

    def record(self) -> dict[str, Any]:
        """Returns the answer as plain JSON values."""
        return {**dataclasses.asdict(self), "is_reproved": self.is_reproved, "lines": self.lines}
