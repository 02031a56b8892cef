"""Calibrated parameters: an efficiency's level and its factors by engine, generation, number format, fabric and year.

efficiency = level x product of the factors whose scope a candidate meets; a scope joins terms by "&". What was never
measured meets no factor, or only its vendor's, and so gets the level: the default by construction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from planner.errors import Fault, InputError
from planner.roofline.calibration import Efficiencies
from planner.roofline.candidates import FABRICS, GENERATIONS, VENDORS, Candidates, Floats

ENGINES = ("trtllm", "vllm", "sglang", "atom", "nim")
"""Engine families by code; nim serves TensorRT-LLM, atom is AMD's; unknown ones have the code -1."""
REFERENCE_YEAR = 2025.5
SHARE_MAX = 0.98
SHARES = (
    "memory_share",
    "kv_memory_share",
    "compute_share",
    "compute_share_16bit",
    "attention_compute_share",
    "moe_compute_share",
    "moe_memory_share",
    "activation_share",
    "link_share",
    "scale_out_share",
    "usable_memory_share",
)
"""Efficiencies that are shares of a ceiling, held below 0.98 whatever the factors."""
EFFICIENCY_NAMES = tuple(field.name for field in fields(Efficiencies))


@dataclass(frozen=True)
class Parameter:
    """One calibrated number: `efficiency` is multiplied by `value` where `scope` holds ("all" = its level)."""

    efficiency: str
    scope: str
    value: float


@dataclass(frozen=True)
class Setting:
    """Engine code in ENGINES and decimal year of the software, arrays of shape () or (candidates,)."""

    engine: NDArray[np.int64]
    year: Floats

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> "Setting":
        """Returns the entries at `index`; scalars stay scalars."""
        return Setting(self.engine[index] if self.engine.ndim else self.engine, self.year[index] if self.year.ndim else self.year)


def setting(engine: str = "vllm", year: float = 2026.0) -> Setting:
    """Returns one engine family and software year for all candidates."""
    return Setting(np.asarray(ENGINES.index(engine) if engine in ENGINES else -1), np.asarray(year))


@dataclass(frozen=True)
class Design:
    """Per efficiency the parameters' places and their exponents (candidates x parameters); made once, used for many values."""

    size: int
    places: dict[str, NDArray[np.intp]]
    exponents: dict[str, Floats]

    def efficiencies(self, logarithms: Floats) -> Efficiencies:
        """Returns the efficiencies for the parameters' natural logarithms."""
        values: dict[str, Floats] = {}
        for name, places in self.places.items():
            value = np.exp(self.exponents[name] @ logarithms[places])
            values[name] = np.minimum(value, SHARE_MAX) if name in SHARES else value
        return Efficiencies(**values)


def design(parameters: Sequence[Parameter], candidates: Candidates, where: Setting) -> Design:
    """Returns how `parameters` apply to `candidates`.

    Raises
    ------
    InputError
        Naming every unknown efficiency, scope or non-positive value.
    """
    faults = [fault for one in parameters for fault in _faults(one)]
    if faults:
        raise InputError(faults)
    columns: dict[str, list[int]] = {}
    for place, one in enumerate(parameters):
        columns.setdefault(one.efficiency, []).append(place)
    exponents = {
        name: np.stack([scope_exponent(parameters[place].scope, candidates, where) for place in places], axis=1)
        for name, places in columns.items()
    }
    return Design(len(candidates), {name: np.array(places) for name, places in columns.items()}, exponents)


def efficiencies(parameters: Sequence[Parameter], candidates: Candidates, where: Setting) -> Efficiencies:
    """Returns the efficiencies of each candidate; a field without parameters keeps its default."""
    return design(parameters, candidates, where).efficiencies(np.log([one.value for one in parameters]))


def scope_exponent(scope: str, candidates: Candidates, where: Setting) -> Floats:
    """Returns 1 where every term of `scope` holds and 0 elsewhere; the term "year" gives years since mid-2025."""
    result = np.ones(len(candidates))
    for term in scope.split("&"):
        name, _, value = term.partition("=")
        result = result * np.asarray(_term(name, value, candidates, where), dtype=np.float64)
    return result


def _term(name: str, value: str, c: Candidates, where: Setting) -> Floats | NDArray[np.bool_]:
    ratio = c.rate_flop_per_s / c.rate_16bit_flop_per_s
    options: dict[str, object] = {
        "all": True,
        "engine": _is_among(where.engine, ENGINES, value),
        "year": np.clip(where.year - REFERENCE_YEAR, -2.0, 1.0),
        "generation": _is_among(c.generation, GENERATIONS, value),
        "vendor": _is_among(c.vendor, VENDORS, value),
        "fabric": _is_among(c.fabric, FABRICS, value),
        "host": c.is_grace_host > 0,
        "format": {"16bit": ratio < 1.5, "8bit": (ratio >= 1.5) & (ratio < 3), "4bit": ratio >= 3}.get(value, False),
        "weights": {"4bit": c.weight_bits < 6, "8bit": (c.weight_bits >= 6) & (c.weight_bits < 10)}.get(value, False),
        "weight_only": c.is_weight_only > 0,
        "moe": c.experts > 0,
        "mla": c.is_mla > 0,
        "kv_spread": c.dp > 1,
    }
    return np.asarray(options[name])


def _is_among(codes: NDArray[np.int64], names: tuple[str, ...], alternatives: str) -> NDArray[np.bool_]:
    """Returns where `codes` are those of the names in `alternatives`, which "|" separates."""
    return np.isin(codes, [names.index(name) for name in alternatives.split("|") if name in names])


KNOWN_TERMS = (
    "all", "engine", "year", "generation", "vendor", "fabric", "host", "format", "weights", "weight_only", "moe", "mla",
    "kv_spread",
)  # fmt: skip


def _faults(one: Parameter) -> list[Fault]:
    where = f"parameter {one.efficiency} [{one.scope}]"
    faults = []
    if one.efficiency not in EFFICIENCY_NAMES:
        faults.append(Fault(where, "an efficiency such as memory_share", repr(one.efficiency)))
    unknown = [term for term in one.scope.split("&") if term.partition("=")[0] not in KNOWN_TERMS]
    faults += [Fault(where, f"scope terms among {', '.join(KNOWN_TERMS)}", repr(term)) for term in unknown]
    if not one.value > 0:
        faults.append(Fault(where, "a value above 0", str(one.value)))
    return faults
