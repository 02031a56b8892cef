"""Speed against cost of a token: every layout at every batch, and the points that no other beats in both.

A replica of G accelerators that decodes B sequences in steps of s seconds gives each request 1/s tokens a second and costs

    usd per Mtok of output = 1e6 G s / B x price / 3600                        (Erdil 2025, eq. of section 2)
    usd per Mtok of input  = 1e6 G p / I x price / 3600                        p: replica-seconds of a prompt of I tokens

Decoding alone is priced where no lengths are given. With I input and O output tokens a request, the prefills of others
stretch every step to s + B p / (O - 1), and the price of an output token carries the request's prefill:
usd per Mtok = 1e6 (G / O) [(O - 1) s / B + p] x price / 3600. Replicas are busy all the time; a promise, a queue or a
night's idleness costs more.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.roofline.calibration import IDEAL, Efficiencies
from planner.roofline.candidates import Candidates, Floats, Integers
from planner.roofline.lengths import Contexts, Lengths
from planner.roofline.memory import sequence_bytes, weights_bytes_per_accelerator
from planner.roofline.service import prefill_occupancy_s
from planner.roofline.speculation import Speculation, speculative_memory_share, speculative_step
from planner.roofline.steps import decode
from planner.units import SECONDS_PER_HOUR, TOKENS_PER_MTOK

BATCH_MAX = 2**16
"""Most sequences a replica is asked to decode where memory and engine set no limit."""
BATCHES_PER_OCTAVE = 8
DRAFTED_MAX = 8
"""Longest run of draft tokens tried."""
PREFERENCE_EXPONENT = 3.0
"""The preferred point maximises (tokens/s)^3 / price, as in the paper."""
UNBOUNDED = replace(IDEAL, sequences_per_rank_max=math.inf, chunk_tokens=math.inf)
"""The datasheet: full bandwidth and arithmetic, no overhead, all memory usable, no limit of an engine."""


@dataclass(frozen=True)
class Load:
    """What is decoded: a constant context, or requests of `input_tokens` and `output_tokens` (0: decoding alone).

    `demand_cap_tok_per_s` bounds the output of one replica. With `draft` tokens may come by speculation: its
    `draft_tokens` is the longest run tried, plain decoding stays open.
    """

    context_tokens: float
    input_tokens: float = 0.0
    output_tokens: float = 0.0
    demand_cap_tok_per_s: float = math.inf
    draft: Speculation | None = None

    @property
    def has_requests(self) -> bool:
        """Whether whole requests are priced, their prefill included."""
        return self.output_tokens > 0

    @property
    def prompt_tokens(self) -> float:
        """Tokens of the prompt by which input is priced: the request's, else one that fills the context."""
        return self.input_tokens if self.has_requests else max(self.context_tokens, 1.0)

    @property
    def peak_tokens(self) -> float:
        """Tokens that memory reserves for a sequence."""
        return self.input_tokens + self.output_tokens if self.has_requests else self.context_tokens


@dataclass(frozen=True)
class Points:
    """Operating points, arrays of one length; seconds, USD, tokens/s a request; `place` indexes the candidates."""

    place: NDArray[np.intp]
    tok_s_per_request: Floats
    usd_per_mtok: Floats
    usd_per_mtok_input: Floats
    usd_per_mtok_output: Floats
    batch: Floats
    drafted: Integers
    bound: Integers

    def __len__(self) -> int:
        return len(self.place)

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> "Points":
        """Returns the points at `index`, in that order."""
        return Points(**{name: values[index] for name, values in vars(self).items()})


def operating_points(candidates: Candidates, efficiencies: Efficiencies, load: Load, usd_per_hour: float) -> Points:
    """Returns every candidate at every batch of the grid that memory, engine and demand cap allow.

    `usd_per_hour` is the price of one accelerator. Empty where nothing fits.
    """
    plain = _points(candidates, efficiencies, load, usd_per_hour, None)
    if load.draft is None:
        return plain
    drafts = range(1, load.draft.draft_tokens + 1)
    schemes = [replace(load.draft, draft_tokens=count) for count in drafts]
    return _joined([plain, *(_points(candidates, efficiencies, load, usd_per_hour, scheme) for scheme in schemes)])


def pareto(points: Points) -> Points:
    """Returns the points that no other beats: slowest and cheapest first, speed and price both strictly rising."""
    order = np.lexsort((points.usd_per_mtok, -points.tok_s_per_request))
    usd = points.usd_per_mtok[order]
    cheapest_so_far = np.concatenate([[np.inf], np.minimum.accumulate(usd)[:-1]]) if len(usd) else usd
    return points.take(order[usd < cheapest_so_far][::-1])


def preferred_place(tok_s_per_request: Floats, usd_per_mtok: Floats, exponent: float = PREFERENCE_EXPONENT) -> int:
    """Returns the place of the point that maximises (tokens/s)^exponent / price.

    >>> preferred_place(np.array([10.0, 20.0, 30.0]), np.array([1.0, 4.0, 40.0]))
    1
    """
    return int(np.argmax(exponent * np.log(tok_s_per_request) - np.log(usd_per_mtok)))


def batch_grid(limit: float) -> Floats:
    """Returns whole batches from 1 to `limit`, eight an octave.

    >>> batch_grid(20).tolist()[:10]
    [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]
    """
    octaves = math.log2(max(limit, 1.0))
    return np.unique(np.floor(2.0 ** np.linspace(0, octaves, int(BATCHES_PER_OCTAVE * octaves) + 2)))


def sequences_that_fit(candidates: Candidates, efficiencies: Efficiencies, tokens: float, memory_share: float = 1.0) -> Floats:
    """Returns the most sequences of `tokens` a replica decodes, a multiple of its pp x dp groups; 0 where it holds none.

    `memory_share` multiplies weights and cache: 1 + the draft's share where a draft model sits beside the target.
    """
    c, e = candidates, efficiencies
    usable = c.memory_bytes * e.usable_memory_share - e.workspace_bytes
    free = np.maximum(usable - weights_bytes_per_accelerator(c) * memory_share, 0.0)
    one = sequence_bytes(c, np.asarray(tokens)) * memory_share / c.pp
    held = np.where(free > 0, free / np.maximum(one, 1e-9) * c.dp, 0.0)
    most = np.minimum(np.minimum(held, e.sequences_per_rank_max * c.dp), BATCH_MAX)
    groups = c.pp * c.dp
    return np.asarray(np.floor(most / groups) * groups)


def _points(
    candidates: Candidates, efficiencies: Efficiencies, load: Load, usd_per_hour: float, scheme: Speculation | None
) -> Points:
    """The points of plain decoding, or of one number of draft tokens."""
    share = 1.0 if scheme is None else speculative_memory_share(scheme)
    fit = sequences_that_fit(candidates, efficiencies, load.peak_tokens, share)
    place, batch = _grid(fit, candidates.pp * candidates.dp)
    c, e = candidates.take(place), efficiencies.take(place)
    step_s, bound = _token_s(c, e, batch, load, scheme)
    prefill_s = _prefill_s(c, e, batch, load.prompt_tokens)
    usd_per_mtok_s = TOKENS_PER_MTOK * c.accelerators * usd_per_hour / SECONDS_PER_HOUR
    output = usd_per_mtok_s * step_s / batch
    speed_s, whole = step_s, output
    if load.has_requests:
        steps = max(load.output_tokens - 1, 1.0)
        speed_s = step_s + batch * prefill_s / steps
        whole = ((load.output_tokens - 1) * output + usd_per_mtok_s * prefill_s) / load.output_tokens
    drafted = np.full(len(place), 0 if scheme is None else scheme.draft_tokens)
    points = Points(place, 1 / speed_s, whole, usd_per_mtok_s * prefill_s / load.prompt_tokens, output, batch, drafted, bound)
    return points.take(batch / speed_s <= load.demand_cap_tok_per_s)


def _grid(fit: Floats, groups: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Every batch of every candidate: the grid in whole groups up to what fits, and what fits itself."""
    places, batches = [], []
    for place, (most, group) in enumerate(zip(fit, groups, strict=True)):
        if most >= 1:
            mine = batch_grid(most / group) * group
            places.append(np.full(len(mine), place))
            batches.append(mine)
    if not places:
        return np.zeros(0, dtype=np.intp), np.zeros(0)
    return np.concatenate(places), np.concatenate(batches)


def _token_s(c: Candidates, e: Efficiencies, batch: Floats, load: Load, scheme: Speculation | None) -> tuple[Floats, Integers]:
    """Seconds per token of a request while nobody prefills, and what takes most of a plain step."""
    seen = _contexts(c, load.context_tokens)
    plain = decode(c, batch, seen, e, 1.0)
    if scheme is None:
        return plain.total_s, plain.bound
    verified = decode(c, batch, seen, e, float(scheme.draft_tokens + 1))
    return speculative_step(c, batch, seen, scheme, e).tpot_s, verified.bound


def _contexts(c: Candidates, tokens: float) -> Contexts:
    full = np.full(len(c), tokens)
    window = np.where(c.window_tokens > 0, np.minimum(full, c.window_tokens), full)
    return Contexts(full, window, np.where(c.sparse_tokens > 0, np.minimum(full, c.sparse_tokens), full))


def _prefill_s(c: Candidates, e: Efficiencies, batch: Floats, tokens: float) -> Floats:
    """Replica-seconds that one prompt takes inside the steps of the others."""
    attended = Lengths.of(tokens, 1.0).prefill_contexts(c.window_tokens, c.sparse_tokens)
    return prefill_occupancy_s(c, batch, np.asarray(tokens), attended, e)


def _joined(parts: list[Points]) -> Points:
    return Points(**{name: np.concatenate([vars(part)[name] for part in parts]) for name in vars(parts[0])})
