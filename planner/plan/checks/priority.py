"""Who is turned away first."""

import pandas as pd

from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.reach import reach
from planner.plan.tolerances import RELATIVE


def priority(found: AuditInput) -> Checked:
    """Where some of a workload is turned away, all is of each refusable one of lower priority that could use the same nodes."""
    ranked = _ranked(found)
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


def _ranked(found: AuditInput) -> pd.DataFrame:
    """Returns workload and priority of all that may be turned away: at a price, or where serving most is a goal."""
    service = found.coefficients.service
    if any(row["scope"] == "most_served" for row in found.coefficients.limits_of("goal")):
        every = found.demand[["workload"]].drop_duplicates()
        return every.merge(service[["workload", "priority"]], on="workload", how="left").fillna({"priority": 0})
    return service.loc[service["unserved_usd_per_request"].notna(), ["workload", "priority"]]


def _bays(found: AuditInput) -> dict[str, set[tuple[str, str, bool]]]:
    """Returns by workload the node types and regions, spot nodes apart, on which it may use an option near enough."""
    rows = reach(found)
    return {
        str(name): set(group[["node_type", "region", "is_spot"]].itertuples(index=False, name=None))
        for name, group in rows.groupby("workload")
    }
