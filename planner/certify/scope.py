"""What of a problem the certifier states, what it leaves out, and what is beyond it.

A row that is left out only adds plans, and a cost of 0 or more that is left out only makes them cheaper: the least cost of what
is stated then lies at or below the problem's, so that a bound proved of it is a bound of the problem. A claim cannot be called
false by it, and the claimed bound may be out of its reach: both are said. What would add choices or take off costs is stated,
or the problem is refused.
"""

from planner.options.coefficients import COMMITTED_KINDS, Coefficients
from planner.options.extension_tables import EXTENSIONS
from planner.tables import records

KINDS = ("on_demand", "owned", "spot", *COMMITTED_KINDS)
"""Contracts that are stated."""
TABLES_STATED = frozenset(
    {"machines", "grid", "spot", "price_tiers", "orders_min", "slices", "service", "api", "calls", "classes", "latencies"}
)
"""Tables that are read, and two (`classes`, `latencies`) that only say where workloads come from and what promises are kept."""
LIMITS_STATED = frozenset(
    {
        "budget_usd", "power_kw", "carbon_kg", "vendor_share_max", "provider_share_max", "region_share_max",
        "accelerator_share_max", "spot_share_max", "accelerators_max",
    }
)  # fmt: skip
SCALARS_STATED = frozenset(
    {"utilisation_max", "terminal_use_share", "spot_interruption_share", "carbon_usd_per_tonne", "discount_rate_per_year"}
)
SCALARS_LEFT_OUT = {
    "switching_usd_per_node": "the price of node starts", "migration_usd_per_replica": "the price of replica starts",
    "risk|robust_budget": "robust demand",
    "risk|robust_deviation_share": "robust demand",
}  # fmt: skip
"""Scalars that only raise costs or rule plans out."""
SCALAR_KINDS = ("service", "money", "risk")
"""Kinds of rows of the limits that are scalars; all other kinds are limits, which only rule plans out."""


def unsupported(c: Coefficients, goal: str) -> str:
    """Returns why a problem is beyond what is certified here; empty where it is not."""
    if goal != "least_cost":
        return f"the goal {goal}"
    known = SCALARS_STATED | set(SCALARS_LEFT_OUT)
    for row in records(c.limits):
        if row["kind"] in SCALAR_KINDS and row["limit"] not in known and row["value"]:
            return f"the scalar {row['limit']}"
    used = [name for name in EXTENSIONS if name not in TABLES_STATED and len(getattr(c, name))]
    if used:
        return f"the table {used[0]}"
    if len(c.service) and c.service["is_interruptible"].any():
        return "requests that may wait"
    if (c.options["role"] != "aggregated").any():
        return "prefill and decode apart"
    beyond = sorted(set(c.offers["kind"]) - set(KINDS))
    return f"offers of the kind {beyond[0]}" if beyond else ""


def left_out(c: Coefficients) -> tuple[str, ...]:
    """Returns what of a problem is not stated, in words; what is stated is complete where there is nothing."""
    found = [
        SCALARS_LEFT_OUT[row["limit"]] for row in records(c.limits)
        if row["kind"] in SCALAR_KINDS and row["limit"] in SCALARS_LEFT_OUT and row["value"]
    ]  # fmt: skip
    kinds = [str(kind) for kind in c.limits["kind"] if kind not in SCALAR_KINDS]
    found += [f"the limit {kind}" for kind in kinds if kind not in LIMITS_STATED]
    if len(c.service) and c.service["is_indivisible"].any():
        found.append("indivisible workloads")
    priced = c.service["unserved_usd_per_request"].notna() if len(c.service) else c.service.index.to_series()
    if len(c.service) and priced.sum() > 1 and c.service.loc[priced, "priority"].nunique() > 1:
        found.append("priorities")
    if (c.options["nodes_per_replica"] > 1).any() and c.offers["provider"].nunique() > 1:
        found.append("the network between nodes of one provider")
    return tuple(dict.fromkeys(found))
