"""What the core predicts for placed setups: one run of each row's mode, seconds and tokens/s, arrays over the rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.options.setups import MODES, Setups
from planner.roofline import runs
from planner.roofline.calibration import Efficiencies
from planner.roofline.candidates import Floats
from planner.roofline.parameters import Design, Parameter, design

PARTS = (
    "attention_projection_s", "attention_s", "ffn_s", "expert_s", "head_s", "activation_s", "collective_s", "overhead_s",
)  # fmt: skip
"""Classes of a step, in the order of `Predictions.parts_s`."""


@dataclass(frozen=True)
class Predictions:
    """Arrays over setups: mean TPOT and TTFT, output tokens/s an accelerator, sequences decoding, what bounds the step."""

    tpot_s: Floats
    ttft_s: Floats
    output_tokens_per_s: Floats
    batch: Floats
    bound: NDArray[np.int64]
    parts_s: Floats
    step_s: Floats

    def judged(self, mode: NDArray[np.str_]) -> Floats:
        """Returns the quantity each mode is judged on: TPOT s, output tokens/s an accelerator, or TTFT s."""
        by_time = np.where(mode == "first_token", self.ttft_s, self.tpot_s)
        return np.where(np.isin(mode, ("static_batch", "offline_max")), self.output_tokens_per_s, by_time)


@dataclass(frozen=True)
class Predictor:
    """Setups split by mode with their designs made: reused for many parameter values."""

    size: int
    groups: tuple[tuple[str, NDArray[np.intp], Setups, Design], ...]

    def predict(self, logarithms: Floats) -> Predictions:
        """Returns the predictions for the parameters' natural logarithms."""
        parts = [(index, _run(mode, some, plan.efficiencies(logarithms))) for mode, index, some, plan in self.groups]
        return _joined(self.size, parts)


def predictor(some: Setups, parameters: Sequence[Parameter]) -> Predictor:
    """Returns the setups prepared for `parameters`."""
    groups = []
    for mode in MODES:
        index = np.flatnonzero(some.mode == mode)
        if index.size:
            part = some.take(index)
            groups.append((mode, index, part, design(parameters, part.candidates, part.where)))
    return Predictor(some.place.size, tuple(groups))


def predict(some: Setups, parameters: Sequence[Parameter]) -> Predictions:
    """Returns the predictions of all placed rows."""
    return predictor(some, parameters).predict(np.log([one.value for one in parameters]))


def _run(mode: str, some: Setups, efficiencies: Efficiencies) -> runs.Run:
    c, inputs, outputs, load = some.candidates, some.input_tokens, some.output_tokens, some.load
    if mode == "closed_loop":
        return runs.closed_loop(c, load, inputs, outputs, efficiencies)
    if mode == "static_batch":
        return runs.static_batch(c, load, inputs, outputs, efficiencies)
    if mode == "first_token":
        return runs.first_token(c, load, inputs, efficiencies)
    if mode == "poisson":
        return runs.open_loop(c, load, inputs, outputs, efficiencies)
    return runs.offline(c, runs.offline_requests(inputs, outputs), inputs, outputs, efficiencies)


def _joined(size: int, parts: list[tuple[NDArray[np.intp], runs.Run]]) -> Predictions:
    names = ("tpot_s", "ttft_s", "output_tokens_per_s", "batch")
    values = {name: np.full(size, np.nan) for name in names}
    bound = np.zeros(size, dtype=np.int64)
    classes, step = np.full((size, len(PARTS)), np.nan), np.full(size, np.nan)
    for index, run in parts:
        for name in names:
            values[name][index] = getattr(run, name)
        bound[index] = run.step.bound
        step[index] = run.step.total_s
        for place, name in enumerate(PARTS):
            classes[index, place] = getattr(run.step, name)
    return Predictions(**values, bound=bound, parts_s=classes, step_s=step)
