"""Wishes about traffic that must make sense before anything is computed: API offers, cascades, mean quality floors, classes."""

from collections.abc import Iterator

from planner.errors import Fault, InputError
from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance
from planner.inputs.unmodelled import model_name


def service_faults(instance: Instance, catalog: Catalog) -> list[Fault]:
    """Returns every fault of the wishes about traffic: unknown API offers, laws and models, wishes that exclude each other."""
    return [
        *_api_faults(instance, catalog),
        *_cap_faults(instance, catalog),
        *_cascade_faults(instance, catalog),
        *_part_faults(instance),
        *_mean_faults(instance, catalog),
        *_class_faults(instance),
        *_headroom_faults(instance),
    ]


def _api_faults(instance: Instance, catalog: Catalog) -> Iterator[Fault]:
    """Yields a fault for an API offer that does not exist, that the workload's lists exclude, or whose law is not known."""
    models = dict(zip(catalog.api_prices["api_offer"], catalog.api_prices["model"], strict=True))
    sellers = dict(zip(catalog.api_prices["api_offer"], catalog.api_prices["provider"], strict=True))
    for position, workload in enumerate(instance.settings.workloads):
        where, lists = instance.document.where(("workloads", position, "api_allow")), workload.regions
        for offer in workload.api_allow:
            if offer not in models:
                yield Fault(where, "an API offer of the catalog (planner catalog list api_prices)", repr(offer))
                continue
            if models[offer] in _resolved(instance, catalog, workload.models_deny):
                yield Fault(where, "an offer of a model that models_deny does not name", repr(offer))
            if lists.allow or lists.deny:
                yield Fault(where, "no API offers beside regions.allow or regions.deny: a seller names no region", repr(offer))
            law = instance.settings.supply.api_jurisdictions.get(sellers[offer], "")
            if lists.jurisdictions and law not in lists.jurisdictions:
                known = f"jurisdiction {law}" if law else "unknown, and what is not known is not allowed"
                expected = f"a seller under {', '.join(lists.jurisdictions)}, stated in supply.api_jurisdictions"
                yield Fault(where, expected, f"{sellers[offer]}: {known}")


def _cap_faults(instance: Instance, catalog: Catalog) -> Iterator[Fault]:
    """Yields a fault for a rate cap or a tier of an unknown API offer, and for a law of a seller that sells nothing."""
    known = set(catalog.api_prices["api_offer"])
    for name in ("api_caps", "api_tiers"):
        file = getattr(instance.settings.tables, name) or name
        for line, offer in enumerate(instance.tables[name]["api_offer"], start=2):
            if offer not in known:
                yield Fault(f"{file}, line {line}, column api_offer", "an API offer of the catalog", repr(offer))
    sellers = set(catalog.api_prices["provider"])
    for seller in instance.settings.supply.api_jurisdictions:
        if seller not in sellers:
            where = instance.document.where(("supply", "api_jurisdictions", seller))
            yield Fault(where, "a seller of the catalog's api_prices", repr(seller))


def _cascade_faults(instance: Instance, catalog: Catalog) -> Iterator[Fault]:
    """Yields a fault for first models that are no candidates, and for a cascade that must also be in one place."""
    candidates = _resolved(instance, catalog, tuple(c.model for c in instance.settings.candidates))
    models = dict(zip(catalog.api_prices["api_offer"], catalog.api_prices["model"], strict=True))
    for position, workload in enumerate(instance.settings.workloads):
        if workload.cascade is None:
            continue
        where = instance.document.where(("workloads", position, "cascade"))
        known = candidates | {models.get(offer, "") for offer in workload.api_allow}
        for name in workload.cascade.first:
            if not _resolved(instance, catalog, (name,)) & known:
                yield Fault(where, "first models among the candidates or the API offers that may serve it", repr(name))
        if not workload.cascade.first:
            yield Fault(where, "at least one model that answers first", "none")
        if workload.is_indivisible:
            yield Fault(where, "no cascade where all traffic must be in one place (is_indivisible)", "both")


def _part_faults(instance: Instance) -> Iterator[Fault]:
    """Yields a fault for traffic in parts that also moves between blocks, or of which a share is asked again."""
    for position, workload in enumerate(instance.settings.workloads):
        where = instance.document.where(("workloads", position, "slices"))
        if workload.slices > 0 and workload.is_interruptible:
            yield Fault(where, "no slices where requests may wait for another block (is_interruptible)", "both")
        if workload.slices > 0 and workload.cascade is not None:
            yield Fault(where, "no slices where a share of the answers is asked again (cascade)", "both")


def _mean_faults(instance: Instance, catalog: Catalog) -> Iterator[Fault]:
    """Yields a fault for a mean quality floor without a benchmark that one reporter has scored, or with an unknown pool."""
    settings = instance.settings
    pooled = {name: pool.pool for pool in settings.pools for name in pool.workloads}
    pools = {pooled.get(w.workload, w.workload) for w in settings.workloads}
    own = set(instance.tables["scores"]["benchmark"])
    for position, limit in enumerate(settings.limits):
        if limit.kind != "mean_quality_floor":
            continue
        where = instance.document.where(("limits", position))
        rows = catalog.quality[catalog.quality["benchmark"] == limit.benchmark]
        reporters, asked = sorted(set(rows["reported_by"])), settings.quality.reported_by
        if limit.benchmark not in own and not reporters:
            yield Fault(where, "a benchmark of the catalog or of the scores table", repr(limit.benchmark))
        elif limit.benchmark not in own and asked not in reporters and (asked or len(reporters) > 1):
            yield Fault(where, f"quality.reported_by one of {', '.join(reporters[:8])} for {limit.benchmark}", repr(asked))
        if limit.scope and limit.scope not in pools:
            yield Fault(where, f"a scope among the pools {', '.join(sorted(pools)[:8])}, or none", repr(limit.scope))


def _headroom_faults(instance: Instance) -> Iterator[Fault]:
    """Yields a fault where replicas that share a queue must also bear surges: no curve says how both go together."""
    settings = instance.settings
    if settings.service.pooled_headroom and settings.risk.robust_budget > 0:
        where = instance.document.where(("service", "pooled_headroom"))
        yield Fault(where, "no pooled headroom beside risk.robust_budget", "both")


def _class_faults(instance: Instance) -> Iterator[Fault]:
    """Yields a fault for length classes that the lengths cannot make, or that cannot be had beside another wish."""
    settings = instance.settings
    pooled = {name for pool in settings.pools for name in pool.workloads}
    scopes = {limit.scope for limit in settings.limits if limit.kind in ("mean_quality_floor", "spare_replicas")}
    rated, names = set(instance.tables["rates"]["workload"]), [w.workload for w in settings.workloads]
    for position, w in enumerate(settings.workloads):
        if w.length_buckets == 1 or w.lengths is None:
            continue  # lengths that are not known have a fault of their own
        lengths = instance.lengths.get(w.workload)
        is_one = lengths is not None and lengths.loc[lengths["weight"] > 0, "input_tokens"].nunique() < 2
        apart = {
            "a histogram or a trace with prompts of different lengths, to cut into classes": is_one,
            "no pool: its replicas are sized for the heaviest member all the same": w.workload in pooled,
            "no slices: a part would be of one class": w.slices > 0,
            "not is_indivisible: classes go apart": w.is_indivisible,
            "no limit with the workload as its scope: classes have pools of their own": w.workload in scopes,
            f"rates rows by length class ({w.workload}#1, ...)": w.workload in rated,
            f"no other workload named {w.workload}#...": any(n.startswith(f"{w.workload}#") for n in names),
        }  # fmt: skip
        for expected, is_broken in apart.items():
            if is_broken:
                where = instance.document.where(("workloads", position, "length_buckets"))
                yield Fault(where, f"with length_buckets {expected}", f"both, for {w.workload}")


def _resolved(instance: Instance, catalog: Catalog, names: tuple[str, ...]) -> set[str]:
    """Returns the canonical names of models, unknown ones left out: they have a fault of their own."""
    found = set()
    for name in names:
        try:
            found.add(model_name(instance, catalog, name))
        except InputError:
            continue
    return found
