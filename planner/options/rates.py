"""What one replica of each candidate does for each workload under its promises: modelled, or the user's own."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import Fault, InputError
from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance
from planner.inputs.unmodelled import model_name, precision_name
from planner.inputs.workloads import Workload
from planner.options.calibrated import Calibration
from planner.options.enumeration import Place
from planner.options.floor import why_none
from planner.options.layouts import Layout
from planner.options.promises import Promise, promises
from planner.options.service import may_go_elsewhere
from planner.options.variants import Variant
from planner.roofline import service
from planner.roofline.calibration import Efficiencies
from planner.roofline.candidates import Candidates, from_rows
from planner.roofline.lengths import Lengths
from planner.roofline.speculation import Drafts
from planner.tables import records
from planner.units import MS_PER_S

NETWORK_STEP_MS = 25.0
"""Network times are rounded up to classes of this width; each class gets an operating point of its own."""


@dataclass(frozen=True)
class Point:
    """A place at an operating batch for one workload: a row of `rates` and what its option row needs."""

    workload: str
    place: Place
    batch: float
    requests_per_s: float
    ttft_ms: float
    tpot_ms: float
    e2e_ms: float
    network_ms_max: float
    bound: str
    source: str
    load_share: float = float("nan")
    """Of a prefill replica: the share of its time that the rate keeps it busy at the utilisation allowed."""
    latencies: tuple[tuple[str, float, float], ...] = ()
    """(statistic, TTFT ms, end to end ms) of each statistic promised, where there are several."""

    @property
    def option(self) -> str:
        """variant/node type/layout/batch, or the load in percent of a prefill replica."""
        if self.place.role == "prefill":
            return f"{self.place.name}/u{100 * self.load_share:.3g}"
        return f"{self.place.name}/b{self.batch:g}" if self.source != "user" else f"{self.place.name}/user"


@dataclass(frozen=True)
class Bench:
    """Candidates ready to be evaluated: places, their arrays in SI, and the efficiencies assumed."""

    places: tuple[Place, ...]
    candidates: Candidates
    efficiencies: Efficiencies
    sources: tuple[str, ...]
    """By place: `calibrated` where the accelerator was measured, `modelled` where defaults stand in."""
    slowdown: np.ndarray
    """By place: factor on every time; 1 at the middle of the range."""
    drafts: Drafts | None = None
    """Schemes of speculative decoding; None where no place has one."""

    def drafts_of(self, index: np.ndarray) -> Drafts | None:
        """Returns the schemes of some places."""
        return None if self.drafts is None else self.drafts.take(index)


def make_bench(instance: Instance, places: Sequence[Place], calibration: Calibration) -> Bench:
    """Returns the bench of the places; the engine's sequence limit is the instance's `deployment.batch_max`.

    At `confidence: low` every rate is taken at the low end of its cross-validated 80 % range (mode closed_loop).
    """
    wishes = instance.settings.deployment
    candidates = from_rows([place.row for place in places])
    efficiencies = calibration.efficiencies(candidates, engine=wishes.engine)
    accelerators = [place.row.accelerator.accelerator for place in places]
    low = [
        calibration.range_factors("tpot", "closed_loop", place.variant.model.experts > 0, accelerator)[1]
        for place, accelerator in zip(places, accelerators, strict=True)
    ]
    slowdown = np.array(low) if wishes.confidence == "low" else np.ones(len(places))
    limit = np.asarray(float(wishes.batch_max))
    sources = tuple(calibration.source(accelerator) for accelerator in accelerators)
    reached = replace(efficiencies, sequences_per_rank_max=limit)
    return Bench(tuple(places), candidates, reached, sources, slowdown, drafts_of_places(places))


def drafts_of_places(places: Sequence[Place]) -> Drafts | None:
    """Returns the drafting schemes of places as arrays; None where all decode plainly."""
    if all(place.draft is None for place in places):
        return None
    rows = [
        (p.draft.draft_tokens, p.draft.acceptance, p.draft.draft_layers / p.variant.model.layers) if p.draft else (0.0, 0.0, 0.0)
        for p in places
    ]
    return Drafts(*np.array(rows, dtype=float).T.copy())


def workload_points(
    instance: Instance,
    bench: Bench,
    paths: pd.DataFrame,
    eligible: Mapping[str, Sequence[Variant]],
    pooled: AbstractSet[str] = frozenset(),
    given: AbstractSet[str] = frozenset(),
) -> tuple[list[Point], list[Fault]]:
    """Returns every operating point that keeps a dedicated workload's promises in some region it may use, and its faults.

    Members of declared pools (`pooled`) are left to `pooling`, those of unknown lengths to the user's own rates; workloads
    with such rates (`given`) may have no modelled point. For each class of network time the largest batch under the
    limits is taken; equal batches are one point. A fault names a workload that no candidate can serve, and why.
    """
    points: list[Point] = []
    faults: list[Fault] = []
    for position, workload in enumerate(instance.settings.workloads):
        if workload.workload in pooled or workload.lengths is None:
            continue
        names = {variant.name for variant in eligible[workload.workload]}
        index = np.array([i for i, p in enumerate(bench.places) if p.variant.name in names], dtype=np.intp)
        mine = paths[(paths["workload"] == workload.workload) & paths["is_allowed"]]
        where = instance.document.where(("workloads", position))
        if mine.empty and may_go_elsewhere(workload):
            continue
        if mine.empty:
            faults.append(Fault(where, f"a candidate region that {workload.workload} may use", "its region lists admit none"))
            continue
        found = _points_of(instance, workload, bench, index, sorted(set(mine["network_ms"])))
        if not found and workload.workload not in given and not may_go_elsewhere(workload):
            nearest_ms = network_classes(mine["network_ms"].tolist())[0]
            lengths = workload_lengths(instance, workload)
            faults.append(Fault(where, *why_none(workload, bench, index, lengths, nearest_ms)))
        points += found
    return points, faults


def _points_of(
    instance: Instance, workload: Workload, bench: Bench, index: np.ndarray, network_ms: Sequence[float]
) -> list[Point]:
    if index.size == 0:
        return []
    candidates, efficiencies = bench.candidates.take(index), bench.efficiencies.take(index)
    lengths = workload_lengths(instance, workload)
    points: dict[tuple[int, float], Point] = {}
    for ceiling_ms in network_classes(network_ms):
        served = _strictest(
            candidates,
            lengths,
            promises(workload),
            efficiencies,
            ceiling_ms,
            workload.prefix_hit_share,
            bench.slowdown[index],
            bench.drafts_of(index),
        )
        able = np.flatnonzero(served.requests_per_s > 0)
        each = _each_statistic(workload, bench, index[able], served.batch[able], lengths)
        for i, told in zip(able, each, strict=True):
            key = (int(index[i]), float(served.batch[i]))
            if key not in points:
                points[key] = _with_each(_point(workload, bench, key[0], served, int(i), ceiling_ms), told)
            else:
                points[key] = replace(points[key], network_ms_max=ceiling_ms)
    return list(points.values())


def _each_statistic(
    workload: Workload, bench: Bench, index: np.ndarray, batch: np.ndarray, lengths: Lengths
) -> list[tuple[tuple[str, float, float], ...]]:
    """Returns by candidate (statistic, TTFT ms, end to end ms) without network at a batch; nothing where one is promised."""
    statistics = list(dict.fromkeys(target.statistic for target in workload.slo))
    if len(statistics) < 2 or not len(index):
        return [()] * len(index)
    candidates, efficiencies, drafts = bench.candidates.take(index), bench.efficiencies.take(index), bench.drafts_of(index)
    factor, columns = bench.slowdown[index] * MS_PER_S, []
    for promise in promises(workload):
        quantile = max(promise.ttft_quantile or 0.5, promise.e2e_quantile or 0.5)
        seen = service.traffic(candidates, lengths, efficiencies, workload.prefix_hit_share, promise.ttft_quantile, drafts)
        state = service.steady_state(candidates, batch, seen, efficiencies, quantile)
        outputs = lengths.mean_output if promise.e2e_quantile is None else lengths.output_quantile(promise.e2e_quantile)
        columns.append((state.ttft_s * factor, (state.ttft_s + max(outputs - 1.0, 0.0) * state.tpot_s) * factor))
    return [
        tuple((name, float(ttft[i]), float(e2e[i])) for name, (ttft, e2e) in zip(statistics, columns, strict=True))
        for i in range(len(index))
    ]


def _with_each(point: Point, latencies: tuple[tuple[str, float, float], ...]) -> Point:
    """Returns a point with its latencies by statistic, the largest of them in front."""
    if not latencies:
        return point
    return replace(point, latencies=latencies, ttft_ms=max(one[1] for one in latencies), e2e_ms=max(one[2] for one in latencies))


def network_classes(network_ms: Sequence[float]) -> list[float]:
    """Returns the network times that operating points are found for, each rounded up to its class; ms."""
    return sorted({-(-ms // NETWORK_STEP_MS) * NETWORK_STEP_MS for ms in network_ms})


def workload_lengths(instance: Instance, workload: Workload) -> Lengths:
    """Returns a workload's token lengths as the roofline takes them."""
    frame = instance.lengths[workload.workload]
    columns = (frame[name].to_numpy(dtype=float) for name in ("input_tokens", "output_tokens", "weight"))
    return Lengths.of(*columns)


def _strictest(
    candidates: Candidates,
    lengths: Lengths,
    asked: Sequence[Promise],
    efficiencies: Efficiencies,
    network_ms: float,
    cached_share: float,
    slowdown: np.ndarray,
    drafts: Drafts | None,
) -> service.Service:
    """Returns the steady state at the smallest of the batches that each promise allows, every time x `slowdown`."""
    found: service.Service | None = None
    for promise in asked:
        for factor in np.unique(slowdown):
            one = service.best_under_slo(
                candidates, lengths, promise.ttft_limit_s / factor, promise.tpot_limit_s / factor, promise.e2e_limit_s / factor,
                efficiencies, network_s=network_ms / MS_PER_S / factor, cached_share=cached_share,
                ttft_quantile=promise.ttft_quantile, tpot_margin=promise.tpot_margin, e2e_quantile=promise.e2e_quantile,
                drafts=drafts,
            )  # fmt: skip
            one = _slowed(one, slowdown, float(factor))
            found = one if found is None else _smaller(found, one)
    if found is None:
        raise ValueError("a workload without promises")
    return found


def _slowed(one: service.Service, slowdown: np.ndarray, factor: float) -> service.Service:
    """Returns times x factor where that is the candidate's factor; elsewhere an unlimited batch, never the smaller."""
    is_mine = slowdown == factor
    return replace(
        one, batch=np.where(is_mine, one.batch, np.inf), requests_per_s=one.requests_per_s / factor,
        tpot_s=one.tpot_s * factor, ttft_s=one.ttft_s * factor, e2e_s=one.e2e_s * factor,
    )  # fmt: skip


def _smaller(left: service.Service, right: service.Service) -> service.Service:
    """Returns per candidate the service of the smaller batch, with the larger latency where batches are equal."""
    take_left = (left.batch < right.batch) | ((left.batch == right.batch) & (left.ttft_s >= right.ttft_s))
    names = ("batch", "requests_per_s", "tpot_s", "ttft_s", "e2e_s", "bound", "limit")
    return service.Service(**{name: np.where(take_left, getattr(left, name), getattr(right, name)) for name in names})


def _point(workload: Workload, bench: Bench, position: int, served: service.Service, i: int, network_ms: float) -> Point:
    """Returns the point of candidate i; latencies are given without the network time they were judged with."""
    return Point(
        workload.workload, bench.places[position], float(served.batch[i]), float(served.requests_per_s[i]),
        float(served.ttft_s[i]) * MS_PER_S - network_ms, float(served.tpot_s[i]) * MS_PER_S,
        float(served.e2e_s[i]) * MS_PER_S - network_ms, network_ms, service.LIMITS[int(served.limit[i])], bench.sources[position],
    )  # fmt: skip


def user_points(
    instance: Instance, catalog: Catalog, places: Sequence[Place], eligible: Mapping[str, Sequence[Variant]]
) -> tuple[list[Point], set[tuple[str, str]]]:
    """Returns the user's own rates as points, and the (workload, place name) pairs that they replace.

    Raises InputError for a row of something that is no candidate, that the workload's lists or quality floor exclude, or
    whose own latencies break the workload's promises.
    """
    by_name = {place.name: place for place in places}
    points, replaced, faults = [], set(), []
    for line, row in enumerate(records(instance.tables["rates"]), start=2):
        name, where = _place_name(instance, catalog, row), f"{instance.settings.tables.rates}, line {line}"
        allowed = {variant.name for variant in eligible[str(row["workload"])]}
        if name not in by_name:
            faults.append(Fault(where, "a candidate variant, offered node type and legal layout of this instance", name))
        elif by_name[name].variant.name not in allowed:
            faults.append(
                Fault(where, f"a variant that {row['workload']} may use ({', '.join(sorted(allowed))})", str(row["variant"]))
            )
        else:
            replaced.add((str(row["workload"]), name))
            faults += _broken_promises(instance, row, where)
            if row["requests_per_s"] > 0:
                points.append(_user_point(instance, row, by_name[name]))
    if faults:
        raise InputError(faults)
    return points, replaced


def _broken_promises(instance: Instance, row: Mapping[str, Any], where: str) -> list[Fault]:
    """Returns a fault for each latency of a user's rate that is over the workload's promise."""
    workload = next(w for w in instance.settings.workloads if w.workload == row["workload"])
    if row["requests_per_s"] <= 0:
        return []
    given = [(target, row[f"{target.metric}_ms"]) for target in workload.slo]
    return [
        Fault(f"{where}, column {target.metric}_ms", f"at most the promised {target.ms:g} ms, or requests_per_s 0", str(ms))
        for target, ms in given
        if ms is not None and ms > target.ms
    ]


def _place_name(instance: Instance, catalog: Catalog, row: Mapping[str, Any]) -> str:
    model, _, precision = row["variant"].rpartition("@")
    variant = f"{model_name(instance, catalog, model)}@{precision_name(instance, catalog, model, precision)}"
    layout = Layout(*(int(row[name]) for name in ("tp", "pp", "ep", "dp")))
    return f"{variant}/{row['node_type']}/{layout.name}"


def _user_point(instance: Instance, row: Mapping[str, Any], place: Place) -> Point:
    """Returns a user's rate as a point; the network time left is what its own latencies leave of the promises."""
    workload = next(w for w in instance.settings.workloads if w.workload == row["workload"])
    names = ("ttft_ms", "tpot_ms", "e2e_ms", "batch")
    given = {name: float("nan") if row[name] is None else float(row[name]) for name in names}
    slack = [t.ms - given[f"{t.metric}_ms"] for t in workload.slo if t.metric != "tpot" and not np.isnan(given[f"{t.metric}_ms"])]
    return Point(
        workload.workload, place, given["batch"], float(row["requests_per_s"]), given["ttft_ms"],
        given["tpot_ms"], given["e2e_ms"], min(slack, default=float("nan")), "measured", "user",
    )  # fmt: skip
