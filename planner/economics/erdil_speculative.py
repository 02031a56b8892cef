"""Time per token with speculative decoding: a draft model proposes, the target verifies several tokens at once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from planner.economics.erdil_constants import Version
from planner.economics.erdil_devices import ErdilDevice
from planner.economics.erdil_latency import Workload
from planner.economics.erdil_layouts import step_latency_s
from planner.economics.erdil_models import ErdilModel, FloatArray
from planner.errors import InputError

PlaceArray = npt.NDArray[np.intp]

MOST_DRAFTED = {"v1": 20, "v2": 5}
"""Longest run of draft tokens the search tries."""


@dataclass(frozen=True)
class Draft:
    """A draft model and the chance that one of its tokens is accepted, independent of all others.

    Raises
    ------
    InputError
        Where the acceptance is outside [0, 1): at 1 the formula divides by zero (quirk 20).
    """

    model: ErdilModel
    acceptance: float

    def __post_init__(self) -> None:
        if not 0 <= self.acceptance < 1:
            raise InputError.single("erdil draft acceptance", "a share from 0 to below 1", f"{self.acceptance:g}")


class TokenLatency(NamedTuple):
    """Seconds per token, and the draft tokens per verification that give it (1: plain decoding)."""

    latency_s: FloatArray
    drafted: FloatArray


def verified_tokens(version: Version, drafted: int) -> int:
    """Returns the tokens of one verification pass: the drafted ones, in v1 with the last accepted one before them."""
    return drafted + 1 if version == "v1" else drafted


def expected_tokens(version: Version, acceptance: float, drafted: int) -> float:
    """Returns the tokens a verification yields on average.

    v1: (1 - alpha^(gamma+1)) / (1 - alpha), the standard expression. v2: (1 - alpha^gamma) / (1 - alpha), although
    gamma drafts are paid for: gamma - 1 are credited, and the bonus token.

    Examples
    --------
    >>> expected_tokens("v1", 0.5, 2), expected_tokens("v2", 0.5, 2)
    (1.75, 1.5)
    """
    return float((1 - acceptance ** verified_tokens(version, drafted)) / (1 - acceptance))


def drafted_choices(version: Version) -> range:
    """Returns the numbers of draft tokens the search tries: 1 to 20 in v1, 2 to 5 in v2."""
    return range(1 if version == "v1" else 2, MOST_DRAFTED[version] + 1)


def token_latency(
    version: Version, model: ErdilModel, device: ErdilDevice, load: Workload, draft: Draft | None = None
) -> TokenLatency:
    """Returns the least time per token over plain decoding and all numbers of draft tokens.

    (t_target(q) + gamma t_draft) / expected tokens. The draft runs on the same devices and batch with its own best
    layout; its weights and cache are not charged to the target's memory (quirk 20), only tested against the whole.
    """
    plain_s = step_latency_s(version, model, device, replace(load, query_tokens=1.0))
    if draft is None:
        return TokenLatency(plain_s, np.ones_like(plain_s))
    draft_s = step_latency_s(version, draft.model, device, replace(load, query_tokens=1.0))
    gpus, batch = (np.broadcast_to(axis, plain_s.shape).ravel() for axis in (load.gpus, load.batch))

    def verify_s(drafted: int, cells: PlaceArray) -> FloatArray:
        tokens = float(verified_tokens(version, drafted))
        passes = replace(load, gpus=gpus[cells], batch=batch[cells], query_tokens=tokens)
        return step_latency_s(version, model, device, passes)

    best = best_speculation(version, plain_s.ravel(), draft_s.ravel(), verify_s, draft.acceptance)
    return TokenLatency(best.latency_s.reshape(plain_s.shape), best.drafted.reshape(plain_s.shape))


def best_speculation(
    version: Version,
    plain_s: FloatArray,
    draft_s: FloatArray,
    verify_s: Callable[[int, PlaceArray], FloatArray],
    acceptance: float,
) -> TokenLatency:
    """Returns the best number of draft tokens of every cell, given one-dimensional arrays of step times.

    `verify_s` returns the target's step for a number of draft tokens at some cells. It is asked only where that
    number could win: a verification is never faster than a plain step, for every component grows with its tokens.
    """
    best_s = np.array(plain_s, dtype=float)
    best_drafted = np.ones_like(best_s)
    for drafted in drafted_choices(version):
        yielded = expected_tokens(version, acceptance, drafted)
        cells = np.flatnonzero((plain_s + drafted * draft_s) / yielded < best_s)
        per_token_s = (verify_s(drafted, cells) + drafted * draft_s[cells]) / yielded
        better = cells[per_token_s < best_s[cells]]
        best_s[better] = per_token_s[per_token_s < best_s[cells]]
        best_drafted[better] = drafted
    return TokenLatency(best_s, best_drafted)
