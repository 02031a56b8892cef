"""Promises loosened on a grid: every option that an instance could have if one promise or another did not hold.

The operating points are found again with the SLOs at each factor of FACTORS (of the physical floor where one lies below it),
without quality floors and with every region of the instance open. Each route that the instance as it is would not have is
tagged with the promises that it breaks.
"""

import dataclasses
import itertools
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import pandas as pd

from planner.errors import UnsatisfiableError
from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance
from planner.inputs.workloads import Places, Workload
from planner.options.calibrated import Calibration
from planner.options.coefficients import TABLES, Coefficients, checked_coefficients
from planner.options.floor import floors
from planner.options.length_classes import class_table
from planner.options.network import path_table
from planner.options.pairing import pair_table, role_points
from planner.options.prepare import coefficients_of, option_table, rate_table
from planner.options.rates import network_classes, workload_lengths
from planner.options.served import Ground, ground_of, served
from planner.options.service import has_starts_priced
from planner.options.variants import benchmark_key, score_table
from planner.program.elastic import Choice

FACTORS = (1.05, 1.1, 1.2, 1.35, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0, 1000.0)
"""Latency limits are tried at these multiples of what is promised (of the least that can be promised, where that is more): one
of a workload's at a time, and all together."""
NODES_WIDE = 4
"""Nodes (and pipeline stages) of a replica that are tried where the instance permits fewer."""
NO_SCORE = "no score"
"""Step of a quality promise that admits a variant nobody has scored."""


DEMANDS_MOST = 1_000
"""Workloads times slots; with more, finding the options takes minutes by itself (300 workloads: three for one step of many)."""
RATES_MOST = 500_000
"""Rates that are left, times slots: the elastic program has about five columns for each (100,000 of them compile in 8 s)."""


class TooManyError(Exception):
    """There are more options at loosened promises than can be weighed."""

    def __init__(self, many: int, what: str, most: int) -> None:
        super().__init__(f"{many:,} {what} are too many to weigh ways out with (at most {most:,})")


Level = Mapping[int, float]
"""Factor on a workload's latency limit by its position in the workload's list."""
Bases = Mapping[tuple[str, int], float]
"""Physical floor over what is promised, by workload and position, where that is above 1."""


@dataclass(frozen=True, eq=False)
class Loosened:
    """Coefficients with every loosened option, and what each breaks."""

    coefficients: Coefficients
    tags: Mapping[tuple[str, str], tuple[Choice, ...]]
    """Choices by (workload, option): promises broken by serving the workload on the option."""
    closed: Mapping[tuple[str, str], Choice]
    """Choice by (workload, region) where the instance does not allow the region."""
    early: Mapping[str, Choice]
    """Choice by offer that stands for another one delivered earlier."""
    unlisted: Mapping[str, tuple[Choice, ...]]
    """Choices by offer that the instance does not shop for: its node type, its provider, or the offer itself."""
    unpermitted: Mapping[str, Choice]
    """Choice by option whose layout spans more nodes than the instance permits."""
    unservable: tuple[str, ...]
    """Workloads that no option serves at any step; they are left out of the coefficients."""
    is_cut: bool = False
    """Whether time ran out before the last step of latency."""


def loosened(
    instance: Instance, catalog: Catalog, calibration: Calibration, is_wide: bool = False, deadline: float = math.inf
) -> Loosened:
    """Returns the union of the options at every step of every promise; an option at loosened SLOs has its step in its name.

    Where `is_wide`, SLOs stay and the market is widened instead: every node type and provider of the catalog in the
    instance's regions, and replicas over several nodes. Steps that are not reached by `deadline` (on the monotonic clock) are
    left out. Raises UnsatisfiableError where nothing at all is on offer, TooManyError where too much is.
    """
    slots = len(instance.settings.horizon.periods) * len(instance.settings.horizon.blocks)
    demands = len(instance.settings.workloads) * slots
    if demands > DEMANDS_MOST:
        raise TooManyError(demands, "workloads by slot", DEMANDS_MOST)
    shopped = _open(_wide(instance) if is_wide else instance, {}, {})
    ground = ground_of(shopped, catalog, calibration)
    bases = {} if is_wide else _bases(instance, ground)
    parts, is_cut = _parts(shopped, catalog, ground, [{}] if is_wide else _levels(instance, bool(bases)), bases, deadline)
    scores = score_table(instance, catalog)
    tables = _union(parts)
    steps = {option: level for level, frames in parts for option in frames["options"]["option"]}
    models = cache(partial(_model_tags, instance, catalog, scores))
    tags = {
        (w, o): (*_slo_tags(instance, w, steps[o], bases), *models(w, o.split("/")[0]))
        for w, o in tables["rates"][["workload", "option"]].itertuples(index=False, name=None)
    }
    pooled = {w for pool in instance.settings.pools for w in pool.workloads}
    if not has_starts_priced(instance):
        tables["rates"] = undominated_rates({**tables, "paths": ground.paths}, tags, pooled)
    if len(tables["rates"]) * slots > RATES_MOST:
        raise TooManyError(len(tables["rates"]) * slots, "rates at loosened promises by slot", RATES_MOST)
    tables["options"] = tables["options"][tables["options"]["option"].isin(tables["rates"]["option"])].reset_index(drop=True)
    whole = coefficients_of(shopped, catalog, ground, tables["options"], tables["rates"], tables["pairs"], class_table(shopped))
    made, unservable = _servable(instance, {name: getattr(whole, name) for name in TABLES})
    made["scores"] = scores
    early = _early(made)
    closed, unlisted, unpermitted = _closed(instance, catalog), _unlisted(instance, made), _unpermitted(instance, made)
    return Loosened(checked_coefficients(made), tags, closed, early, unlisted, unpermitted, unservable, is_cut)


def _parts(
    shopped: Instance, catalog: Catalog, ground: Ground, levels: Sequence[Level], bases: Bases, deadline: float
) -> tuple[list[tuple[Level, dict[str, pd.DataFrame]]], bool]:
    """Returns options, rates and pairs at each level, and whether time ran out before the last one."""
    parts: list[tuple[Level, dict[str, pd.DataFrame]]] = []
    for level in levels:
        if parts and time.monotonic() > deadline:
            return parts, True
        found = served(_open(shopped, level, bases), catalog, ground)
        points = [*found.points, *role_points(found.pairs)]
        frames = {
            "options": option_table(points, ground.memory_gib), "rates": rate_table(points), "pairs": pair_table(found.pairs),
        }  # fmt: skip
        parts.append((level, _renamed(frames, level)))
    return parts, False


def _union(parts: Sequence[tuple[Level, Mapping[str, pd.DataFrame]]]) -> dict[str, pd.DataFrame]:
    """Returns the frames of all levels one after another, without rows that stand there already."""
    found = {}
    for name in ("options", "rates", "pairs"):
        kept = [frames[name] for _, frames in parts if len(frames[name])]
        if not kept and name != "pairs":
            raise UnsatisfiableError([])
        key = list(TABLES[name].key)
        found[name] = pd.concat(kept, ignore_index=True).drop_duplicates(key, ignore_index=True) if kept else parts[0][1][name]
    return found


def _servable(instance: Instance, tables: Mapping[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], tuple[str, ...]]:
    """Returns the tables without workloads that nothing serves, and their names."""
    able = set(tables["rates"]["workload"])
    kept = {name: t[t["workload"].isin(able)].reset_index(drop=True) for name, t in tables.items() if "workload" in t.columns}
    return {**tables, **kept}, tuple(w.workload for w in instance.settings.workloads if w.workload not in able)


def rounded_up(value: float) -> float:
    """Returns the least number of three digits at or above a positive value.

    >>> rounded_up(12345.0), rounded_up(0.0700001)
    (12400.0, 0.0701)
    """
    scale = 10.0 ** (math.floor(math.log10(value)) - 2)
    return float(f"{math.ceil(value / scale - 1e-9) * scale:.12g}")


def slo_promise(workload: Workload, position: int) -> str:
    """Returns the name of a latency promise."""
    target = workload.slo[position]
    return f"slo|{workload.workload}|{target.metric}|{target.statistic}"


def looseness(choice: Choice) -> float:
    """Returns a number by which the steps of one promise are ordered, the loosest last."""
    promise, step = choice
    if promise.startswith("quality|"):
        return math.inf if step == NO_SCORE else -float(step)
    return float(step) if promise.startswith(("slo|", "lead|", "layout|")) else 0.0


def opened_by(choice: Choice, choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """Returns the choices that open what breaks `choice`: its step or a looser one; any other step is one of a kind."""
    if not choice[0].startswith(("slo|", "quality|", "lead|", "layout|")):
        return (choice,)
    return tuple(c for c in choices if c[0] == choice[0] and looseness(c) >= looseness(choice))


def _levels(instance: Instance, has_bases: bool) -> list[Level]:
    """Returns the factors of each level: none, each promise of every workload alone, all together."""
    most = max(len(w.slo) for w in instance.settings.workloads)
    sets = [(i,) for i in range(most)] + ([tuple(range(most))] if most > 1 else [])
    factors = (1.0, *FACTORS) if has_bases else FACTORS
    return [{}, *(dict.fromkeys(chosen, factor) for factor, chosen in itertools.product(factors, sets))]


def _bases(instance: Instance, ground: Ground) -> dict[tuple[str, int], float]:
    """Returns what lifts each promise below the physical floor to it (rounded up to three digits)."""
    found: dict[tuple[str, int], float] = {}
    for w in instance.settings.workloads:
        if w.lengths is None:
            continue
        network_ms = network_classes(ground.paths.loc[ground.paths["workload"] == w.workload, "network_ms"].tolist())[0]
        index = np.arange(len(ground.bench.places))
        for i, floor in enumerate(floors(w, ground.bench, index, workload_lengths(instance, w), network_ms)):
            if floor.is_broken:
                found[w.workload, i] = rounded_up(floor.ms) / floor.target.ms
    return found


def _factor(workload: str, position: int, level: Level, bases: Bases) -> float:
    """Returns the factor on a latency limit at a level; 1 where the level leaves it."""
    return level[position] * bases.get((workload, position), 1.0) if position in level else 1.0


def _open(instance: Instance, level: Level, bases: Bases) -> Instance:
    """Returns the instance with SLOs at a level, no floors, no model lists and no region lists."""
    workloads = []
    for w in instance.settings.workloads:
        slo = tuple(t.model_copy(update={"ms": t.ms * _factor(w.workload, i, level, bases)}) for i, t in enumerate(w.slo))
        open_to_all = {"slo": slo, "quality": None, "models_allow": (), "models_deny": (), "regions": Places()}
        workloads.append(w.model_copy(update=open_to_all))
    return dataclasses.replace(instance, settings=instance.settings.model_copy(update={"workloads": tuple(workloads)}))


def _wide(instance: Instance) -> Instance:
    """Returns the instance with every node type and provider, and replicas over NODES_WIDE nodes."""
    supply = instance.settings.supply.model_copy(update={"node_types": (), "providers": (), "offers_deny": ()})
    wishes = instance.settings.deployment
    most = {name: max(getattr(wishes, name), NODES_WIDE) for name in ("pp_max", "nodes_per_replica_max")}
    update = {"supply": supply, "deployment": wishes.model_copy(update=most)}
    return dataclasses.replace(instance, settings=instance.settings.model_copy(update=update))


def _unlisted(instance: Instance, tables: Mapping[str, pd.DataFrame]) -> dict[str, tuple[Choice, ...]]:
    """Returns what opens each offer that the instance's lists leave out."""
    wishes, found = instance.settings.supply, {}
    for offer, node_type, provider in tables["offers"][["offer", "node_type", "provider"]].itertuples(index=False, name=None):
        choices: list[Choice] = []
        if wishes.node_types and node_type not in wishes.node_types:
            choices.append(("market|node type " + node_type, node_type))
        if wishes.providers and provider not in (*wishes.providers, "owned", "purchase"):
            choices.append(("market|provider " + provider, provider))
        if offer in wishes.offers_deny:
            choices.append(("market|offer " + offer, offer))
        if choices:
            found[str(offer)] = tuple(choices)
    return found


def _unpermitted(instance: Instance, tables: Mapping[str, pd.DataFrame]) -> dict[str, Choice]:
    """Returns what opens each option whose replicas span more nodes or pipeline stages than the instance permits."""
    wishes, found = instance.settings.deployment, {}
    for option, nodes, pp in tables["options"][["option", "nodes_per_replica", "pp"]].itertuples(index=False, name=None):
        if nodes > wishes.nodes_per_replica_max or pp > wishes.pp_max:
            found[str(option)] = ("layout|nodes per replica", f"{max(int(nodes), int(pp))}")
    return found


def _renamed(frames: dict[str, pd.DataFrame], level: Level) -> dict[str, pd.DataFrame]:
    """Returns the frames with the level in every option's name."""
    if not level:
        return frames
    suffix = "~" + "+".join(f"{position}*{factor:g}" for position, factor in level.items())
    names = ("option", "prefill_option", "decode_option")
    return {n: t.assign(**{name: t[name] + suffix for name in names if name in t.columns}) for n, t in frames.items()}


def _slo_tags(instance: Instance, name: str, level: Level, bases: Bases) -> list[Choice]:
    """Returns the latency promises of a workload that a level breaks; in a pool, those of every member."""
    members = next((set(p.workloads) for p in instance.settings.pools if name in p.workloads), {name})
    return [
        (slo_promise(w, i), f"{_factor(w.workload, i, level, bases):.9g}")
        for w in instance.settings.workloads if w.workload in members
        for i in range(len(w.slo)) if _factor(w.workload, i, level, bases) > 1
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


def _early(tables: dict[str, pd.DataFrame]) -> dict[str, Choice]:
    """Adds a twin of every offer for each earlier delivery; returns what each twin breaks."""
    found: dict[str, Choice] = {}
    late = tables["offers"].loc[tables["offers"]["lead_time_periods"] > 0, ["offer", "lead_time_periods"]]
    for offer, lead in late.itertuples(index=False, name=None):
        for earlier in range(1, int(lead) + 1):
            twin = f"{offer}~{earlier} earlier"
            found[twin] = (f"lead|{offer}", str(earlier))
            for name in ("offers", "prices", "supply", "sites"):
                rows = tables[name][tables[name]["offer"] == offer].assign(offer=twin)
                if name == "offers":
                    rows = rows.assign(lead_time_periods=int(lead) - earlier)
                tables[name] = pd.concat([tables[name], rows], ignore_index=True)
    return found


def undominated_rates(
    tables: Mapping[str, pd.DataFrame], tags: Mapping[tuple[str, str], tuple[Choice, ...]], pooled: set[str]
) -> pd.DataFrame:
    """Returns the rates without rows that whole replicas of another beat at no looser promises (see `options.dominance`).

    Not for where starts cost something. Rules that tell models apart are left to the solve that confirms a relaxation. Replicas
    of pairs are all kept.
    """
    farthest = tables["paths"].groupby("workload")["network_ms"].max()
    rates = tables["rates"]
    joined = rates.merge(tables["options"][["option", "node_type", "gpus", "nodes_per_replica", "role"]], on="option")
    joined["reach"] = joined["network_ms_max"].fillna(math.inf).clip(upper=joined["workload"].map(farthest))
    columns = ["gpus", "nodes_per_replica", "requests_per_s", "reach", "option"]
    keep: list[int] = []
    for (workload, _, role), rows in joined.groupby(["workload", "node_type", "role"], sort=False):
        survivors: list[tuple[_Size, tuple[Choice, ...]]] = []
        listed = zip(rows.index.tolist(), rows[columns].to_numpy().tolist(), strict=True)
        ordered = sorted(listed, key=lambda row: (row[1][0], -row[1][2]))
        for at, (*size, option) in ordered:
            mine = tags[str(workload), option]
            if (
                workload in pooled
                or role != "aggregated"
                or not any(_beats(s, size) and _is_no_looser(other, mine) for s, other in survivors)
            ):
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
