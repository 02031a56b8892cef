"""Who is turned away first."""

import pandas as pd

from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.tolerances import RELATIVE


def priority(found: AuditInput) -> Checked:
    """Where some of a workload is turned away, all is of each refusable one of lower priority that could use the same nodes."""
    service = found.coefficients.service
    ranked = service.loc[service["unserved_usd_per_request"].notna(), ["workload", "priority"]]
    gone = found.tables.unserved[["workload", *SLOT, "requests_per_s"]]
    if gone.empty:
        return Checked(0)
    mine = gone.merge(ranked, on="workload")
    lower = ranked.rename(columns={"workload": "lower", "priority": "lower_priority"})
    pairs = mine.merge(lower, how="cross")
    pairs = pairs[pairs["lower_priority"] < pairs["priority"]]
    wanted = found.demand.rename(columns={"workload": "lower", "requests_per_s": "wanted"})
    away = gone.rename(columns={"workload": "lower", "requests_per_s": "away"})
    pairs = pairs.merge(wanted, on=["lower", *SLOT]).merge(away, on=["lower", *SLOT], how="left").fillna({"away": 0.0})
    bays = _bays(found)
    is_rival = [bool(bays.get(w, set()) & bays.get(v, set())) for w, v in zip(pairs["workload"], pairs["lower"], strict=True)]
    pairs = pairs[pd.Series(is_rival, index=pairs.index, dtype=bool)]
    return told(
        "priority",
        len(pairs),
        pairs[~(pairs["away"] >= pairs["wanted"] * (1 - RELATIVE))],
        lambda row: Finding(
            "priority",
            f"requests of {row.lower} turned away in {row.period}/{row.block}, where {row.workload} loses some",
            f"all {number(row.wanted)}, for its priority is lower",
            number(row.away),
            "requests/s",
        ),
    )


def _bays(found: AuditInput) -> dict[str, set[tuple[str, str]]]:
    """Returns by workload the node types and regions on which it has an eligible option near enough."""
    options, sites = found.options[["option", "node_type"]], found.coefficients.sites
    there = sites.merge(found.offers[["offer", "region"]], on="offer").merge(options, on="option")
    rates = found.coefficients.rates[["workload", "option", "network_ms_max"]]
    paths = found.coefficients.paths
    paths = paths.loc[paths["is_allowed"].eq(True), ["workload", "region", "network_ms"]]
    rows = rates.merge(there, on="option").merge(paths, on=["workload", "region"])
    rows = rows[~(rows["network_ms"] > rows["network_ms_max"])]
    return {
        str(name): set(group[["node_type", "region"]].itertuples(index=False, name=None))
        for name, group in rows.groupby("workload")
    }
