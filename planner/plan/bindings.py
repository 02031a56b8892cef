"""What binds a plan, in human words: supply caps at their limit, full machines, promises that hold rates down."""

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.plan.allocation import allocate
from planner.plan.length_classes import spoken
from planner.plan.limit_use import limit_use
from planner.plan.plan import PlanTables

COLUMNS = ["kind", "subject", "detail", "weight"]
PROMISES = {"ttft": "time to first token", "tpot": "time per output token", "e2e": "end-to-end time"}
LIMIT_WORDS = {
    "memory": "memory for KV cache", "engine": "the engine's sequence limit", "measured": "the user's own rate",
    "pool": "the promises of the whole pool",
}  # fmt: skip
NAMED_MAX = 3
NEARLY = 0.98
"""Share of a limit from which on it is told as binding: whole nodes seldom use it to the last."""


def bindings(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns kind (`limit`, `supply`, `promise`, `cover`), subject, detail and weight (share of blocks, cost or limit)."""
    makers = (limits_reached, supply_at_cap, promises, full_bays)
    frames = [made(tables, coefficients) for made in makers]
    kept = [frame.sort_values("weight", ascending=False, kind="stable") for frame in frames if len(frame)]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=COLUMNS)


def limits_reached(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the policy limits of which nearly all is used, with the rows in which it is; the weight is the share used."""
    rows = limit_use(tables, coefficients)
    rows = rows[rows["used"] >= NEARLY * rows["value"]]
    rows = rows.assign(weight=(rows["used"] / rows["value"].where(rows["value"] > 0)).fillna(1.0))
    found = []
    for (limit, kind), group in rows.groupby(["limit", "kind"], sort=False):
        most = group.sort_values("weight", ascending=False).iloc[0]
        cells = group[["scope", "period", "block"]].astype(str).to_numpy().tolist()
        places = [" ".join(filter(None, (scope, "/".join(filter(None, slot))))) for scope, *slot in cells]
        where = f" ({_named([place for place in places if place])})" if any(places) else ""
        detail = f"{most['used']:,.4g} of {most['value']:,.4g} {most['unit']} used{where}"
        found.append(("limit", f"limit {limit} ({kind})", detail, float(most["weight"])))
    return pd.DataFrame(found, columns=COLUMNS)


def supply_at_cap(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the offers whose nodes reach the supply cap, with the periods in which they do."""
    peak = tables.nodes.groupby(["offer", "period"], as_index=False)[["nodes"]].max()
    rows = peak.merge(coefficients.supply, on=["offer", "period"])
    rows = rows[rows["nodes"] >= rows["nodes_max"]].merge(
        coefficients.offers[["offer", "node_type", "region", "kind"]], on="offer"
    )
    found = []
    for offer, group in rows.groupby("offer", sort=True):
        first = group.iloc[0]
        subject = f"supply of {first['node_type']} in {first['region']} ({offer})"
        owned = "all owned nodes in use" if first["kind"] == "owned" else "at its cap"
        caps = sorted({int(cap) for cap in group["nodes_max"]})
        nodes = f"{caps[0]}" if len(caps) == 1 else f"{caps[0]} to {caps[-1]}"
        periods = _named(_in_order(group["period"], coefficients))
        detail = f"{owned} of {nodes} {_plural(caps[-1], 'node')} in {periods}"
        found.append(("supply", subject, detail, len(group) / len(coefficients.periods)))
    return pd.DataFrame(found, columns=COLUMNS)


def promises(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns what stops a larger batch on the options that serve each workload, weighed by the workload's share of cost."""
    spent = allocate(tables, coefficients)
    spent = spent[spent["option"] != ""].merge(coefficients.rates[["workload", "option", "bound"]], on=["workload", "option"])
    total = float(spent["usd"].sum())
    found = []
    for bound, group in spent.groupby("bound"):
        share = float(group["usd"].sum()) / total if total else 0.0
        order = spoken(group, coefficients).groupby("workload")["usd"].sum().sort_values(ascending=False)
        word = PROMISES.get(str(bound))
        subject = f"the promise on {word}" if word else str(LIMIT_WORDS.get(str(bound), bound))
        detail = f"sets the batch of {_named([str(name) for name in order.index])} ({share_words(share)} of the cost of replicas)"
        found.append(("promise", subject, detail, share))
    return pd.DataFrame(found, columns=COLUMNS)


def full_bays(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the node types and regions of which every accelerator is in use in some block, with those blocks."""
    columns = ["offer", "node_type", "region", "accelerators"]
    key = ["node_type", "region", "period", "block"]
    there = tables.nodes.merge(coefficients.offers[columns], on="offer")
    there = there.assign(there=there["nodes"] * there["accelerators"]).groupby(key, as_index=False)[["there"]].sum()
    used = tables.placement.merge(coefficients.offers[["offer", "node_type", "region"]], on="offer")
    used = used.groupby(key, as_index=False)[["accelerators"]].sum()
    full = there.merge(used, on=key)
    full = full[full["accelerators"] >= full["there"]]
    slots = len(coefficients.blocks)
    found = []
    for (node_type, region), group in full.groupby(["node_type", "region"]):
        ordered = coefficients.blocks[["period", "block"]].merge(group, on=["period", "block"])
        ordered = ordered.sort_values("period", key=lambda s: s.map(_positions(coefficients)), kind="stable")
        names = [f"{period}/{block}" for period, block in zip(ordered["period"], ordered["block"], strict=True)]
        detail = f"every accelerator in use in {len(group)} of {slots} {_plural(slots, 'block')} ({_named(names)})"
        found.append(("cover", f"nodes {node_type} in {region}", detail, len(group) / slots))
    return pd.DataFrame(found, columns=COLUMNS)


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"


def share_words(share: float) -> str:
    """Returns a share in whole percent; what is not nothing is never called 0%."""
    return "under 1%" if 0 < share < 0.005 else f"{share:.0%}"


def _named(names: list[str]) -> str:
    """Returns the first names and how many more there are."""
    more = len(names) - NAMED_MAX
    return ", ".join(names[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")


def _in_order(periods: pd.Series, coefficients: Coefficients) -> list[str]:
    position = _positions(coefficients)
    return sorted({str(name) for name in periods}, key=lambda name: position.get(name, 0))


def _positions(coefficients: Coefficients) -> dict[str, int]:
    periods = coefficients.periods
    return {str(name): int(place) for name, place in zip(periods["period"], periods["position"], strict=True)}
