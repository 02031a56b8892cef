"""Speculative decoding: drafts of g tokens verified in one pass of g + 1 queries a sequence.

With acceptance a per token, a step yields E = (1 - a^(g + 1)) / (1 - a) tokens (Leviathan et al. 2023, eq. 1) and costs
one verification plus g draft passes. Worked: a = 0.7, g = 3: E = 2.53. At large batches the verified rows make the step
compute-bound, and speculation loses.
"""

from dataclasses import dataclass

import numpy as np

from planner.roofline.calibration import Efficiencies, Values
from planner.roofline.candidates import Candidates, Floats, Index
from planner.roofline.lengths import Contexts
from planner.roofline.steps import Step, decode


@dataclass(frozen=True)
class Speculation:
    """A drafting scheme: tokens drafted a step, acceptance of each, and the draft's size as a share of the model's layers.

    MTP and EAGLE heads: one layer of the model, draft_share = 1 / layers; a draft model: its active parameters over the
    target's. `draft_share` also is the share of weights and KV cache it adds.
    """

    draft_tokens: int
    acceptance: float
    draft_share: float

    def tokens_per_step(self) -> float:
        """Expected tokens a step yields, between 1 and draft_tokens + 1.

        >>> round(Speculation(3, 0.7, 0.02).tokens_per_step(), 3)
        2.533
        """
        if self.acceptance >= 1:
            return float(self.draft_tokens + 1)
        return (1 - self.acceptance ** (self.draft_tokens + 1)) / (1 - self.acceptance)


@dataclass(frozen=True)
class SpeculativeStep:
    """Seconds of a step (verification and drafts), tokens it yields, seconds a token."""

    step_s: Floats
    tokens: float
    tpot_s: Floats


def speculative_step(
    candidates: Candidates, batch: Values, contexts: Contexts, scheme: Speculation, efficiencies: Efficiencies
) -> SpeculativeStep:
    """Returns one step of `batch` sequences under a drafting scheme.

    A draft pass costs `draft_share` of a plain step's layers plus the head in full.
    """
    count = np.broadcast_to(np.asarray(batch, dtype=np.float64), (len(candidates),))
    verified = decode(candidates, count, contexts, efficiencies, float(scheme.draft_tokens + 1)).total_s
    plain = decode(candidates, count, contexts, efficiencies, 1.0)
    draft = scheme.draft_share * (plain.total_s - plain.head_s) + plain.head_s
    step = verified + scheme.draft_tokens * draft
    return SpeculativeStep(step, scheme.tokens_per_step(), step / scheme.tokens_per_step())


def speculative_memory_share(scheme: Speculation) -> float:
    """Factor by which drafting multiplies weights and KV bytes: 1 + draft_share."""
    return 1 + scheme.draft_share


@dataclass(frozen=True)
class Drafts:
    """A drafting scheme for each candidate, as arrays (see `Speculation`); 0 draft tokens: plain decoding."""

    draft_tokens: Floats
    acceptance: Floats
    draft_share: Floats

    def take(self, index: Index) -> "Drafts":
        """Returns the schemes of the candidates at `index`."""
        return Drafts(self.draft_tokens[index], self.acceptance[index], self.draft_share[index])

    @property
    def memory_factor(self) -> Floats:
        """Factor on weights, KV bytes and prompt passes: 1 + draft_share, 1 where nothing is drafted."""
        return np.where(self.draft_tokens > 0, 1 + self.draft_share, 1.0)

    @property
    def tokens_per_step(self) -> Floats:
        """Expected tokens a step yields; 1 where nothing is drafted."""
        spread = 1 - self.acceptance
        whole = np.where(spread > 0, (1 - self.acceptance ** (self.draft_tokens + 1)) / np.where(spread > 0, spread, 1.0), 0.0)
        return np.where(spread > 0, whole, self.draft_tokens + 1)


def drafted_decode(
    candidates: Candidates, batch: Floats, contexts: Contexts, drafts: Drafts | None, efficiencies: Efficiencies
) -> tuple[Step, Floats, Floats]:
    """Returns the verifying pass, the seconds of a step with its drafts, and the seconds a token; one pass without drafts."""
    if drafts is None:
        step = decode(candidates, batch, contexts, efficiencies, 1.0)
        return step, step.total_s, step.total_s
    verified = decode(candidates, batch, contexts, efficiencies, drafts.draft_tokens + 1)
    plain = decode(candidates, batch, contexts, efficiencies, 1.0)
    draft = drafts.draft_share * (plain.total_s - plain.head_s) + plain.head_s
    step_s = verified.total_s + drafts.draft_tokens * draft
    return verified, step_s, step_s / drafts.tokens_per_step
