"""Faults of what the user brings beside the catalog: own models, own machines, workloads of unknown lengths."""

from collections.abc import Iterator, Mapping
from typing import Any

from planner.errors import Fault, InputError
from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance
from planner.tables import records


def unmodelled_faults(instance: Instance, catalog: Catalog) -> list[Fault]:
    """Returns every fault of candidates that are not modelled, of the offers table, and of workloads without lengths."""
    return [*_candidate_faults(instance, catalog), *_offer_faults(instance, catalog), *_length_faults(instance)]


def _candidate_faults(instance: Instance, catalog: Catalog) -> Iterator[Fault]:
    """Yields a fault for a candidate that is not modelled though the catalog has it, or whose name cannot be read back."""
    for position, candidate in enumerate(instance.settings.candidates):
        if candidate.is_modelled:
            continue
        where = instance.document.where(("candidates", position, "model"))
        try:
            catalog.resolve("model", candidate.model)
            yield Fault(where, "a name that the catalog does not have, where is_modelled is false", repr(candidate.model))
        except InputError:
            pass
        for text in (candidate.model, *candidate.precisions):
            if {"@", "/"} & set(text):
                yield Fault(where, "names without @ and /", repr(text))


def _offer_faults(instance: Instance, catalog: Catalog) -> Iterator[Fault]:
    """Yields a fault for an own offer that the catalog has, is told twice in two ways, or stands nowhere."""
    file = instance.settings.tables.offers or "offers"
    known = set(catalog.offers["offer"])
    machines: dict[str, tuple[object, ...]] = {}
    counts_power = _counts_power(instance)
    for line, row in enumerate(records(instance.tables["offers"]), start=2):
        where = f"{file}, line {line}, column"
        machine = tuple(row[name] for name in ("accelerator", "accelerators", "vendor", "power_kw"))
        if row["offer"] in known:
            yield Fault(f"{where} offer", "a name that no offer of the catalog has", repr(row["offer"]))
        if row["node_type"] in catalog.node_types:
            expected = "a machine that the catalog does not have (prices of one it has: table prices)"
            yield Fault(f"{where} node_type", expected, repr(row["node_type"]))
        if machines.setdefault(str(row["node_type"]), machine) != machine:
            told = ", ".join(map(str, machines[str(row["node_type"])]))
            yield Fault(f"{where} node_type", f"{told} as in the first row of {row['node_type']}", ", ".join(map(str, machine)))
        if row["region"] not in instance.settings.regions:
            yield Fault(
                f"{where} region", f"a region of this instance ({', '.join(instance.settings.regions)})", repr(row["region"])
            )
        if row["power_kw"] is None and counts_power:
            yield Fault(f"{where} power_kw", f"kW, as {counts_power} counts it", "an empty cell")
        yield from _name_faults(where, row)


def _counts_power(instance: Instance) -> str:
    """Returns what counts the power of nodes, empty where nothing does."""
    if instance.settings.money.carbon_usd_per_tonne > 0:
        return "money.carbon_usd_per_tonne"
    if instance.settings.goal.kind not in ("least_cost", "most_served"):
        return f"goal {instance.settings.goal.kind}"
    return next((f"limit {limit.limit}" for limit in instance.settings.limits if limit.kind in ("power_kw", "carbon_kg")), "")


def _name_faults(where: str, row: Mapping[str, Any]) -> Iterator[Fault]:
    for name in ("offer", "node_type", "accelerator", "provider"):
        text, bad = str(row[name]), {",", "|"} if name == "offer" else {",", "|", "/"}
        if bad & set(text) or text.startswith(("owned/", "purchase/")):
            yield Fault(
                f"{where} {name}", f"a name without {' and '.join(sorted(bad))} that no owned or bought lot has", repr(text)
            )


def _length_faults(instance: Instance) -> Iterator[Fault]:
    """Yields a fault for a workload without lengths that has no rates of its own, or pays by its tokens."""
    rated = set(instance.tables["rates"]["workload"])
    for position, workload in enumerate(instance.settings.workloads):
        if workload.lengths is not None:
            continue
        where = instance.document.where(("workloads", position, "lengths"))
        if workload.workload not in rated:
            yield Fault(where, "token lengths, or rows of the workload in the rates table", "neither")
        needed = {
            "money.egress_usd_per_gb": instance.settings.money.egress_usd_per_gb > 0,
            "api_allow": bool(workload.api_allow), "length_buckets": workload.length_buckets > 1,
            "cascade": workload.cascade is not None,
        }  # fmt: skip
        for name, is_asked in needed.items():
            if is_asked:
                yield Fault(where, f"token lengths, as {name} needs them", "null")


def own_names(instance: Instance, column: str) -> list[str]:
    """Returns the values of a column of the instance's offers table."""
    return [str(value) for value in instance.tables["offers"][column]]
