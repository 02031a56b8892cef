"""The supply caps planned with are those given."""

import pandas as pd

from planner.inputs.instance import Instance
from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, number, told

_MATCHED = ("offer", "node_type", "region", "provider", "period")


def supply_as_given(found: AuditInput) -> Checked:
    """Every cap is the last matching row of the instance's supply table, else its default; an owned lot never exceeds itself.

    In a period that starts before the offer's accelerator is released there is none to be had.
    """
    if found.instance is None:
        return Checked(0)
    columns = ["offer", "node_type", "accelerator", "region", "provider", "kind"]
    rows = found.coefficients.supply.merge(found.offers[columns], on="offer", how="left")
    caps = _caps(rows, found.instance)
    rows = rows.assign(given=caps.where(~_is_unreleased(rows, found) | (rows["kind"] == "owned"), 0.0))
    return told(
        "supply_as_given",
        len(rows),
        rows[~(rows["nodes_max"] == rows["given"])],
        lambda row: Finding(
            "supply_as_given",
            f"supply cap of {row.offer} in {row.period}",
            number(row.given),
            number(row.nodes_max),
            "nodes",
        ),
    )


def _is_unreleased(rows: pd.DataFrame, found: AuditInput) -> "pd.Series[bool]":
    """Returns whether the period starts before the accelerator's release, by the catalog rows copied with the plan."""
    listed = found.catalog.get("accelerators", pd.DataFrame())
    periods = found.instance.settings.horizon.periods if found.instance else ()
    starts = {p.period: p.start.isoformat() for p in periods if p.start is not None}
    if not {"accelerator", "released_on"} <= set(listed.columns):
        return pd.Series(False, index=rows.index)
    released = dict(zip(listed["accelerator"], listed["released_on"].astype(str), strict=True))
    pairs = zip(rows["accelerator"], rows["period"], strict=True)
    return pd.Series([released.get(a, "") > starts.get(t, "~") for a, t in pairs], index=rows.index, dtype=bool)


def _caps(rows: pd.DataFrame, instance: Instance) -> pd.Series:
    """Returns the cap that the instance gives each offer and period."""
    default = float(instance.settings.supply.nodes_max_per_offer)
    caps = _lots(rows, instance).where(rows["kind"] == "owned", default)
    most = caps.where(rows["kind"] == "owned", float("inf"))
    for rule in instance.tables["supply"].to_dict("records"):
        is_match = pd.Series(True, index=rows.index)
        for name in _MATCHED:
            is_match &= (rows[name] == rule[name]) | (rule[name] == "*")
        caps = caps.where(~is_match, most.clip(upper=float(rule["nodes_max"])))
    return caps


def _lots(rows: pd.DataFrame, instance: Instance) -> pd.Series:
    """Returns the nodes of the owned lot that stand in each period, from its first to its last."""
    names = [period.period for period in instance.settings.horizon.periods]
    lots = pd.Series(0.0, index=rows.index)
    for lot in instance.tables["owned"].to_dict("records"):
        first = names.index(lot["first_period"]) if lot["first_period"] in names else 0
        last = names.index(lot["last_period"]) if lot["last_period"] in names else len(names) - 1
        is_there = (rows["offer"] == f"owned/{lot['owned']}") & rows["period"].isin(names[first : last + 1])
        lots = lots.where(~is_there, float(lot["nodes"]))
    return lots
