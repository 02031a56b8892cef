"""The shipped calibration: parameters of the efficiencies, ranges from cross-validated errors, and what was measured.

Files `parameters.csv`, `ranges.csv` and `measured.csv` of `catalogs/calibration/`; scripts/calibration/fit.py writes them.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from planner.errors import InputError
from planner.inputs.catalog import shipped_folder
from planner.inputs.provenance import PROVENANCE
from planner.roofline.calibration import Efficiencies
from planner.roofline.candidates import Candidates
from planner.roofline.parameters import Parameter, efficiencies, setting
from planner.tables import Column, Table, records

CURRENT_YEAR = 2026.3
"""Software of the plans: the youngest measurements of the calibration are of April 2026."""
DEFAULT_ENGINE = "vllm"
QUANTITIES = ("tpot", "ttft", "throughput")
MODES = ("closed_loop", "static_batch", "offline_max", "first_token", "poisson")

PARAMETERS = Table(
    "parameters",
    (
        Column("efficiency", "str", description="field of roofline.calibration.Efficiencies"),
        Column("scope", "str", description='where it applies: "all" for the level, else terms joined by "&"'),
        Column("value", "float", description="calibrated level (SI) or factor", is_positive=True),
        Column("prior_value", "float", description="level or factor expected before calibration", is_positive=True),
        Column("prior_spread", "float", description="standard deviation of its logarithm; 0: never fitted", minimum=0),
        *PROVENANCE,
    ),
    ("efficiency", "scope"),
    "Efficiencies of kernels, links and engines.",
)
RANGES = Table(
    "ranges",
    (
        Column("quantity", "str", description="predicted quantity", choices=QUANTITIES),
        Column("mode", "str", description="kind of run", choices=MODES),
        Column("architecture", "str", description="dense or mixture of experts", choices=("dense", "moe")),
        Column("knowledge", "str", description="accelerator's place in the calibration", choices=("measured", "unmeasured")),
        Column("low_factor", "float", description="10 % quantile of measured / predicted", is_positive=True),
        Column("high_factor", "float", description="90 % quantile of measured / predicted", is_positive=True),
        Column("rows", "int", description="cross-validated rows behind it", minimum=0),
        *PROVENANCE,
    ),
    ("quantity", "mode", "architecture", "knowledge"),
    "80 % ranges of predictions, from cross-validated errors.",
)
MEASURED = Table(
    "measured",
    (
        Column("kind", "str", description="what was measured", choices=("model", "accelerator", "engine")),
        Column("name", "str", description="canonical name"),
        Column("rows", "int", description="rows in the calibration", minimum=1),
        *PROVENANCE,
    ),
    ("kind", "name"),
    "Names that the calibration has seen.",
)


@dataclass(frozen=True)
class Calibration:
    """Parameters, 80 % ranges and measured names; `digest` is the SHA-256 of their files."""

    parameters: tuple[Parameter, ...]
    table: pd.DataFrame
    ranges: pd.DataFrame
    measured: frozenset[tuple[str, str]]
    digest: str

    def efficiencies(self, candidates: Candidates, engine: str = DEFAULT_ENGINE, year: float = CURRENT_YEAR) -> Efficiencies:
        """Returns the efficiencies of each candidate under an engine family and software year."""
        return efficiencies(self.parameters, candidates, setting(engine, year))

    def source(self, accelerator: str) -> str:
        """Returns `calibrated` where the accelerator was measured, `modelled` where defaults stand in."""
        return "calibrated" if ("accelerator", accelerator) in self.measured else "modelled"

    def range_factors(self, quantity: str, mode: str, is_moe: bool, accelerator: str) -> tuple[float, float]:
        """Returns (low, high) factors of the 80 % range of a predicted quantity."""
        key = (quantity, mode, "moe" if is_moe else "dense")
        knowledge = "measured" if ("accelerator", accelerator) in self.measured else "unmeasured"
        low, high = self._factors[(*key, knowledge)]
        return low, high

    @cached_property
    def _factors(self) -> dict[tuple[str, str, str, str], tuple[float, float]]:
        return {
            (row["quantity"], row["mode"], row["architecture"], row["knowledge"]): (row["low_factor"], row["high_factor"])
            for row in records(self.ranges)
        }


def calibration_folder() -> Path:
    """Returns the folder of the shipped calibration."""
    return shipped_folder() / "calibration"


def load_calibration(folder: Path | None = None) -> Calibration:
    """Returns the calibration of a folder (None: the shipped one).

    Raises
    ------
    InputError
        Missing or malformed files, parameters of unknown efficiencies.
    """
    base = folder if folder is not None else calibration_folder()
    frames = {}
    faults = []
    for table in (PARAMETERS, RANGES, MEASURED):
        frames[table.name], found = table.read_faults(base / f"{table.name}.csv")
        faults += found
    if faults:
        raise InputError(faults)
    parameters = parameters_of(frames["parameters"])
    names = frozenset((str(row["kind"]), str(row["name"])) for row in records(frames["measured"]))
    content = b"".join((base / f"{table.name}.csv").read_bytes() for table in (PARAMETERS, RANGES, MEASURED))
    return Calibration(parameters, frames["parameters"], frames["ranges"], names, hashlib.sha256(content).hexdigest())


def parameters_of(table: pd.DataFrame, column: str = "value") -> tuple[Parameter, ...]:
    """Returns the rows of a parameters table as Parameters with the values of `column`."""
    rows = records(table)
    return tuple(Parameter(str(row["efficiency"]), str(row["scope"]), float(row[column])) for row in rows)


def with_values(table: pd.DataFrame, logarithms: np.ndarray) -> pd.DataFrame:
    """Returns a parameters table whose values are exp(`logarithms`), six significant digits."""
    values = [float(f"{value:.6g}") for value in np.exp(logarithms)]
    return table.assign(value=values)
