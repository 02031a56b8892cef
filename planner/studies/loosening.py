"""Promises loosened on a grid: every option that an instance could have if one promise or another did not hold.

The options are regenerated with the SLOs at each factor of FACTORS, without quality floors and with every region of the
instance open. Each route that the instance as it is would not have is tagged with the promises that it breaks.
"""

import dataclasses
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

import pandas as pd

from planner.errors import UnsatisfiableError
from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance
from planner.inputs.workloads import Places, Workload
from planner.options.calibrated import Calibration
from planner.options.coefficients import TABLES, Coefficients, checked_coefficients
from planner.options.network import path_table
from planner.options.prepare import prepare
from planner.options.variants import benchmark_key, score_table
from planner.program.elastic import Choice

FACTORS = (1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
"""Latency limits are tried at these multiples of what is promised: one of a workload's at a time, and all together."""
NO_SCORE = "no score"
"""Step of a quality promise that admits a variant nobody has scored."""


Level = Mapping[int, float]
"""Factor on a workload's latency limit by its position in the workload's list."""


@dataclass(frozen=True, eq=False)
class Loosened:
    """Coefficients with every loosened option, and what each breaks."""

    coefficients: Coefficients
    tags: Mapping[tuple[str, str], tuple[Choice, ...]]
    """Choices by (workload, option): promises broken by serving the workload on the option."""
    closed: Mapping[tuple[str, str], Choice]
    """Choice by (workload, region) where the instance does not allow the region."""
    unservable: tuple[str, ...]
    """Workloads that no option serves at any step; their demand is left out."""


def loosened(instance: Instance, catalog: Catalog, calibration: Calibration) -> Loosened:
    """Returns the union of the options at every step of every promise; an option at loosened SLOs has its step in its name."""
    scores = score_table(instance, catalog)
    parts = [
        (level, _renamed(found, level))
        for level in _levels(instance)
        for found in _prepared(_open(instance, level), catalog, calibration)
    ]
    if not parts:
        raise UnsatisfiableError([])
    tables = {name: _union([c[name] for _, c in parts], list(t.key)) for name, t in TABLES.items()}
    tables["scores"] = scores
    servable = set(tables["rates"]["workload"])
    tables["paths"] = path_table(_open(instance, {}), catalog)
    unservable = tuple(w.workload for w in instance.settings.workloads if w.workload not in servable)
    tables["demand"] = instance.demand.assign(
        requests_per_s=instance.demand["requests_per_s"].where(~instance.demand["workload"].isin(unservable), 0.0)
    )
    steps = {option: level for level, c in parts for option in c["options"]["option"]}
    models = cache(partial(_model_tags, instance, catalog, scores))
    tags = {
        (w, o): (*_slo_tags(instance, w, steps[o]), *models(w, o.split("/")[0]))
        for w, o in tables["rates"][["workload", "option"]].itertuples(index=False, name=None)
    }
    pooled = {w for pool in instance.settings.pools for w in pool.workloads}
    tables["rates"] = _undominated(tables, tags, pooled)
    for name in ("options", "sites"):
        tables[name] = tables[name][tables[name]["option"].isin(tables["rates"]["option"])].reset_index(drop=True)
    coefficients = checked_coefficients(tables)
    return Loosened(coefficients, tags, _closed(instance, catalog), unservable)


def slo_promise(workload: Workload, position: int) -> str:
    """Returns the name of a latency promise."""
    target = workload.slo[position]
    return f"slo|{workload.workload}|{target.metric}|{target.statistic}"


def looseness(choice: Choice) -> float:
    """Returns a number by which the steps of one promise are ordered, the loosest last."""
    promise, step = choice
    if promise.startswith("quality|"):
        return math.inf if step == NO_SCORE else -float(step)
    return float(step) if promise.startswith(("slo|", "lead|")) else 0.0


def opened_by(choice: Choice, choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """Returns the choices that open what breaks `choice`: its step or a looser one; any other step is one of a kind."""
    if not choice[0].startswith(("slo|", "quality|", "lead|")):
        return (choice,)
    return tuple(c for c in choices if c[0] == choice[0] and looseness(c) >= looseness(choice))


def _levels(instance: Instance) -> list[Level]:
    """Returns the factors of each preparation: none, each promise of every workload alone, all together."""
    most = max(len(w.slo) for w in instance.settings.workloads)
    sets = [(i,) for i in range(most)] + ([tuple(range(most))] if most > 1 else [])
    return [{}, *(dict.fromkeys(chosen, factor) for chosen, factor in itertools.product(sets, FACTORS))]


def _open(instance: Instance, level: Level) -> Instance:
    """Returns the instance with SLOs at a level, no floors, no model lists and no region lists."""
    workloads = []
    for w in instance.settings.workloads:
        slo = tuple(t.model_copy(update={"ms": t.ms * level.get(i, 1.0)}) for i, t in enumerate(w.slo))
        open_to_all = {"slo": slo, "quality": None, "models_allow": (), "models_deny": (), "regions": Places()}
        workloads.append(w.model_copy(update=open_to_all))
    return dataclasses.replace(instance, settings=instance.settings.model_copy(update={"workloads": tuple(workloads)}))


def _prepared(instance: Instance, catalog: Catalog, calibration: Calibration) -> Iterator[Coefficients]:
    """Yields the coefficients of an instance; workload by workload (or pool) where one of them cannot be served."""
    try:
        yield prepare(instance, catalog, calibration, has_dominance=False).coefficients
    except UnsatisfiableError:
        units = _units(instance)
        for names in units if len(units) > 1 else []:
            yield from _prepared(_only(instance, names), catalog, calibration)


def _units(instance: Instance) -> list[set[str]]:
    pools = [set(pool.workloads) for pool in instance.settings.pools]
    pooled = set().union(*pools)
    return pools + [{w.workload} for w in instance.settings.workloads if w.workload not in pooled]


def _only(instance: Instance, names: set[str]) -> Instance:
    """Returns the instance with some of its workloads."""
    settings = instance.settings
    kept = {
        "workloads": tuple(w for w in settings.workloads if w.workload in names),
        "pools": tuple(p for p in settings.pools if set(p.workloads) <= names),
    }
    tables = {
        name: frame[frame["workload"].isin(names)] if name in ("rates", "paths") else frame
        for name, frame in instance.tables.items()
    }
    demand = instance.demand[instance.demand["workload"].isin(names)]
    return dataclasses.replace(instance, settings=settings.model_copy(update=kept), demand=demand, tables=tables)


def _renamed(c: Coefficients, level: Level) -> dict[str, pd.DataFrame]:
    """Returns the tables with the level in every option's name."""
    tables = {name: getattr(c, name) for name in TABLES}
    if not level:
        return tables
    suffix = "~" + "+".join(f"{position}*{factor:g}" for position, factor in level.items())
    return {n: t.assign(option=t["option"] + suffix) if "option" in t.columns else t for n, t in tables.items()}


def _union(frames: Sequence[pd.DataFrame], key: list[str]) -> pd.DataFrame:
    kept = [frame for frame in frames if len(frame)] or list(frames[:1])
    joined = pd.concat(kept, ignore_index=True)
    return joined.drop_duplicates(key, ignore_index=True) if key else joined.drop_duplicates(ignore_index=True)


def _slo_tags(instance: Instance, name: str, level: Level) -> list[Choice]:
    """Returns the latency promises of a workload that a level breaks; in a pool, those of every member."""
    members = next((set(p.workloads) for p in instance.settings.pools if name in p.workloads), {name})
    return [
        (slo_promise(w, i), f"{level[i]:g}")
        for w in instance.settings.workloads if w.workload in members
        for i in range(len(w.slo)) if i in level
    ]  # fmt: skip


def _model_tags(instance: Instance, catalog: Catalog, scores: pd.DataFrame, name: str, variant: str) -> list[Choice]:
    """Returns the floor and the model list that a workload breaks on a variant."""
    workload = next(w for w in instance.settings.workloads if w.workload == name)
    found: list[Choice] = []
    if workload.quality is not None:
        rows = scores[(scores["variant"] == variant) & (scores["benchmark"] == benchmark_key(instance, workload))]
        if rows.empty:
            found.append((f"quality|{name}", NO_SCORE))
        elif float(rows["score"].iloc[0]) < workload.quality.floor:
            found.append((f"quality|{name}", f"{math.floor(float(rows['score'].iloc[0]) * 10) / 10:g}"))
    allow = {catalog.resolve("model", m) for m in workload.models_allow}
    deny = {catalog.resolve("model", m) for m in workload.models_deny}
    model = variant.split("@")[0]
    if model in deny or (allow and model not in allow):
        found.append((f"models|{name}", model))
    return found


def _closed(instance: Instance, catalog: Catalog) -> dict[tuple[str, str], Choice]:
    """Returns the choice of each workload and region that its lists or its residency exclude."""
    paths = path_table(instance, catalog)
    rows = paths.loc[~paths["is_allowed"], ["workload", "region"]].itertuples(index=False, name=None)
    return {(w, r): (f"residency|{w}", r) for w, r in rows}


def _undominated(
    tables: Mapping[str, pd.DataFrame], tags: Mapping[tuple[str, str], tuple[Choice, ...]], pooled: set[str]
) -> pd.DataFrame:
    """Returns the rates without rows that whole replicas of another beat at no looser promises (see `options.dominance`).

    Rules that tell models apart are left to the solve that confirms a relaxation.
    """
    farthest = tables["paths"].groupby("workload")["network_ms"].max()
    rates = tables["rates"]
    joined = rates.merge(tables["options"][["option", "node_type", "gpus", "nodes_per_replica"]], on="option")
    joined["reach"] = joined["network_ms_max"].fillna(math.inf).clip(upper=joined["workload"].map(farthest))
    columns = ["gpus", "nodes_per_replica", "requests_per_s", "reach", "option"]
    keep: list[int] = []
    for (workload, _), rows in joined.groupby(["workload", "node_type"], sort=False):
        survivors: list[tuple[_Size, tuple[Choice, ...]]] = []
        listed = zip(rows.index.tolist(), rows[columns].to_numpy().tolist(), strict=True)
        ordered = sorted(listed, key=lambda row: (row[1][0], -row[1][2]))
        for at, (*size, option) in ordered:
            mine = tags[str(workload), option]
            if workload in pooled or not any(_beats(s, size) and _is_no_looser(other, mine) for s, other in survivors):
                survivors.append((size, mine))
                keep.append(at)
    return rates.iloc[sorted(keep)].reset_index(drop=True)


_Size = Sequence[float]
"""gpus, nodes per replica, requests/s, reach in ms."""


def _beats(left: _Size, right: _Size) -> bool:
    """Says whether whole replicas of the left size do at least as much, as far away, as one of the right."""
    times, rest = divmod(right[0], left[0])
    return not rest and left[1] in (1, right[1]) and times * left[2] >= right[2] and left[3] >= right[3]


def _is_no_looser(left: tuple[Choice, ...], right: tuple[Choice, ...]) -> bool:
    """Says whether whoever breaks `right` has broken `left`."""
    held = dict(right)
    return all(p in held and (held[p] == s or looseness((p, s)) < looseness((p, held[p]))) for p, s in left)
