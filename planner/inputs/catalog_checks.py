"""Checks what no single table can: names that point to other tables, and figures that must agree."""

from collections.abc import Mapping

import pandas as pd

from planner.errors import Fault
from planner.inputs.provenance import estimate_faults
from planner.tables import records

RELATIVE_TOLERANCE = 1e-6

Tables = Mapping[str, pd.DataFrame]

REFERENCES = (
    ("node_types", "accelerator", "accelerators", "accelerator"),
    ("precision_support", "accelerator", "accelerators", "accelerator"),
    ("precision_support", "precision", "precisions", "precision"),
    ("models", "native_precision", "precisions", "precision"),
    ("provider_regions", "provider", "providers", "provider"),
    ("provider_regions", "region", "regions", "region"),
    ("offers", "provider", "providers", "provider"),
    ("offers", "node_type", "node_types", "node_type"),
    ("offers", "region", "regions", "region"),
    ("purchases", "node_type", "node_types", "node_type"),
    ("colocation", "region", "regions", "region"),
    ("savings_plans", "provider", "providers", "provider"),
    ("api_prices", "model", "models", "model"),
    ("quality", "model", "models", "model"),
    ("drafts", "model", "models", "model"),
    ("quantization", "model", "models", "model"),
    ("quantization", "precision", "precisions", "precision"),
    ("quantization_defaults", "precision", "precisions", "precision"),
    ("price_history", "provider", "providers", "provider"),
)
"""(table, column) whose every value must be in (table, column)."""

KEYS = {
    "accelerators": ("accelerator",),
    "node_types": ("node_type",),
    "precision_support": ("accelerator", "precision"),
    "models": ("model",),
    "offers": ("offer",),
    "purchases": ("node_type",),
}


def cross_faults(tables: Tables) -> list[Fault]:
    """Returns every fault that shows only when tables are read together, in table order."""
    faults: list[Fault] = []
    for reference in REFERENCES:
        faults += _reference_faults(tables, *reference)
    faults += _alias_faults(tables)
    faults += _node_faults(tables)
    faults += _support_faults(tables)
    faults += _model_faults(tables)
    faults += _offer_faults(tables)
    faults += _order_faults(tables["purchases"], "purchases", "capex_low_usd", "capex_usd", "capex_high_usd")
    low_to_high = ("discount_share_low", "discount_share", "discount_share_high")
    faults += _order_faults(tables["savings_plans"], "savings_plans", *low_to_high)
    faults += _plan_faults(tables)
    for name, frame in tables.items():
        faults += estimate_faults(frame, KEYS.get(name, tuple(frame.columns[:2])), name)
    return faults


def _reference_faults(tables: Tables, table: str, column: str, target: str, target_column: str) -> list[Fault]:
    known = set(tables[target][target_column])
    unknown = tables[table][~tables[table][column].isin(known)]
    counts = unknown[column].value_counts()
    return [
        Fault(f"{table}, column {column}", f"a {target_column} of table {target}", f"{name!r} in {count} row(s)")
        for name, count in counts.items()
    ]


def _plan_faults(tables: Tables) -> list[Fault]:
    """A row of a savings plan is of every accelerator or of one that there is; a plan has one term."""
    known = {"*", *tables["accelerators"]["accelerator"]}
    rows = tables["savings_plans"]
    faults = [
        Fault("savings_plans, column accelerator", "an accelerator of table accelerators, or *", repr(name))
        for name in rows["accelerator"] if name not in known
    ]  # fmt: skip
    terms = rows.groupby("savings_plan")["term_years"].nunique()
    return faults + [Fault(f"savings_plans, {name}", "one term_years", f"{count}") for name, count in terms.items() if count > 1]


def _alias_faults(tables: Tables) -> list[Fault]:
    """An alias leads to a canonical name and hides none."""
    faults: list[Fault] = []
    for kind, table in (("model", "models"), ("accelerator", "accelerators"), ("precision", "precisions")):
        rows = tables["aliases"][tables["aliases"]["kind"] == kind]
        known = set(tables[table][kind])
        for alias, name in zip(rows["alias"], rows["name"], strict=True):
            if name not in known:
                faults.append(Fault(f"aliases, {kind} {alias}", f"a {kind} of table {table}", repr(name)))
            if alias in known and alias != name:
                faults.append(Fault(f"aliases, {kind} {alias}", "a name that is not canonical itself", repr(alias)))
    return faults


def _node_faults(tables: Tables) -> list[Fault]:
    """A node's name says what is in it, and its domain is a whole part of it."""
    faults: list[Fault] = []
    for row in records(tables["node_types"]):
        node_type, count, domain = row["node_type"], row["accelerators"], row["scale_up_domain"]
        name = f"{count}x{row['accelerator']}"
        if not node_type.startswith(name):
            faults.append(Fault(f"node_types, {node_type}", f"a name that begins with {name}", repr(node_type)))
        if count % domain:
            where = f"node_types, {node_type}, column scale_up_domain"
            faults.append(Fault(where, f"a divisor of {count} accelerators", str(domain)))
    return faults


def _support_faults(tables: Tables) -> list[Fault]:
    """A rate is the peak of the accelerator that its column names."""
    peaks = {row["accelerator"]: row for row in records(tables["accelerators"])}
    faults: list[Fault] = []
    for row in records(tables["precision_support"]):
        if row["accelerator"] not in peaks:
            continue
        peak = peaks[row["accelerator"]][row["rate_column"]]
        if peak is None or abs(peak - row["rate_tflops"]) > RELATIVE_TOLERANCE * peak:
            where = f"precision_support, {row['accelerator']} + {row['precision']}, column rate_tflops"
            expected = f"{row['rate_column']} of the accelerator, {'none' if peak is None else f'{peak:g}'}"
            faults.append(Fault(where, expected, f"{row['rate_tflops']:g}"))
    return faults


def _model_faults(tables: Tables) -> list[Fault]:
    """Layers add up, heads divide, experts are all there or not at all."""
    models = tables["models"]
    mixers = models["full_attention_layers"] + models["window_layers"] + models["linear_layers"]
    parts = models[["experts", "experts_per_token", "expert_intermediate", "moe_layers"]] > 0
    is_moe = models["architecture"] == "moe"
    checks = (
        (mixers == models["layers"], "layers", "full attention + window + linear layers"),
        (models["moe_layers"] <= models["layers"], "moe_layers", "at most all layers"),
        (parts.eq(is_moe, axis=0).all(axis=1), "experts", "experts, their width and layers together, in MoE models only"),
        (models["experts_per_token"] <= models["experts"], "experts_per_token", "at most all experts"),
        (models["q_heads"] % models["kv_heads"] == 0, "kv_heads", "a divisor of q_heads"),
        ((models["window_layers"] > 0) == (models["window_tokens"] > 0), "window_tokens", "a window where layers have one"),
        ((models["kv_lora_rank"] > 0) == (models["v_head_dim"] > 0), "v_head_dim", "a size where keys are compressed"),
        ((models["linear_layers"] > 0) == (models["linear_kind"] != ""), "linear_kind", "a kind where layers are linear"),
        (models["params_active_billion"] <= models["params_total_billion"], "params_active_billion", "at most the total"),
        ((models["intermediate"] > 0) | is_moe, "intermediate", "a width > 0 in a dense model"),
    )
    return [
        Fault(f"models, {row['model']}, column {column}", expected, str(row[column]))
        for holds, column, expected in checks
        for row in records(models[~holds])
    ]


def _offer_faults(tables: Tables) -> list[Fault]:
    """An offer's key spells its parts; its region is where the provider's region lies."""
    offers = tables["offers"]
    spelled = offers["provider"] + "/" + offers["instance_type"] + "/" + offers["region"] + "/" + offers["term"]
    wrong = offers[offers["offer"] != spelled]
    faults = [
        Fault(f"offers, {offer}, column offer", f"provider/instance_type/region/term, {expected}", str(offer))
        for offer, expected in zip(wrong["offer"], spelled[wrong.index], strict=True)
    ]
    rows = records(tables["provider_regions"])
    places = {(row["provider"], row["provider_region"]): row["region"] for row in rows}
    for row in records(offers[["offer", "provider", "provider_region", "region"]]):
        offer, provider, provider_region, region = row.values()
        place = places.get((provider, provider_region))
        if place != region:
            expected = f"a region of provider_regions for {provider} {provider_region}: {place or 'none listed'}"
            faults.append(Fault(f"offers, {offer}, column region", expected, str(region)))
    return faults + _order_faults(offers, "offers", "usd_per_hour_low", "usd_per_hour", "usd_per_hour_high")


def _order_faults(frame: pd.DataFrame, table: str, low: str, middle: str, high: str) -> list[Fault]:
    """The middle figure lies between the low and the high one, where they are given."""
    slack = 1 + RELATIVE_TOLERANCE
    broken = (frame[low] > frame[middle] * slack) | (frame[high] * slack < frame[middle])
    return [
        Fault(f"{table}, {row[frame.columns[0]]}, column {middle}", f"from {low} to {high}", f"{row[middle]:g}")
        for row in records(frame[broken])
    ]
