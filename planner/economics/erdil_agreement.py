"""Agreement of the paper's model here with reference tables of its authors' own code: points, collectives, grids.

A reference table is a CSV of setups and of what the authors' notebook returns for them. Each function of `TABLES`
recomputes the columns of one kind of table; `table_verdict` tells the worst relative difference and where it is.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.economics.erdil_closed_form import closed_form, toy_latency_s
from planner.economics.erdil_collectives import PROTOCOLS, CollectiveKind, collective_time, protocol_latency_s
from planner.economics.erdil_constants import as_version
from planner.economics.erdil_devices import ErdilDevice, find_device
from planner.economics.erdil_discrete import discrete_frontier
from planner.economics.erdil_latency import (
    Layout,
    Workload,
    can_pipeline,
    fits_all_sequences,
    fits_micro_batch,
    kernel_s,
    network_parts,
    roofline_parts,
    split,
)
from planner.economics.erdil_latency_v1 import LayoutV1, latency_parts_v1
from planner.economics.erdil_layouts import step_latency_s
from planner.economics.erdil_models import ErdilModel, FloatArray, find_model
from planner.economics.erdil_speculative import best_speculation
from planner.errors import PlannerError
from planner.units import SECONDS_PER_HOUR, TOKENS_PER_MTOK

POINT_TOLERANCE = 1e-6
"""Relative; points, collectives, speculative decoding and discrete grids."""
NOISE = 1e-15
"""Absolute: the reference tables hold differences of sums where the true value is 0."""

Columns = Mapping[str, Any]
Recompute = Callable[[tuple[Any, ...], pd.DataFrame], Columns]


@dataclass(frozen=True)
class Verdict:
    """How far a file is from what is recomputed; knife-edge rows are counted and measured apart."""

    file: str
    rows: int
    worst: float
    where: str
    tolerance: float
    knife_edges: int = 0
    knife_edge_worst: float = 0.0
    problem: str = ""

    @property
    def is_passed(self) -> bool:
        """Whether the file could be compared and lies within tolerance."""
        return not self.problem and self.worst <= self.tolerance


def relative_differences(reference: FloatArray, ours: FloatArray) -> FloatArray:
    """Returns |ours - reference| / |reference|; 0 where the reference is empty, infinite where only one is finite."""
    reference, ours = np.broadcast_arrays(np.asarray(reference, dtype=float), np.asarray(ours, dtype=float))
    both = np.isfinite(reference) & np.isfinite(ours)
    distance = np.abs(np.where(both, ours, 0.0) - np.where(both, reference, 0.0))
    scale = np.where(both & (reference != 0), np.abs(reference), 1.0)
    difference = np.where(both & (reference == 0) & (distance > NOISE), math.inf, distance / scale)
    difference = np.where(both & (distance <= NOISE), 0.0, difference)
    is_same = (reference == ours) | np.isnan(reference)
    return np.where(both, difference, np.where(is_same, 0.0, math.inf))


def table_verdict(path: Path) -> Verdict:
    """Returns how far one reference table is from what is recomputed; `path.name` is a key of `TABLES`."""
    group_by, recompute = TABLES[path.name]
    try:
        frame = pd.read_csv(path)
        return _verdict(path.name, frame, _recomputed(frame, group_by, recompute))
    except (KeyError, ValueError, PlannerError) as error:
        return Verdict(path.name, 0, math.inf, "", POINT_TOLERANCE, problem=f"cannot be compared: {error}")


def _recomputed(frame: pd.DataFrame, group_by: tuple[str, ...], recompute: Recompute) -> pd.DataFrame:
    """Our columns, row by row as in the frame, computed group by group."""
    pieces = []
    for key, group in frame.groupby(list(group_by), sort=False, dropna=False):
        columns = recompute(tuple(key), group)
        pieces.append(pd.DataFrame(dict(columns), index=group.index))
    return pd.concat(pieces).sort_index()


def _verdict(name: str, frame: pd.DataFrame, ours: pd.DataFrame) -> Verdict:
    differences = pd.DataFrame(
        {column: relative_differences(_numbers(frame[column]), _numbers(ours[column])) for column in ours if column in frame},
        index=frame.index,
    )
    if differences.empty:
        return Verdict(name, len(frame), math.inf, "", POINT_TOLERANCE, problem="no known column or no row")
    robust = frame["search_robust"].to_numpy() != 0 if "search_robust" in frame else np.full(len(frame), True)
    by_row = differences.max(axis=1).to_numpy()
    edge_worst = float(by_row[~robust].max(initial=0.0))
    worst = float(by_row[robust].max(initial=0.0))
    where = ""
    if worst > 0:
        row = int(np.flatnonzero(robust & (by_row == worst))[0])
        where = f"row {row + 1}, {differences.iloc[row].idxmax()}"
    return Verdict(name, len(frame), worst, where, POINT_TOLERANCE, int((~robust).sum()), edge_worst)


def _numbers(column: "pd.Series[Any]") -> FloatArray:
    return column.to_numpy(dtype=float)


def _load(frame: pd.DataFrame, query_tokens: float | FloatArray = 1.0) -> Workload:
    gpus, batch, context = (frame[name].to_numpy(float) for name in ("n_gpu", "batch", "input_len"))
    return Workload(gpus, batch, context, query_tokens)


def usd_per_mtok(device: ErdilDevice, load: Workload, latency_s: FloatArray) -> FloatArray:
    """Returns 1e6 G t / B x price / 3600."""
    gpu_s_per_token = load.gpus * latency_s / load.batch
    return np.asarray(TOKENS_PER_MTOK * gpu_s_per_token * device.usd_per_hour / SECONDS_PER_HOUR)


def _v2_columns(model: ErdilModel, device: ErdilDevice, load: Workload, layout: Layout) -> dict[str, Any]:
    """Every component of a v2 point, under the names of the reference tables."""
    degrees = split(model, load, layout.stages, layout.attention_shrink)
    roofline = roofline_parts(model, device, load, layout.stages, layout.attention_shrink)
    network = network_parts(model, device, load, layout)
    return {
        "n_ep": degrees.expert_groups,
        "ep_fan_out": np.minimum(model.active_experts, degrees.expert_groups),
        "n_tp_total": degrees.stage_gpus,
        "n_tp_ff": degrees.ff_degree,
        "n_tp_attn": degrees.attention_degree,
        "micro_batch": degrees.micro_batch,
        "kernel_s": kernel_s(model, device),
        "net_attn_lat_s": network.attention.latency_s,
        "net_attn_bw_s": network.attention.bandwidth_s,
        "net_ff_lat_s": network.ff.latency_s,
        "net_ff_bw_s": network.ff.bandwidth_s,
        "net_ep_s": network.expert_s,
        "net_pp_s": network.pipeline_s,
        "net_total_s": network.total_s,
        "mem_kv_s": roofline.kv_read_s,
        "mem_ff_s": roofline.ff_read_s,
        "mem_attn_s": roofline.attention_read_s,
        "mem_unembed_s": roofline.unembedding_read_s,
        "mem_total_s": roofline.memory_s,
        "flop_ff_s": roofline.ff_flop_s,
        "flop_attnkv_s": roofline.attention_flop_s,
        "flop_attnproj_s": roofline.projection_flop_s,
        "flop_total_s": roofline.arithmetic_s,
        "uncapped_latency_s": kernel_s(model, device) + network.total_s + roofline.total_s,
        "fits_hbm_code": fits_micro_batch(model, device, load, layout.stages),
        "fits_hbm_full_kv": fits_all_sequences(model, device, load),
        "pp_ok": can_pipeline(load, layout.stages),
    }


def _points_v2(key: tuple[Any, ...], frame: pd.DataFrame) -> Columns:
    model, device = find_model(key[0], "v2"), find_device(key[1], "v2")
    load = _load(frame, frame["seq_len"].to_numpy(float))
    layout = Layout(frame["n_pp"].to_numpy(float), frame["attn_shrink"].to_numpy(float), key[2] == "2d")
    columns = _v2_columns(model, device, load, layout)
    feasible = columns["fits_hbm_code"] & columns["pp_ok"]
    latency = np.where(feasible, columns["uncapped_latency_s"], np.inf)
    peak = device.peak_flop_per_s(model.weight_bits)
    return {
        **columns,
        "latency_s": latency,
        "tok_per_s_per_req": 1 / latency,
        "usd_per_mtok": usd_per_mtok(device, load, latency),
        "mfu": model.flop(load.context, load.batch) / (load.gpus * peak * latency),
    }


def _points_v1(key: tuple[Any, ...], frame: pd.DataFrame) -> Columns:
    model, device = find_model(key[0], "v1"), find_device(key[1], "v1")
    load = _load(frame, frame["seq_len"].to_numpy(float))
    stages = frame["n_pp"].to_numpy(float)
    parts = latency_parts_v1(model, device, load, LayoutV1(stages, key[2] == "2d"))
    fits, can = fits_all_sequences(model, device, load), can_pipeline(load, stages)
    latency = np.where(fits & can, parts.total_s, np.inf)
    return {
        "n_tp": load.gpus / stages,
        "n_ranks": parts.group.ranks,
        "n_nodes": parts.group.nodes,
        "kernel_s": parts.kernel_s,
        "net_allreduce_lat_s": parts.collective.latency_s,
        "net_allreduce_bw_s": parts.collective.bandwidth_s,
        "net_pp_s": parts.pipeline_s,
        "net_total_s": parts.network_s,
        "mem_bytes": parts.memory_bytes,
        "flop": parts.flop,
        "mem_total_s": parts.memory_s,
        "flop_total_s": parts.arithmetic_s,
        "uncapped_latency_s": parts.total_s,
        "fits_hbm_code": fits,
        "pp_ok": can,
        "latency_s": latency,
        "usd_per_mtok": usd_per_mtok(device, load, latency),
    }


def _section_3(key: tuple[Any, ...], frame: pd.DataFrame) -> Columns:
    version = as_version(key[0])
    parts = closed_form(find_model(key[1], version), find_device(key[2], version), _load(frame), version)
    return {
        "kernel_s": parts.kernel_s,
        "mem_bytes": parts.memory_bytes,
        "mem_s": parts.memory_s,
        "flop": parts.flop,
        "flop_s": parts.arithmetic_s,
        "latency_s": parts.total_s,
        "network_s": parts.network_s,
    }


def _section_2(key: tuple[Any, ...], frame: pd.DataFrame) -> Columns:
    return {"latency_s": toy_latency_s(find_model(key[0], "v2"), find_device(key[1], "v2"), _load(frame))}


def _collectives(key: tuple[Any, ...], frame: pd.DataFrame) -> Columns:
    device, kind = find_device(key[0], "v2"), _kind(key[1])
    ranks, nodes, payload = (frame[name].to_numpy(float) for name in ("n_ranks", "n_nodes", "bytes"))
    overlapped = collective_time(device, kind, ranks, nodes, payload, is_overlapped=True)
    summed = collective_time(device, kind, ranks, nodes, payload, is_overlapped=False)
    latencies = {f"lat_{protocol.name}_s": protocol_latency_s(device, protocol, kind, ranks, nodes) for protocol in PROTOCOLS}
    return {
        **latencies,
        "time_overlapped_v2_s": overlapped.total_s,
        "lat_part_v2_s": overlapped.latency_s,
        "time_summed_v1_s": summed.total_s,
    }


def _kind(text: str) -> CollectiveKind:
    kinds: dict[str, CollectiveKind] = {"allreduce": "allreduce", "all-to-all": "all-to-all", "p2p": "p2p"}
    return kinds[text]


def _speculative(key: tuple[Any, ...], frame: pd.DataFrame) -> Columns:
    """One group has one acceptance and context, for both are scalars of the search."""
    target, draft, device = find_model(key[0], "v2"), find_model(key[1], "v2"), find_device(key[2], "v2")
    gpus, batch = frame["n_gpu"].to_numpy(float), frame["batch"].to_numpy(float)

    def step_s(model: ErdilModel, query_tokens: int) -> FloatArray:
        return step_latency_s("v2", model, device, Workload(gpus, batch, float(key[3]), float(query_tokens)))

    draft_s = step_s(draft, 1)
    verify_s = {length: step_s(target, length) for length in range(1, 6)}
    best = best_speculation("v2", verify_s[1], draft_s, lambda drafted, cells: verify_s[drafted][cells], float(key[4]))
    columns = {f"t_verify_len{length}_s": latency_s for length, latency_s in verify_s.items()}
    return {"t_draft_s": draft_s, **columns, "latency_per_token_s": best.latency_s}


def _discrete_grid(key: tuple[Any, ...], frame: pd.DataFrame) -> Columns:
    """Parts are recomputed at the layout a row states; latency and price are the optimum over the whole space."""
    model, device, context = find_model(key[1], "v2"), find_device(key[2], "v2"), float(key[3])
    grid = discrete_frontier(model, device, context)
    cell = grid.places(frame["n_gpu"].to_numpy(float), frame["batch"].to_numpy(float))
    load, is_flat = _load(frame), frame["tp_layout"].to_numpy() == "2d"
    stages, shrink = frame["n_pp"].to_numpy(float), frame["attn_shrink"].to_numpy(float)
    flat, line = (_v2_columns(model, device, load, Layout(stages, shrink, kind)) for kind in (True, False))
    stated = {
        name: np.where(is_flat, flat[name], line[name])
        for name in ("n_ep", "n_tp_ff", "n_tp_attn", "kernel_s", "net_total_s", "mem_total_s", "flop_total_s")
    }
    latency = grid.latency_s[cell]
    return {
        **stated,
        "latency_s": latency,
        "tok_per_s_per_req": 1 / latency,
        "usd_per_mtok": usd_per_mtok(device, load, latency),
        "on_frontier": grid.is_on_frontier[cell],
        "fits_hbm_full_kv": fits_all_sequences(model, device, load),
    }


TABLES: dict[str, tuple[tuple[str, ...], Recompute]] = {
    "points_v2.csv": (("model", "gpu", "tp_layout"), _points_v2),
    "points_v1.csv": (("model", "gpu", "tp_layout"), _points_v1),
    "points_section3_2dtp.csv": (("version", "model", "gpu"), _section_3),
    "points_section2_toy.csv": (("model", "gpu"), _section_2),
    "collectives.csv": (("gpu", "collective"), _collectives),
    "specdec_v2.csv": (("model", "draft", "gpu", "input_len", "alpha"), _speculative),
    "grid_discrete_v2.csv": (("combo", "model", "gpu", "input_len"), _discrete_grid),
}
"""Every kind of reference table: what its rows are grouped by, and how a group's columns are recomputed."""
