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

FACTORS = (1.05, 1.1, 1.2, 1.35, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0, 1000.0)
"""Latency limits are tried at these multiples of what is promised: one of a workload's at a time, and all together."""
NODES_WIDE = 4
"""Nodes (and pipeline stages) of a replica that are tried where the instance permits fewer."""
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
    early: Mapping[str, Choice]
    """Choice by offer that stands for another one delivered earlier."""
    unlisted: Mapping[str, tuple[Choice, ...]]
    """Choices by offer that the instance does not shop for: its node type, its provider, or the offer itself."""
    unpermitted: Mapping[str, Choice]
    """Choice by option whose layout spans more nodes than the instance permits."""
    unservable: tuple[str, ...]
    """Workloads that no option serves at any step; they are left out of the coefficients."""


def loosened(instance: Instance, catalog: Catalog, calibration: Calibration, is_wide: bool = False) -> Loosened:
    """Returns the union of the options at every step of every promise; an option at loosened SLOs has its step in its name.

    Where `is_wide`, SLOs stay and the market is widened instead: every node type and provider of the catalog in the
    instance's regions, and replicas over several nodes. Raises UnsatisfiableError where nothing at all is on offer.
    """
    scores = score_table(instance, catalog)
    shopped = _wide(instance) if is_wide else instance
    parts = [
        (level, _renamed(found, level))
        for level in ([{}] if is_wide else _levels(instance))
        for found in _prepared(_open(shopped, level), catalog, calibration)
    ]
    if not parts:
        raise UnsatisfiableError([])
    tables = {name: _union([c[name] for _, c in parts], list(t.key)) for name, t in TABLES.items()}
    tables["scores"] = scores
    servable = set(tables["rates"]["workload"])
    tables["paths"] = path_table(_open(instance, {}), catalog)
    unservable = tuple(w.workload for w in instance.settings.workloads if w.workload not in servable)
    for name in ("demand", "pools", "paths"):
        tables[name] = tables[name][tables[name]["workload"].isin(servable)].reset_index(drop=True)
    steps = {option: level for level, c in parts for option in c["options"]["option"]}
    models = cache(partial(_model_tags, instance, catalog, scores))
    tags = {
        (w, o): (*_slo_tags(instance, w, steps[o]), *models(w, o.split("/")[0]))
        for w, o in tables["rates"][["workload", "option"]].itertuples(index=False, name=None)
    }
    pooled = {w for pool in instance.settings.pools for w in pool.workloads}
    tables["rates"] = undominated_rates(tables, tags, pooled)
    for name in ("options", "sites"):
        tables[name] = tables[name][tables[name]["option"].isin(tables["rates"]["option"])].reset_index(drop=True)
    early = _early(tables)
    closed, unlisted, unpermitted = _closed(instance, catalog), _unlisted(instance, tables), _unpermitted(instance, tables)
    return Loosened(checked_coefficients(tables), tags, closed, early, unlisted, unpermitted, unservable)


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
    names = ("option", "prefill_option", "decode_option")
    return {n: t.assign(**{name: t[name] + suffix for name in names if name in t.columns}) for n, t in tables.items()}


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

    Rules that tell models apart are left to the solve that confirms a relaxation. Replicas of pairs are all kept.
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
