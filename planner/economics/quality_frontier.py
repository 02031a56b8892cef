"""The cost-quality frontier: which configurations are dominated, and which are near the best at a floor of quality.

Costs may be intervals (bound and objective of a plan with a gap): then membership of the near-optimal zone is `inside`,
`outside` or `not determined`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.errors import Fault, InputError

INSIDE, OUTSIDE, OPEN = "inside", "outside", "not determined"
Numbers = Sequence[float] | NDArray[np.float64]


@dataclass(frozen=True)
class NearOptimal:
    """Configurations within a share of the least cost at a floor of quality: verdicts in the order given, and the width.

    `cost_width_usd` and `score_width` span the configurations that are inside; 0 for a single one, NaN for none.
    """

    verdicts: tuple[str, ...]
    best_usd: tuple[float, float]
    """Interval of the least cost at the floor."""
    cost_width_usd: float
    score_width: float

    @property
    def inside(self) -> tuple[int, ...]:
        """Places of the configurations that are surely inside."""
        return tuple(place for place, verdict in enumerate(self.verdicts) if verdict == INSIDE)


def is_dominated(cost_usd: float, score: float, other_cost_usd: float, other_score: float) -> bool:
    """Says whether another configuration costs no more and scores no less, and is better in one of the two.

    >>> is_dominated(3.47, 76.2, 0.34, 76.2), is_dominated(3.47, 76.3, 0.34, 76.2)
    (True, False)
    """
    is_no_worse = other_cost_usd <= cost_usd and other_score >= score
    return is_no_worse and (other_cost_usd < cost_usd or other_score > score)


def on_frontier(cost_usd: Numbers, score: Numbers) -> NDArray[np.bool_]:
    """Says which configurations no other dominates; equal ones stay together. Time n log n.

    Raises
    ------
    InputError
        Where a cost or a score is missing or not finite.
    """
    costs, scores = _checked(cost_usd, score)
    order = np.lexsort((-scores, costs))
    best_before = np.concatenate(([-np.inf], np.maximum.accumulate(scores[order])[:-1])) if len(order) else np.array([])
    ahead = scores[order] > best_before
    leaders = order[ahead]
    equal = {(float(costs[place]), float(scores[place])) for place in leaders}
    return np.array([(float(c), float(s)) in equal for c, s in zip(costs, scores, strict=True)], dtype=bool)


def near_optimal(
    cost_usd: Numbers, score: Numbers, score_min: float, within_share: float, bound_usd: Numbers | None = None
) -> NearOptimal:
    """Returns which configurations cost at most (1 + within_share) x the least cost among those of score >= score_min.

    Parameters
    ----------
    cost_usd
        What each configuration is known to cost at most.
    bound_usd
        What each costs at least; `cost_usd` where None.

    Raises
    ------
    InputError
        Where numbers are missing, a bound exceeds its cost, or the share is negative.
    """
    costs, scores = _checked(cost_usd, score)
    bounds = costs if bound_usd is None else _checked(bound_usd, score)[0]
    faults = [Fault(f"configuration {place}", "a bound up to its cost", f"{bounds[place]:g} > {costs[place]:g}")
              for place in np.flatnonzero(bounds > costs * (1 + 1e-9))]  # fmt: skip
    if not 0 <= within_share < np.inf:
        faults.append(Fault("within", "a share >= 0", f"{within_share:g}"))
    if faults:
        raise InputError(faults)
    good = scores >= score_min
    if not good.any():
        return NearOptimal((OUTSIDE,) * len(costs), (np.nan, np.nan), np.nan, np.nan)
    best_low, best_high = float(bounds[good].min()), float(costs[good].min())
    factor = (1 + within_share) * (1 + 1e-12)
    verdicts = []
    for place in range(len(costs)):
        others = good.copy()
        others[place] = False
        rivals_low = float(bounds[others].min()) if others.any() else np.inf
        is_inside = good[place] and costs[place] <= factor * min(rivals_low, float(costs[place]))
        is_outside = not good[place] or bounds[place] > factor * best_high
        verdicts.append(INSIDE if is_inside else OUTSIDE if is_outside else OPEN)
    places = [place for place, verdict in enumerate(verdicts) if verdict == INSIDE]
    return NearOptimal(tuple(verdicts), (best_low, best_high), _width(costs[places]), _width(scores[places]))


def _width(values: NDArray[np.float64]) -> float:
    return float(values.max() - values.min()) if len(values) else float("nan")


def _checked(cost_usd: Numbers, score: Numbers) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    costs, scores = np.asarray(cost_usd, dtype=np.float64), np.asarray(score, dtype=np.float64)
    if len(costs) != len(scores):
        raise InputError.single("frontier", "a score for each cost", f"{len(scores)} scores, {len(costs)} costs")
    broken = np.flatnonzero(~np.isfinite(costs) | ~np.isfinite(scores))
    if len(broken):
        raise InputError([Fault(f"configuration {place}", "a finite cost and score", f"{costs[place]:g} and {scores[place]:g}")
                          for place in broken])  # fmt: skip
    return costs, scores
