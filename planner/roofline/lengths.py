"""Lengths: the token-length classes of a workload, and the moments that steady-state costs need.

Costs are linear in a request's length save attention, which is quadratic; so means over classes need E[s], E[s^2] and,
for windows, E[min(context, window)]. Sequences resident in a decode batch are length-biased: a class is seen in
proportion to weight x output tokens.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.roofline.candidates import Floats


@dataclass(frozen=True)
class Contexts:
    """Mean context tokens a query attends to: all of them, capped by the window, capped by sparse selection."""

    full: Floats
    window: Floats
    sparse: Floats

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> "Contexts":
        """Returns the entries at `index`; scalars stay scalars."""
        return Contexts(*(value[index] if value.ndim else value for value in (self.full, self.window, self.sparse)))


@dataclass(frozen=True)
class Lengths:
    """Classes of requests: `input_tokens` sent, `output_tokens` made, `weight` (share of requests, normalised to 1)."""

    input_tokens: Floats
    output_tokens: Floats
    weight: Floats

    @classmethod
    def of(
        cls,
        input_tokens: float | Iterable[float],
        output_tokens: float | Iterable[float],
        weight: float | Iterable[float] = 1.0,
    ) -> "Lengths":
        """Returns classes from scalars or equal-length sequences; weights are normalised.

        >>> Lengths.of([100, 300], 50, [3, 1]).mean_input
        150.0
        """
        parts = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, float)) for x in (input_tokens, output_tokens, weight)))
        inputs, outputs, weights = (part.astype(np.float64) for part in parts)
        keep = weights > 0
        if not keep.any() or (inputs[keep] < 0).any() or (outputs[keep] < 1).any():
            raise ValueError("lengths need a positive weight, inputs of at least 0 and outputs of at least 1 token")
        return cls(inputs[keep], outputs[keep], weights[keep] / weights[keep].sum())

    @property
    def mean_input(self) -> float:
        """Mean input tokens a request."""
        return float(self.weight @ self.input_tokens)

    @property
    def mean_output(self) -> float:
        """Mean output tokens a request."""
        return float(self.weight @ self.output_tokens)

    @property
    def mean_resident_context(self) -> float:
        """Mean context of a sequence found in the decode batch: sum w o (i + o/2) / sum w o (length bias)."""
        seen = self.weight * self.output_tokens
        return float(seen @ (self.input_tokens + self.output_tokens / 2) / seen.sum())

    @property
    def mean_peak_context(self) -> float:
        """Mean final context (input + output) of a sequence found in the decode batch; what reservations hold."""
        seen = self.weight * self.output_tokens
        return float(seen @ (self.input_tokens + self.output_tokens) / seen.sum())

    def input_quantile(self, probability: float) -> float:
        """Smallest input length that at least `probability` of requests do not exceed."""
        order = np.argsort(self.input_tokens, kind="stable")
        reached = np.cumsum(self.weight[order]) >= probability - 1e-12
        return float(self.input_tokens[order][int(np.argmax(reached))])

    def output_quantile(self, probability: float) -> float:
        """Smallest output length that at least `probability` of requests do not exceed."""
        order = np.argsort(self.output_tokens, kind="stable")
        reached = np.cumsum(self.weight[order]) >= probability - 1e-12
        return float(self.output_tokens[order][int(np.argmax(reached))])

    def resident_contexts(self, window_tokens: Floats, sparse_tokens: Floats) -> Contexts:
        """Mean contexts of resident sequences, capped per candidate; caps of 0 mean no cap."""
        middle = self.input_tokens + self.output_tokens / 2
        seen = self.weight * self.output_tokens
        return self._capped(middle, seen / seen.sum(), window_tokens, sparse_tokens)

    def prefill_contexts(self, window_tokens: Floats, sparse_tokens: Floats, cached_share: float = 0.0) -> Contexts:
        """Mean over requests of the summed attended context of their input tokens that are not cached, s^2 / 2 uncapped.

        With a cap w < s each token beyond w attends to w: s w - w^2 / 2. The first h s tokens of a prompt are cached (h is
        `cached_share`) and attend to h^2 of the sum, which is saved.
        """
        size, kept = self.input_tokens, 1 - cached_share**2
        full = np.asarray(float(self.weight @ (size**2 / 2)))
        window, sparse = (_by_cap(cap, size, self.weight) for cap in (window_tokens, sparse_tokens))
        return Contexts(full * kept, window * kept, sparse * kept)

    def _capped(self, context: Floats, weight: Floats, window: Floats, sparse: Floats) -> Contexts:
        full = float(weight @ context)
        capped = [
            _per_unique(cap, lambda w: full if w <= 0 else float(weight @ np.minimum(context, w))) for cap in (window, sparse)
        ]
        return Contexts(np.asarray(full), *capped)


def causal_context(size: Floats, cap: Floats) -> Floats:
    """Sum over a prompt's tokens of the context each attends to: s^2/2, or s w - w^2/2 beyond a cap w (0 = none)."""
    limit = np.where(cap > 0, np.minimum(cap, size), size)
    return size * limit - limit**2 / 2


def _by_cap(caps: Floats, size: Floats, weight: Floats) -> Floats:
    return _per_unique(caps, lambda w: float(weight @ causal_context(size, np.asarray(w))))


def _per_unique(caps: Floats, value: Callable[[float], float]) -> Floats:
    distinct, place = np.unique(caps, return_inverse=True)
    return np.array([value(float(one)) for one in distinct])[place]
