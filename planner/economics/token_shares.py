r"""What part of a request's cost is its input, its cached input and its output: by busy time, or by stated weights.

A replica in steady state gives a request, at its operating batch B (see `roofline.service`),

.. math:: t = p + (o - 1) \, s / B

replica-seconds: p for its prefill inside the steps of others, (o - 1) s / B as its part of o - 1 decode steps of s seconds.

* output: the decode part. The first output token comes out of the prefill and costs nothing more.
* input: the prefill of the tokens that are not cached, as if nothing were cached before them.
* cached: what the prefix adds to that prefill, the attention that new tokens pay to cached ones. Reading the whole context
  while decoding is part of the output, the memory that it takes is in the batch.

Where a plan's own copies do not describe a replica (rates of the user's own on a model that the catalog does not know),
tokens weigh as in API price lists: OUTPUT_WEIGHT and CACHED_WEIGHT times an input token.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from planner.errors import InputError
from planner.inputs.catalog_rows import built
from planner.inputs.hardware import ACCELERATORS, NODE_TYPES, PRECISION_SUPPORT, Accelerator, NodeType
from planner.inputs.instance import Instance
from planner.inputs.models import MODELS, PRECISIONS, LanguageModel, Precision
from planner.options.calibrated import load_calibration
from planner.options.coefficients import Coefficients
from planner.options.enumeration import KV_BITS
from planner.options.rates import workload_lengths
from planner.plan.files import CATALOG_FOLDER
from planner.roofline.calibration import Efficiencies
from planner.roofline.candidates import Candidates, Row, from_rows
from planner.roofline.lengths import Contexts
from planner.roofline.service import prefill_occupancy_s, traffic
from planner.roofline.steps import decode
from planner.tables import Table, records
from planner.units import FLOP_PER_TFLOP

OUTPUT_WEIGHT = 3.0
CACHED_WEIGHT = 0.2
"""Prices of output and of cached input over input: medians of the shipped API price list (549 and 92 offers, 2026-11)."""
BY_TIME, BY_WEIGHT = "busy time", "stated weights"
COLUMNS = ["workload", "option", "input_share", "cached_share", "output_share", "basis"]


@dataclass(frozen=True, eq=False)
class Machinery:
    """What a plan's folder says of models and machines."""

    models: Mapping[str, LanguageModel]
    precisions: Mapping[str, Precision]
    nodes: Mapping[str, NodeType]
    accelerators: Mapping[str, Accelerator]
    rate_tflops: Mapping[tuple[str, str], float]


def token_shares(folder: Path, instance: Instance, coefficients: Coefficients, pairs: pd.DataFrame) -> pd.DataFrame:
    """Returns the shares (summing to 1) of each (workload, option) of `pairs`, and how they were found (`basis`).

    `folder` is the plan's: its copies of catalog rows describe the replicas.
    """
    known = machinery(folder)
    options = {str(row["option"]): row for row in records(coefficients.options)}
    rows = {name: None if known is None else option_row(options[name], known) for name in dict.fromkeys(pairs["option"])}
    is_known = np.array([rows[name] is not None for name in pairs["option"]], dtype=bool)
    parts = [_by_weight(instance, pairs[~is_known])]
    timed = pairs[is_known]
    batches = _batches(coefficients)
    for workload, group in timed.groupby("workload", sort=False):
        mine = [row for row in (rows[name] for name in group["option"]) if row is not None]
        batch = np.array([batches[str(workload), name] for name in group["option"]])
        roles = [str(options[name]["role"]) for name in group["option"]]
        parts.append(_by_time(instance, str(workload), group["option"].tolist(), mine, batch, roles))
    joined = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return pairs[["workload", "option"]].merge(joined, on=["workload", "option"])[COLUMNS]


def machinery(folder: Path) -> Machinery | None:
    """Returns what the catalog copies of a plan's folder describe; None where one is missing or not whole."""
    frames = {}
    for table in (MODELS, PRECISIONS, NODE_TYPES, ACCELERATORS, PRECISION_SUPPORT):
        frame = _read(table, folder / CATALOG_FOLDER / f"{table.name}.csv")
        if frame is None:
            return None
        frames[table.name] = frame
    support = frames["precision_support"]
    pairs = zip(support["accelerator"], support["precision"], support["rate_tflops"], strict=True)
    return Machinery(
        built(LanguageModel, frames["models"]),
        built(Precision, frames["precisions"]),
        built(NodeType, frames["node_types"]),
        built(Accelerator, frames["accelerators"]),
        {(str(accelerator), str(precision)): float(rate) for accelerator, precision, rate in pairs},
    )


def option_row(option: Mapping[str, object], known: Machinery) -> Row | None:
    """Returns an option as the roofline takes it; None where a name of it is not known."""
    model, precision = known.models.get(str(option["model"])), known.precisions.get(str(option["precision"]))
    node = known.nodes.get(str(option["node_type"]))
    rate = known.rate_tflops.get((str(option["accelerator"]), str(option["precision"])))
    bits = KV_BITS.get(str(option["kv_precision"]))
    if model is None or precision is None or node is None or rate is None or bits is None:
        return None
    degrees = (int(str(option[name])) for name in ("tp", "pp", "ep", "dp"))
    return Row(model, precision, bits, node, known.accelerators[node.accelerator], rate * FLOP_PER_TFLOP, *degrees)


def request_seconds(
    candidates: Candidates, efficiencies: Efficiencies, instance: Instance, workload: str, batch: np.ndarray
) -> np.ndarray:
    """Returns replica-seconds of one request as (new input, cached input, output) by row, shape (candidates, 3)."""
    wish = next(one for one in instance.settings.workloads if one.workload == workload)
    lengths, hit = workload_lengths(instance, wish), wish.prefix_hit_share
    seen = traffic(candidates, lengths, efficiencies, hit)
    alone = lengths.prefill_contexts(candidates.window_tokens, candidates.sparse_tokens)
    fresh = (1 - hit) ** 2
    alone = Contexts(alone.full * fresh, alone.window * fresh, alone.sparse * fresh)
    whole_s = prefill_occupancy_s(candidates, batch, seen.new_input, seen.attended, efficiencies)
    new_s = np.minimum(prefill_occupancy_s(candidates, batch, seen.new_input, alone, efficiencies), whole_s)
    decode_s = seen.decode_steps * decode(candidates, batch, seen.resident, efficiencies, 1.0).total_s / batch
    return np.stack([new_s, whole_s - new_s, decode_s], axis=1)


def _by_time(
    instance: Instance, workload: str, options: list[str], rows: list[Row], batch: np.ndarray, roles: list[str]
) -> pd.DataFrame:
    """Returns the shares by busy time; a prefill replica spends it on input alone, a decode replica on output alone."""
    candidates = from_rows(rows)
    own = instance.settings.tables.calibration
    calibration = load_calibration(instance.folder / own if own else None)
    efficiencies = calibration.efficiencies(candidates, engine=instance.settings.deployment.engine)
    seconds = request_seconds(candidates, efficiencies, instance, workload, batch)
    is_there = {"prefill": (1.0, 1.0, 0.0), "decode": (0.0, 0.0, 1.0)}
    seconds = seconds * np.array([is_there.get(role, (1.0, 1.0, 1.0)) for role in roles])
    shares = seconds / seconds.sum(axis=1, keepdims=True)
    return _frame(workload, options, shares, BY_TIME)


def _by_weight(instance: Instance, pairs: pd.DataFrame) -> pd.DataFrame:
    parts = [pd.DataFrame(columns=COLUMNS)]
    for workload, group in pairs.groupby("workload", sort=False):
        wish = next(one for one in instance.settings.workloads if one.workload == workload)
        lengths, hit = workload_lengths(instance, wish), wish.prefix_hit_share
        weights = [lengths.mean_input * (1 - hit), CACHED_WEIGHT * lengths.mean_input * hit, OUTPUT_WEIGHT * lengths.mean_output]
        shares = np.tile(np.array(weights) / sum(weights), (len(group), 1))
        parts.append(_frame(str(workload), group["option"].tolist(), shares, BY_WEIGHT))
    return pd.concat(parts[1:] or parts, ignore_index=True)


def _frame(workload: str, options: list[str], shares: np.ndarray, basis: str) -> pd.DataFrame:
    columns = {name: shares[:, place] for place, name in enumerate(COLUMNS[2:5])}
    return pd.DataFrame({"workload": workload, "option": options, **columns, "basis": basis})[COLUMNS]


def _batches(coefficients: Coefficients) -> dict[tuple[str, str], float]:
    """Sequences in flight of each rate; the option's own where the rate states none, one where neither does."""
    most = coefficients.options.set_index("option")["max_batch"].to_dict()
    stated = {}
    for row in records(coefficients.rates):
        own, option = row["batch"], most.get(row["option"])
        known = [float(value) for value in (own, option) if value is not None and np.isfinite(value) and value > 0]
        stated[str(row["workload"]), str(row["option"])] = known[0] if known else 1.0
    return stated


def _read(table: Table, path: Path) -> pd.DataFrame | None:
    if not path.is_file():
        return None
    try:
        return table.read(path)
    except InputError:
        return None
