"""Only what the instance lets one use is used."""

import pandas as pd

from planner.inputs.instance import Instance
from planner.plan.audit_input import AuditInput, canonical
from planner.plan.finding import Checked, Finding, joined, told


def candidates(found: AuditInput) -> Checked:
    """Variants in use are candidates and on the workload's model lists; layouts and offers in use keep the instance's limits."""
    if found.instance is None:
        return Checked(0)
    parts = (_variants, _layouts, _roles, _drafts, _offers)
    return joined(*(part(found, found.instance) for part in parts))


def _variants(found: AuditInput, instance: Instance) -> Checked:
    def model(name: str) -> str:
        return canonical(found.catalog, "model", name)

    allowed = {
        (model(c.model), canonical(found.catalog, "precision", p)) for c in instance.settings.candidates for p in c.precisions
    }
    only = {w.workload: {model(name) for name in w.models_allow} for w in instance.settings.workloads}
    never = {w.workload: {model(name) for name in w.models_deny} for w in instance.settings.workloads}
    served = found.traffic[["workload", "model", "precision"]].drop_duplicates()
    is_right = [
        (name.lower(), precision.lower()) in allowed
        and (not only.get(workload) or name.lower() in only[workload])
        and name.lower() not in never.get(workload, set())
        for workload, name, precision in (map(str, row) for row in served.itertuples(index=False, name=None))
    ]
    return told(
        "candidates",
        len(served),
        served[~pd.Series(is_right, index=served.index, dtype=bool)],
        lambda row: Finding(
            "candidates",
            f"model that serves {row.workload}",
            "a candidate that its model lists permit",
            f"{row.model}@{row.precision}",
        ),
    )


def _layouts(found: AuditInput, instance: Instance) -> Checked:
    """Layouts keep tp_max, pp_max and nodes_per_replica_max; rates that the user states may go beyond."""
    most = instance.settings.deployment
    used = found.options[found.options["option"].isin(found.tables.deployments["option"])]
    rates = found.coefficients.rates
    own = set(rates.loc[rates["source"] == "user", "option"])
    is_right = (
        (used["tp"] <= most.tp_max) & (used["pp"] <= most.pp_max) & (used["nodes_per_replica"] <= most.nodes_per_replica_max)
    ) | used["option"].isin(own)
    return told(
        "candidates",
        len(used),
        used[~is_right],
        lambda row: Finding(
            "candidates",
            f"layout of {row.option}",
            f"tp <= {most.tp_max}, pp <= {most.pp_max}, nodes <= {most.nodes_per_replica_max}",
            f"tp {row.tp:g}, pp {row.pp:g}, nodes {row.nodes_per_replica:g}",
        ),
    )


def _roles(found: AuditInput, instance: Instance) -> Checked:
    """Replicas have roles that the instance allows; those of the user's own rates do everything."""
    used = found.options[found.options["option"].isin(found.tables.deployments["option"])]
    rates = found.coefficients.rates
    own = set(rates.loc[rates["source"] == "user", "option"])
    roles = instance.settings.deployment.roles
    return told(
        "candidates",
        len(used),
        used[~(used["role"].isin(roles) | used["option"].isin(own))],
        lambda row: Finding("candidates", f"role of {row.option}", f"one of {', '.join(roles)}", str(row.role)),
    )


def _drafts(found: AuditInput, instance: Instance) -> Checked:
    """Tokens are drafted only where the instance asks for it, with an acceptance that the catalog has for the model."""
    used = found.options[found.options["option"].isin(found.tables.deployments["option"]) & (found.options["draft_tokens"] > 0)]
    key = ["model", "draft", "draft_tokens", "acceptance"]
    listed = found.catalog.get("drafts", pd.DataFrame(columns=key)).reindex(columns=key)
    known = {(str(m), str(d), float(k), float(a)) for m, d, k, a in listed.itertuples(index=False, name=None)}
    rows = used[["model", "draft", "draft_tokens", "draft_acceptance"]].itertuples(index=False, name=None)
    is_right = [instance.settings.deployment.speculative and (str(m), str(d), float(k), float(a)) in known for m, d, k, a in rows]
    return told(
        "candidates",
        len(used),
        used[~pd.Series(is_right, index=used.index, dtype=bool)],
        lambda row: Finding(
            "candidates",
            f"drafts of {row.option}",
            "speculative decoding asked for, and its acceptance in the catalog",
            f"{row.draft} with {row.draft_tokens:g} tokens at {row.draft_acceptance:g}",
        ),
    )


def _offers(found: AuditInput, instance: Instance) -> Checked:
    """Rented offers are of a provider, term and region asked for and not denied; bought ones stand where one may buy."""
    supply = instance.settings.supply
    names = set(found.tables.nodes["offer"]) | set(found.tables.orders["offer"])
    used = found.offers[found.offers["offer"].isin(names)]
    term = used["offer"].str.rpartition("/")[2] if len(used) else used["offer"]
    is_rented = used["kind"].isin(("on_demand", "spot", "reserved"))
    rented = (
        term.isin(supply.terms)
        & used["region"].isin(instance.settings.regions)
        & (used["provider"].isin(supply.providers) | (not supply.providers))
    )
    bought = used["region"].isin(supply.purchase_regions) & ("purchase" in supply.terms)
    own = used["offer"].isin(instance.tables["offers"]["offer"])
    owned = used["offer"].str.removeprefix("owned/").isin(instance.tables["owned"]["owned"])
    is_right = own | (rented & is_rented) | (bought & (used["kind"] == "purchase")) | (owned & (used["kind"] == "owned"))
    is_right &= ~used["offer"].isin(supply.offers_deny)
    is_right &= used["node_type"].isin(supply.node_types) | (not supply.node_types) | (used["kind"] == "owned") | own
    return told(
        "candidates",
        len(used),
        used[~is_right],
        lambda row: Finding(
            "candidates",
            f"offer {row.offer}",
            "a provider, term and region that the instance lets one use",
            f"{row.kind} of {row.provider} in {row.region}",
        ),
    )
