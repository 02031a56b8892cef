"""Serving setups of a table as candidates: names resolved, layouts settled, rows that cannot be placed told why.

A row is one setup: model, accelerator, precision, engine, parallel degrees, mean lengths and load. Only the columns of
`COLUMNS` are ever read; measured columns stay unseen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.errors import InputError
from planner.inputs.catalog import Catalog
from planner.inputs.hardware import Accelerator, NodeType
from planner.inputs.models import LanguageModel, Precision
from planner.roofline.candidates import Candidates, Floats, Row, from_rows
from planner.roofline.parameters import ENGINES, Setting
from planner.tables import records
from planner.units import FLOP_PER_TFLOP

COLUMNS = (
    "row_id", "date", "mode", "model", "accelerator", "n_accelerators", "tp", "pp", "ep", "attention_dp",
    "precision_weights", "precision_kv", "engine_family", "input_tokens_mean", "output_tokens_mean", "concurrency", "qps",
)  # fmt: skip
REQUIRED = ("row_id", "mode", "model", "accelerator", "precision_weights", "input_tokens_mean", "output_tokens_mean")
LOADS = {"closed_loop": "concurrency", "static_batch": "concurrency", "first_token": "concurrency", "poisson": "qps"}
MODES = (*LOADS, "offline_max")
NAMES = ("model", "accelerator", "precision_weights")
LOAD_MAX = 1e6
"""Requests in flight, or a second, that no engine keeps: published runs stop near a thousand."""
CONTEXT_STRETCH_MAX = 4.0
"""Tokens a request may have, in longest contexts of the model's configuration: rotary embeddings are commonly stretched up
to four times (YaRN, Peng et al. 2023); beyond that no engine serves the model."""
UNDATED_YEAR = 2025.5


@dataclass(frozen=True)
class Setups:
    """Placed rows as arrays; `place` gives each one's row number in the table, `reasons` why the others have none."""

    place: NDArray[np.intp]
    reasons: Mapping[int, str]
    mode: NDArray[np.str_]
    candidates: Candidates
    where: Setting
    input_tokens: Floats
    output_tokens: Floats
    load: Floats
    rows: tuple[Row, ...]

    def take(self, index: NDArray[np.intp]) -> "Setups":
        """Returns the placed rows at `index`."""
        return Setups(
            self.place[index], self.reasons, self.mode[index], self.candidates.take(index), self.where.take(index),
            self.input_tokens[index], self.output_tokens[index], self.load[index], tuple(self.rows[i] for i in index),
        )  # fmt: skip


class _RefusedError(Exception):
    """A row that cannot be placed, with the reason a person reads."""


def setups(frame: pd.DataFrame, catalog: Catalog) -> Setups:
    """Returns the rows of `frame` as candidates.

    Raises
    ------
    InputError
        Where a required column is missing: then no row can be read.
    """
    missing = [name for name in REQUIRED if name not in frame.columns]
    if missing:
        raise InputError.single("points", f"the columns {', '.join(REQUIRED)}", f"no {', '.join(missing)}")
    seen = frame.reindex(columns=list(COLUMNS))
    placed: list[tuple[int, Row, Mapping[str, Any]]] = []
    reasons: dict[int, str] = {}
    for number, cells in enumerate(records(seen)):
        try:
            placed.append((number, row_of(cells, catalog), cells))
        except (_RefusedError, InputError) as error:
            told = "; ".join(map(str, error.faults)) if isinstance(error, InputError) else str(error)
            reasons[number] = " ".join(told.split())
    rows = tuple(row for _, row, _ in placed)
    return Setups(
        np.array([number for number, _, _ in placed], dtype=np.intp), reasons,
        np.array([str(cells["mode"]) for *_, cells in placed], dtype=np.str_), from_rows(rows),
        Setting(
            np.array([_engine(cells, catalog) for *_, cells in placed], dtype=np.int64),
            np.array([year_of(cells["date"]) for *_, cells in placed], dtype=np.float64),
        ),
        _column(placed, "input_tokens_mean"), _column(placed, "output_tokens_mean"),
        np.array([_load(cells) for *_, cells in placed], dtype=np.float64), rows,
    )  # fmt: skip


def row_of(cells: Mapping[str, Any], catalog: Catalog) -> Row:
    """Returns one row as a candidate; raises where names, formats or layouts do not exist."""
    mode = str(cells["mode"])
    if mode not in MODES:
        raise _RefusedError(f"mode {mode!r} is none of {', '.join(MODES)}")
    for name in ("input_tokens_mean", "output_tokens_mean", *([LOADS[mode]] if mode in LOADS else [])):
        if not 0 < _number(cells, name, 0.0) < np.inf:
            raise _RefusedError(f"{name} is missing or no number above 0, mode {mode} needs it")
        if name in LOADS.values() and _number(cells, name, 0.0) > LOAD_MAX:
            raise _RefusedError(f"{name} {_number(cells, name, 0.0):g} is more than any engine keeps in flight ({LOAD_MAX:g})")
    lacking = [name for name in NAMES if cells[name] is None or not str(cells[name]).strip()]
    if lacking:
        raise _RefusedError(f"{', '.join(lacking)} missing")
    model = catalog.models[catalog.resolve("model", str(cells["model"]))]
    accelerator = catalog.accelerators[catalog.resolve("accelerator", str(cells["accelerator"]))]
    precision = catalog.precisions[_precision(cells, model, accelerator, catalog)]
    rate = catalog.precision_support[(accelerator.accelerator, precision.precision)] * FLOP_PER_TFLOP
    _refuse_beyond_context(cells, model)
    tp, pp, ep, dp = layout(cells, model)
    kv_bits = kv_bits_of(cells["precision_kv"], precision, accelerator)
    return Row(model, precision, kv_bits, node_for(catalog, accelerator), accelerator, rate, tp, pp, ep, dp)


def _refuse_beyond_context(cells: Mapping[str, Any], model: LanguageModel) -> None:
    """Refuses a row whose requests are longer than the model can be stretched to."""
    tokens = _number(cells, "input_tokens_mean", 0.0) + _number(cells, "output_tokens_mean", 0.0)
    if tokens > CONTEXT_STRETCH_MAX * model.max_context_tokens:
        longest = f"{CONTEXT_STRETCH_MAX:g} times the longest context of {model.model} ({model.max_context_tokens} tokens)"
        raise _RefusedError(f"{tokens:.10g} tokens a request are more than {longest}")


def _degree(cells: Mapping[str, Any], name: str, default: int) -> int:
    """Returns a parallel degree or a count: as stated, or the default where nothing is; refuses what is no whole number."""
    if cells[name] is None or not str(cells[name]).strip():
        return default
    value = _number(cells, name, np.nan)
    if not (value >= 1 and value % 1 == 0):
        stated = cells[name] if np.isnan(value) else f"{value:g}"
        raise _RefusedError(f"{name} {stated} is no whole number above 0")
    return int(value)


def layout(cells: Mapping[str, Any], model: LanguageModel) -> tuple[int, int, int, int]:
    """Returns (tp, pp, ep, dp) that use every accelerator once.

    A stated attention data-parallel degree takes its share first; accelerators left over hold further attention
    groups; expert groups are at most the ranks, and divide them.
    """
    pp, tp = _degree(cells, "pp", 1), _degree(cells, "tp", 1)
    count = _degree(cells, "n_accelerators", tp * pp)
    if tp > model.q_heads:
        raise _RefusedError(f"tensor groups of {tp} are more than the {model.q_heads} attention heads of {model.model}")
    if count % pp:
        raise _RefusedError(f"{count} accelerators do not split in {pp} pipeline stages")
    ranks = count // pp
    dp = min(_degree(cells, "attention_dp", 1), ranks)
    tp = min(tp, max(ranks // dp, 1))
    if ranks % tp:
        raise _RefusedError(f"{ranks} accelerators a stage do not split in tensor groups of {tp}")
    asked = _degree(cells, "ep", 1)
    ep = min(asked, ranks) if model.experts else 1
    while ranks % ep:
        ep -= 1
    return tp, pp, ep, ranks // tp


def kv_bits_of(stated: Any, precision: Precision, accelerator: Accelerator) -> float:
    """Returns the bits of a KV element: as stated, else 8 where weights are 8 bit or less and fp8 arithmetic exists.

    Experts-only mxfp4 checkpoints run a 16-bit cache before Blackwell (gpt-oss, engines' default).
    """
    if isinstance(stated, str) and stated.strip():
        return 8.0 if "8" in stated else 4.0 if stated.strip().endswith("4") else 16.0
    has_fp8 = accelerator.fp8_tflops is not None
    is_young = accelerator.generation not in ("ampere", "ada", "hopper")
    is_small = precision.weight_bits <= 8 and not (precision.precision == "mxfp4" and not is_young)
    return 8.0 if is_small and has_fp8 else 16.0


def node_for(catalog: Catalog, accelerator: Accelerator) -> NodeType:
    """Returns the largest node type of an accelerator, or one made of its own links where the catalog lists none."""
    own = [node for node in catalog.node_types.values() if node.accelerator == accelerator.accelerator]
    if own:
        return max(own, key=lambda node: (node.accelerators, node.node_type))
    return NodeType(
        accelerator.accelerator, accelerator.accelerator, max(accelerator.scale_up_domain, 1), accelerator.scale_up_domain,
        accelerator.scale_up_gb_per_s, accelerator.scale_up_kind, accelerator.scale_out_gb_per_s, 0.0, False,
    )  # fmt: skip


def year_of(date: Any) -> float:
    """Returns a date of the forms 2025, 2025-11 or 2025-11-02 as decimal years; mid-2025 where there is none.

    >>> year_of("2025-07")
    2025.5
    """
    parts = str(date).split("-") if isinstance(date, str) else []
    if not parts or not parts[0].isdigit():
        return UNDATED_YEAR
    month = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 7
    return int(parts[0]) + (month - 1) / 12


def _precision(cells: Mapping[str, Any], model: LanguageModel, accelerator: Accelerator, catalog: Catalog) -> str:
    name = catalog.resolve_precision(str(cells["precision_weights"]), accelerator.accelerator)
    support = catalog.precision_support
    if name == "nvfp4" and (model.native_precision == "mxfp4" or (accelerator.accelerator, name) not in support):
        name = "mxfp4"
    if (accelerator.accelerator, name) not in support:
        known = sorted(p for a, p in support if a == accelerator.accelerator)
        raise _RefusedError(f"{accelerator.accelerator} does not run {name}; it runs {', '.join(known)}")
    return name


def _engine(cells: Mapping[str, Any], catalog: Catalog) -> int:
    name = cells["engine_family"]
    if not isinstance(name, str) or not name:
        return -1
    try:
        family = catalog.resolve("engine", name)
    except InputError:
        return -1
    return ENGINES.index(family) if family in ENGINES else -1


def _number(cells: Mapping[str, Any], name: str, default: float) -> float:
    value = pd.to_numeric(cells[name], errors="coerce")
    return default if pd.isna(value) else float(value)


def _load(cells: Mapping[str, Any]) -> float:
    name = LOADS.get(str(cells["mode"]))
    return _number(cells, name, 1.0) if name else np.nan


def _column(placed: list[tuple[int, Row, Mapping[str, Any]]], name: str) -> Floats:
    return np.array([_number(cells, name, np.nan) for *_, cells in placed], dtype=np.float64)
