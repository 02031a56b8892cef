"""Speculative decoding: drafts of g tokens verified in one pass of g + 1 queries a sequence.

With acceptance a per token, a step yields E = (1 - a^(g + 1)) / (1 - a) tokens (Leviathan et al. 2023, eq. 1) and costs
one verification plus g draft passes. Worked: a = 0.7, g = 3: E = 2.53. At large batches the verified rows make the step
compute-bound, and speculation loses.
"""

from dataclasses import dataclass

import numpy as np

from planner.roofline.calibration import Efficiencies, Values
from planner.roofline.candidates import Candidates, Floats
from planner.roofline.lengths import Contexts
from planner.roofline.steps import decode


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
