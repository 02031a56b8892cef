"""Names that must exist in the catalog, and sums that must match: all faults at once."""

from collections.abc import Iterable, Iterator, Set

from planner.errors import Fault, InputError
from planner.inputs.catalog import Catalog
from planner.inputs.deployment_checks import deployment_faults
from planner.inputs.instance import Instance
from planner.inputs.service_checks import service_faults
from planner.inputs.unmodelled import model_name, unmodelled_models
from planner.inputs.unmodelled_checks import own_names, unmodelled_faults


def crosscheck_faults(instance: Instance, catalog: Catalog) -> list[Fault]:
    """Returns every name of the instance that the catalog does not know, and where it stands."""
    return [
        *_settings_faults(instance, catalog),
        *_workload_faults(instance, catalog),
        *_pool_faults(instance),
        *_limit_faults(instance, catalog),
        *_table_faults(instance, catalog),
        *_tier_faults(instance, catalog),
        *unmodelled_faults(instance, catalog),
        *service_faults(instance, catalog),
        *deployment_faults(instance),
    ]


RESERVED_LIMITS = frozenset(
    {
        "utilisation_max", "terminal_use_share", "carbon_usd_per_tonne", "switching_usd_per_node", "discount_rate_per_year",
        "spot_interruption_share", "migration_usd_per_replica",
    }
)  # fmt: skip
"""Names of scalars that stand in the same coefficient table as the policy limits."""


def _tier_faults(instance: Instance, catalog: Catalog) -> Iterator[Fault]:
    """Yields a fault for volume tiers of an offer on demand that a savings plan covers."""
    supply, offers = instance.settings.supply, catalog.offers.set_index("offer")
    plans = catalog.savings_plans[~catalog.savings_plans["savings_plan"].isin(supply.offers_deny)]
    sellers = set(plans["provider"]) if "savings_plan" in supply.terms else set()
    for line, offer in enumerate(instance.tables["price_tiers"]["offer"], start=2):
        if offer in offers.index and offers["provider"][offer] in sellers and offers["term"][offer] == "on_demand":
            where = f"{instance.settings.tables.price_tiers}, line {line}, column offer"
            yield Fault(where, "an offer that no savings plan covers (supply.offers_deny may name plans)", repr(offer))


def _limit_faults(instance: Instance, catalog: Catalog) -> Iterator[Fault]:
    """Yields a fault for a limit with a reserved name, an unknown period, or a scope that its kind does not know."""
    settings, where = instance.settings, instance.document.where
    pools = {pool.pool for pool in settings.pools}
    pooled = {name for pool in settings.pools for name in pool.workloads}
    pools |= {w.workload for w in settings.workloads} - pooled
    region = (settings.regions, "region of this instance")
    nobody: tuple[Iterable[str], str] = ((), "limit of all together, without a scope")
    accelerator = ([*catalog.accelerators, *own_names(instance, "accelerator")], "accelerator")
    scopes: dict[str, tuple[Iterable[str], str]] = {
        "power_kw": region, "carbon_kg": region, "region_share_max": region, "region_loss_service_share": region,
        "options_max": region, "models_max": region,
        "accelerator_share_max": accelerator, "accelerators_max": accelerator,
        "vendor_share_max": ({row.vendor for row in catalog.accelerators.values()}, "vendor"),
        "provider_share_max": ([*catalog.providers["provider"], "owned", "purchase"], "provider"),
        "spare_replicas": (pools, "pool"), "budget_usd": nobody, "spot_share_max": nobody,
    }  # fmt: skip
    periods = [p.period for p in settings.horizon.periods]
    for i, limit in enumerate(settings.limits):
        at = {name: where(("limits", i, name)) for name in ("limit", "period", "scope", "value")}
        if limit.limit in RESERVED_LIMITS:
            yield Fault(at["limit"], f"a name other than {', '.join(sorted(RESERVED_LIMITS))}", repr(limit.limit))
        if limit.period:
            yield from _exact(periods, "period", [(at["period"], limit.period)])
        if limit.scope and limit.kind in scopes:
            yield from _exact(*scopes[limit.kind], [(at["scope"], limit.scope)])
        if limit.kind.endswith(("_share_max", "_service_share")) and limit.value > 1:
            yield Fault(at["value"], "a share from 0 to 1", f"{limit.value:g}")
        if limit.kind in ("options_max", "models_max") and (limit.value < 1 or limit.value % 1):
            yield Fault(at["value"], "a whole number, at least 1", f"{limit.value:g}")
        if limit.kind == "spare_replicas" and limit.value % 1:
            yield Fault(at["value"], "a whole number of replicas", f"{limit.value:g}")


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _unknown(catalog: Catalog, kind: str, names: Iterable[tuple[str, str]]) -> Iterator[Fault]:
    """Yields a fault for each (where, name) that the catalog cannot resolve."""
    for where, name in names:
        try:
            catalog.resolve(kind, name)
        except InputError as error:
            for fault in error.faults:
                yield Fault(where, f"{_a(kind.replace('_', ' '))} of the catalog: {fault.expected}", fault.found)


def _exact(known: Iterable[str], kind: str, names: Iterable[tuple[str, str]]) -> Iterator[Fault]:
    """Yields a fault for each (where, name) that is not one of the known names."""
    valid = set(known)
    shown = ", ".join(sorted(valid)[:12]) + (", ..." if len(valid) > 12 else "")
    for where, name in names:
        if name not in valid:
            yield Fault(where, f"{_a(kind)} ({shown})", repr(name))


def _settings_faults(instance: Instance, catalog: Catalog) -> Iterator[Fault]:
    settings, where = instance.settings, instance.document.where
    regions = catalog.regions["region"]
    yield from _exact(regions, "region", ((where(("regions", i)), r) for i, r in enumerate(settings.regions)))
    for i, candidate in enumerate(settings.candidates):
        if not candidate.is_modelled:
            continue
        yield from _unknown(catalog, "model", [(where(("candidates", i, "model")), candidate.model)])
        at = where(("candidates", i, "precisions"))
        yield from _unknown(catalog, "precision", ((at, name) for name in candidate.precisions))
    supply = settings.supply
    if "savings_plan" in supply.terms and "on_demand" not in supply.terms:
        terms = f"[{', '.join(supply.terms)}]"
        yield Fault(where(("supply", "terms")), "on_demand beside savings_plan, which pays for nodes rented on demand", terms)
    known: dict[str, tuple[Iterable[str], str]] = {
        "node_types": (catalog.node_types, "node type"),
        "providers": (catalog.providers["provider"], "provider"),
        "offers_deny": ([*catalog.offers["offer"], *catalog.savings_plans["savings_plan"]], "offer"),
        "purchase_regions": (settings.regions, "region of this instance"),
    }
    for key, (valid, kind) in known.items():
        yield from _exact(valid, kind, ((where(("supply", key, i)), n) for i, n in enumerate(getattr(supply, key))))
    trends = [name for name in supply.price_change_per_year if name != "default"]
    yield from _exact(catalog.accelerators, "accelerator", ((where(("supply", "price_change_per_year", n)), n) for n in trends))


def _workload_faults(instance: Instance, catalog: Catalog) -> Iterator[Fault]:
    for position in range(len(instance.settings.workloads)):
        yield from _region_faults(instance, catalog, position)
        yield from _model_faults(instance, catalog, position)
        yield from _floor_faults(instance, catalog, position)


def _region_faults(instance: Instance, catalog: Catalog, position: int) -> Iterator[Fault]:
    """Yields a fault for an origin, region or jurisdiction of a workload that does not exist."""
    settings, at = instance.settings, instance.document.where
    workload, place = settings.workloads[position], ("workloads", position)
    yield from _exact(catalog.regions["region"], "region", [(at((*place, "origin")), workload.origin)])
    known: dict[str, tuple[Iterable[str], str]] = {
        "allow": (settings.regions, "region of this instance"),
        "deny": (settings.regions, "region of this instance"),
        "jurisdictions": (catalog.regions["jurisdiction"], "jurisdiction"),
    }
    for key, (valid, kind) in known.items():
        where = at((*place, "regions", key))
        yield from _exact(valid, kind, ((where, name) for name in getattr(workload.regions, key)))


def _model_faults(instance: Instance, catalog: Catalog, position: int) -> Iterator[Fault]:
    """Yields a fault for a listed model that is unknown, or allowed without being a candidate."""
    settings, workload = instance.settings, instance.settings.workloads[position]
    own = unmodelled_models(instance)
    candidates = {model_name(instance, catalog, c.model) for c in settings.candidates if _resolves(catalog, c.model, own)}
    where = instance.document.where(("workloads", position, "models_allow"))
    for name in workload.models_allow:
        yield from _unknown(catalog, "model", [(where, name)] if name not in own else [])
        if _resolves(catalog, name, own) and model_name(instance, catalog, name) not in candidates:
            yield Fault(where, "a model among the candidates", repr(name))
    where = instance.document.where(("workloads", position, "models_deny"))
    yield from _unknown(catalog, "model", ((where, name) for name in workload.models_deny if name not in own))


def _floor_faults(instance: Instance, catalog: Catalog, position: int) -> Iterator[Fault]:
    """Yields the faults of a workload's quality floor: a benchmark nobody reports, or reporters left open."""
    floor = instance.settings.workloads[position].quality
    if floor is None:
        return
    known = set(catalog.quality["benchmark"]) | set(instance.tables["scores"]["benchmark"])
    where = instance.document.where(("workloads", position, "quality", "benchmark"))
    yield from _exact(known, "benchmark of the catalog or of the scores table", [(where, floor.benchmark)])
    yield from _reporter_faults(instance, catalog, position)


def _pool_faults(instance: Instance) -> Iterator[Fault]:
    """Yields a fault for a pool that is named like a workload, or that holds an unknown or already pooled one."""
    settings, where = instance.settings, instance.document.where
    workloads = {w.workload for w in settings.workloads}
    pooled: set[str] = set()
    for i, pool in enumerate(settings.pools):
        if pool.pool in workloads:
            yield Fault(where(("pools", i, "pool")), "a name that no workload has", repr(pool.pool))
        for name in pool.workloads:
            if name not in workloads or name in pooled:
                yield Fault(where(("pools", i, "workloads")), "workloads of this instance, each in one pool", repr(name))
            pooled.add(name)


def _reporter_faults(instance: Instance, catalog: Catalog, position: int) -> Iterator[Fault]:
    """Yields a fault where a floor names no reporter and several have scored its benchmark: sources are never mixed."""
    floor = instance.settings.workloads[position].quality
    if floor is None or floor.benchmark in set(instance.tables["scores"]["benchmark"]):
        return
    rows = catalog.quality[catalog.quality["benchmark"] == floor.benchmark]
    reporters = sorted(set(rows["reported_by"]))
    asked = floor.reported_by or instance.settings.quality.reported_by
    if reporters and asked not in reporters and (asked or len(reporters) > 1):
        where = instance.document.where(("workloads", position, "quality"))
        yield Fault(where, f"reported_by one of {', '.join(reporters[:8])} for {floor.benchmark}", repr(asked))


def _resolves(catalog: Catalog, model: str, own: Set[str]) -> bool:
    """Says whether a name is a model of the catalog or one of the candidates that are not modelled."""
    if model in own:
        return True
    try:
        catalog.resolve("model", model)
    except InputError:
        return False
    return True


def _table_faults(instance: Instance, catalog: Catalog) -> Iterator[Fault]:
    """Yields the faults of the optional tables: unknown names, by row."""
    settings = instance.settings
    periods = [p.period for p in settings.horizon.periods]
    node_types = [*catalog.node_types, *own_names(instance, "node_type")]
    known: dict[str, list[str]] = {
        "node_type": node_types, "region": list(settings.regions), "period": [*periods, "*"],
        "provider": [*catalog.providers["provider"], *own_names(instance, "provider"), "owned", "purchase", "*"],
        "workload": [w.workload for w in settings.workloads], "first_period": [*periods, ""], "last_period": [*periods, ""],
    }  # fmt: skip
    for name, frame in instance.tables.items():
        if name == "offers":
            continue  # names of the user's own
        file = getattr(settings.tables, name) or name
        for column, valid in known.items():
            if column in frame.columns:
                wild = [*valid, "*"] if name == "supply" else valid
                wild = [*wild, *_class_names(instance)] if (name, column) == ("rates", "workload") else wild
                wild = list(catalog.node_types) if (name, column) == ("owned", "node_type") else wild
                cells = ((f"{file}, line {line}, column {column}", str(v)) for line, v in enumerate(frame[column], start=2))
                yield from _exact(wild, column.replace("_", " "), cells)
    yield from _price_faults(instance, catalog)
    yield from _variant_faults(instance, catalog)


def _class_names(instance: Instance) -> list[str]:
    """Returns every name that a length class of the instance may have: `chat#1`."""
    asked = [(w.workload, w.length_buckets) for w in instance.settings.workloads if w.length_buckets > 1]
    return [f"{name}#{number}" for name, count in asked for number in range(1, count + 1)]


def _price_faults(instance: Instance, catalog: Catalog) -> Iterator[Fault]:
    """Yields a fault for a price or supply row of an offer that does not exist."""
    offers = set(catalog.offers["offer"]) | {f"owned/{lot}" for lot in instance.tables["owned"]["owned"]}
    offers |= set(own_names(instance, "offer"))
    offers |= {f"purchase/{n}/{r}" for n in catalog.purchases["node_type"] for r in instance.settings.supply.purchase_regions}
    for name, wild in (("prices", set()), ("supply", {"*"}), ("price_tiers", set()), ("orders_min", set())):
        file = getattr(instance.settings.tables, name) or name
        for line, offer in enumerate(instance.tables[name]["offer"], start=2):
            if offer not in offers | wild:
                yield Fault(
                    f"{file}, line {line}, column offer", "an offer of the catalog (planner catalog list offers)", repr(offer)
                )


def _variant_faults(instance: Instance, catalog: Catalog) -> Iterator[Fault]:
    """Yields a fault for a rates or scores row whose variant does not exist; a score may also name a model."""
    for name in ("rates", "scores"):
        file = getattr(instance.settings.tables, name) or name
        for line, variant in enumerate(instance.tables[name]["variant"], start=2):
            where = f"{file}, line {line}, column variant"
            model, at, precision = str(variant).partition("@")
            if model in unmodelled_models(instance):
                continue
            if name == "rates" and not at:
                yield Fault(where, "model@precision", repr(variant))
                continue
            yield from _unknown(catalog, "model", [(where, model)])
            if at:
                yield from _unknown(catalog, "precision", [(where, precision)])
