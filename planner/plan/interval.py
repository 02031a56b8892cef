"""What is proved of the difference of two least costs: an interval, as a plan with a gap cannot tell costs closer than it."""

from dataclasses import dataclass

from planner.plan.summary import money

NOT_DETERMINED = "not determined at this gap"
THE_SAME = "the same"
CENT_USD = 0.01


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
    def at_least_zero(self) -> "Interval":
        """The part of it that is not below 0: where the second problem only takes plans away from the first."""
        return Interval(max(0.0, self.low_usd or 0.0), None if self.high_usd is None else max(0.0, self.high_usd))

    @property
    def at_most_zero(self) -> "Interval":
        """The part of it that is not above 0: where the second problem only adds plans to the first."""
        return Interval(None if self.low_usd is None else min(0.0, self.low_usd), min(0.0, self.high_usd or 0.0))

    def within(self, low_usd: float | None = None, high_usd: float | None = None) -> "Interval":
        """Returns the part of it between ends that are proved in another way.

        >>> Interval(None, 9.0).within(2.0, 10.0)
        Interval(low_usd=2.0, high_usd=9.0)
        """
        lows = [end for end in (self.low_usd, low_usd) if end is not None]
        highs = [end for end in (self.high_usd, high_usd) if end is not None]
        return Interval(max(lows, default=None), min(highs, default=None))

    @property
    def verdict(self) -> str:
        """`dearer`, `cheaper`, `the same` (to the cent), or `not determined at this gap` where the interval holds 0.

        >>> Interval(0.0, 0.0).verdict, Interval(0.0, 5.0).verdict
        ('the same', 'not determined at this gap')
        """
        if self.low_usd is not None and self.high_usd is not None and max(abs(self.low_usd), abs(self.high_usd)) < CENT_USD:
            return THE_SAME
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
        if self.verdict == THE_SAME:
            return THE_SAME
        return f"[{ends[0]}, {ends[1]}]" + (f": {NOT_DETERMINED}" if self.verdict == NOT_DETERMINED else "")

    @property
    def words(self) -> str:
        """The change in words: `1.200 M usd to 1.400 M usd higher`, `at most 5,000 usd lower, perhaps not at all (...)`.

        >>> Interval(0.0, 5000.0).words, Interval(-20.0, -10.0).words
        ('at most 5,000 usd higher, perhaps not at all (not determined at this gap)', '10.00 usd to 20.00 usd lower')
        """
        low, high = self.low_usd, self.high_usd
        if low is None or high is None:
            return self._half_words
        if self.verdict == THE_SAME:
            return THE_SAME
        if low > 0:
            return f"{money(low)} to {money(high)} higher"
        if high < 0:
            return f"{money(-high)} to {money(-low)} lower"
        if low == 0 or high == 0:
            end = f"{money(high)} higher" if low == 0 else f"{money(-low)} lower"
            return f"at most {end}, perhaps not at all ({NOT_DETERMINED})"
        return f"between {money(-low)} lower and {money(high)} higher ({NOT_DETERMINED})"

    @property
    def _half_words(self) -> str:
        low, high = self.low_usd, self.high_usd
        if low is not None and low > 0:
            return f"at least {money(low)} higher (how much is not known: no plan was found in the time)"
        if high is not None and high < 0:
            return f"at least {money(-high)} lower (how much is not proved)"
        return f"not known: no plan or no bound was found in the time ({NOT_DETERMINED})"

    def record(self) -> dict[str, float | str | None]:
        """Returns the interval as plain JSON values."""
        return {"low_usd": self.low_usd, "high_usd": self.high_usd, "verdict": self.verdict}


def _less(left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else left - right
