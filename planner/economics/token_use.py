"""What a model makes of the same task in tokens: a tokeniser that cuts finer, an answer that is longer.

Cost follows tokens where the machine's tokens per second stay as they are: a model that needs k times the tokens costs
k times. That is an assumption (a longer context also slows a step a little), so adjusted points are `modelled`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from planner.errors import Fault, InputError
from planner.units import MS_PER_S


@dataclass(frozen=True)
class TokenUse:
    """Factors against the tokens that were measured; 1 is as measured.

    `tokeniser` multiplies input and output tokens (the same text in more tokens); `verbosity` multiplies output tokens
    only (more text: thinking, long answers).
    """

    tokeniser: float = 1.0
    verbosity: float = 1.0

    def __post_init__(self) -> None:
        found = {"tokeniser": self.tokeniser, "verbosity": self.verbosity}
        faults = [Fault(f"{name} factor", "a finite number > 0", f"{value:g}") for name, value in found.items()
                  if not 0 < value < float("inf")]  # fmt: skip
        if faults:
            raise InputError(faults)

    @property
    def output_factor(self) -> float:
        """Output tokens per measured output token."""
        return self.tokeniser * self.verbosity


def with_token_use(points: pd.DataFrame, uses: Mapping[str, TokenUse]) -> pd.DataFrame:
    """Returns operating points as they would be if each model in `uses` used tokens by its factors.

    Output tokens per second and TPOT of the machine are held; so requests/s fall by the output factor, TTFT grows with
    the input tokens, and `kv_tokens` (a request's tokens in the cache at its end) with both.

    Raises
    ------
    InputError
        Where a name in `uses` is no model of the points.
    """
    known = set(points["model"])
    unknown = [name for name in uses if name not in known]
    if unknown:
        expected = f"a model of the points: {', '.join(sorted(map(str, known)))}"
        raise InputError([Fault("token factor", expected, repr(name)) for name in unknown])
    use = [uses.get(str(name), TokenUse()) for name in points["model"]]
    tokeniser = pd.Series([one.tokeniser for one in use], index=points.index)
    output = pd.Series([one.output_factor for one in use], index=points.index)
    is_changed = (tokeniser != 1) | (output != 1)
    ttft_ms, output_tokens = points["ttft_ms"] * tokeniser, points["output_tokens_mean"] * output
    request_s = (ttft_ms + (output_tokens - 1).clip(lower=0) * points["tpot_ms"]) / MS_PER_S
    input_tokens = points["input_tokens_mean"] * tokeniser
    rates = {name: points[name] / output for name in ("requests_per_s", "requests_per_s_low", "requests_per_s_high")}
    return points.assign(
        input_tokens_mean=input_tokens, output_tokens_mean=output_tokens, kv_tokens=input_tokens + output_tokens,
        ttft_ms=ttft_ms, request_s=points["request_s"].where(~is_changed, request_s),
        source=points["source"].where(~is_changed, "modelled"), **rates,
    )  # fmt: skip
