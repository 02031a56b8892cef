"""What is proved of the difference of two least costs: an interval, as a plan with a gap cannot tell costs closer than it."""

from dataclasses import dataclass

from planner.plan.summary import money

NOT_DETERMINED = "not determined at this gap"


@dataclass(frozen=True)
class Proved:
    """A least cost as far as it is known: a plan costs `objective_usd`, none costs less than `bound_usd`; None: not known."""

    objective_usd: float | None
    bound_usd: float | None


@dataclass(frozen=True)
class Interval:
    """The least cost changes by at least `low_usd` and at most `high_usd`; None: nothing is proved on that side."""

    low_usd: float | None
    high_usd: float | None

    @classmethod
    def between(cls, before: Proved, after: Proved) -> "Interval":
        """Returns [bound after - objective before, objective after - bound before]."""
        return cls(_less(after.bound_usd, before.objective_usd), _less(after.objective_usd, before.bound_usd))

    @property
    def verdict(self) -> str:
        """`dearer`, `cheaper`, or `not determined at this gap` where the interval holds 0."""
        if self.low_usd is not None and self.low_usd > 0:
            return "dearer"
        if self.high_usd is not None and self.high_usd < 0:
            return "cheaper"
        return NOT_DETERMINED

    @property
    def text(self) -> str:
        """The interval for people."""
        ends = ["-infinity" if self.low_usd is None else money(self.low_usd)]
        ends.append("infinity" if self.high_usd is None else money(self.high_usd))
        return f"[{ends[0]}, {ends[1]}]" + (f": {NOT_DETERMINED}" if self.verdict == NOT_DETERMINED else "")

    def record(self) -> dict[str, float | str | None]:
        """Returns the interval as plain JSON values."""
        return {"low_usd": self.low_usd, "high_usd": self.high_usd, "verdict": self.verdict}


def _less(left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else left - right
