"""How much of each policy limit a plan uses, recomputed from its tables; the audit judges it, the summary tells it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.options.places import region_of_place
from planner.plan.allocation import AFTER_HORIZON, by_period
from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.plan import PlanTables
from planner.plan.policy_terms import emissions
from planner.plan.scenarios import ledger_seen_in, seen_in
from planner.plan.tolerances import RELATIVE, SHARE, USD

SUMMED_KINDS = ("budget_usd", "carbon_kg")
"""Limits on a sum over blocks: they hold in every scenario."""
OWN_KINDS = ("owned", "purchase")
"""Nodes that are no provider's: a share limit on every provider leaves them out, one that names them does not."""
COLUMNS = ["limit", "kind", "scope", "period", "block", "used", "value", "unit"]
Used = Iterator[tuple[str, str, str, float, float]]
Use = Callable[[PlanTables, Coefficients, Mapping[str, Any]], Used]
"""(tables, coefficients, limit row) -> (scope, period, block, used, most) of every row that the limit stands for."""


def limit_use(tables: PlanTables, coefficients: Coefficients, kinds: Mapping[str, Use] | None = None) -> pd.DataFrame:
    """Returns limit, kind, scope, period, block (empty where it does not apply), used, value and unit of every limit's rows."""
    rows = [
        (limit["limit"], kind, scope, period, block, used, most, limit["unit"])
        for kind, use in (USES if kinds is None else kinds).items()
        for limit in coefficients.limits_of(kind)
        for scope, period, block, used, most in _used(kind, use, tables, coefficients, limit)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _used(kind: str, use: Use, tables: PlanTables, coefficients: Coefficients, limit: Mapping[str, Any]) -> Used:
    """Yields the rows of a limit; a sum over periods once for each scenario, told as the block `every @scenario`."""
    scenarios = list(dict.fromkeys(coefficients.blocks["scenario"]))
    if kind not in SUMMED_KINDS or len(scenarios) <= 1:
        yield from use(tables, coefficients, limit)
        return
    for name in scenarios:
        seen = replace(tables, ledger=ledger_seen_in(tables.ledger, coefficients, name))
        for scope, period, _, used, most in use(seen, seen_in(coefficients, name), limit):
            yield scope, period, f"every @{name}", used, most


def limit_check(check: str, kind: str, found: AuditInput) -> Checked:
    """Returns a finding for each row of the limits of a kind that uses more than the limit allows."""
    rows = limit_use(found.tables, found.coefficients, {kind: USES[kind]})
    room = USD if kind == "budget_usd" else rows["value"] * RELATIVE + SHARE
    wrong = rows[~(rows["used"] <= rows["value"] + room)]
    return told(check, len(rows), wrong, lambda row: _over(check, row))


def _over(check: str, row: Any) -> Finding:
    where = "/".join(part for part in (row.period, row.block) if part)
    subject = f"limit {row.limit}" + (f" on {row.scope}" if row.scope else "") + (f" in {where}" if where else "")
    return Finding(check, subject, f"at most {number(row.value)}", number(row.used), row.unit)


def periods_of(coefficients: Coefficients, limit: Mapping[str, Any]) -> list[str]:
    """Returns the periods that a limit holds in: its own, or all in order."""
    names = [str(name) for name in coefficients.periods.sort_values("position")["period"]]
    return [name for name in names if limit["period"] in ("", name)]


def _budget(tables: PlanTables, coefficients: Coefficients, limit: Mapping[str, Any]) -> Used:
    """Yields the cash paid in the limit's period, or in the whole horizon."""
    view = by_period(tables, coefficients)
    view = view[view["period"] != AFTER_HORIZON]
    if limit["period"]:
        view = view[view["period"] == limit["period"]]
    yield "", limit["period"], "", float(view["cash_usd"].sum()), float(limit["value"])


def _power(tables: PlanTables, coefficients: Coefficients, limit: Mapping[str, Any]) -> Used:
    """Yields the power of the nodes that are there, by region, period and block."""
    rows = emissions(tables.nodes, coefficients)
    rows = rows[rows["region"].isin(_scopes(rows["region"], limit)) & rows["period"].isin(periods_of(coefficients, limit))]
    drawn = rows.groupby(["region", "period", "block"], as_index=False)[["power_kw"]].sum()
    for region, period, block, kw in drawn.to_numpy().tolist():
        yield region, period, block, float(kw), float(limit["value"])


def _carbon(tables: PlanTables, coefficients: Coefficients, limit: Mapping[str, Any]) -> Used:
    """Yields the emission of the nodes that are there, in a region or in all, in the limit's period or the horizon."""
    rows = emissions(tables.nodes, coefficients)
    rows = rows[rows["period"].isin(periods_of(coefficients, limit)) & rows["region"].isin(_scopes(rows["region"], limit))]
    yield limit["scope"], limit["period"], "", float(rows["kg"].sum()), float(limit["value"])


def _share(attribute: str) -> Use:
    """Returns the use of a share limit on an attribute of offers: accelerators in scope over all, by period and block."""

    def use(tables: PlanTables, coefficients: Coefficients, limit: Mapping[str, Any]) -> Used:
        offers = coefficients.offers.drop_duplicates("offer")
        rows = tables.nodes.merge(offers[list(dict.fromkeys(["offer", "accelerators", "kind", attribute]))], on="offer")
        rows = rows[rows["period"].isin(periods_of(coefficients, limit))]
        rows = rows.assign(there=rows["nodes"] * rows["accelerators"])
        named = rows[attribute] if attribute != "provider" else rows[attribute].where(~rows["kind"].isin(OWN_KINDS))
        scopes = _scopes(named.dropna(), limit)
        rows = rows.assign(part=rows["there"] / rows.groupby(["period", "block"])["there"].transform("sum"))
        inside = rows[rows[attribute].isin(scopes)].groupby([attribute, "period", "block"], as_index=False)[["part"]].sum()
        for scope, period, block, part in inside.to_numpy().tolist():
            yield scope, period, block, float(part), float(limit["value"])

    return use


def _distinct(attribute: str) -> Use:
    """Returns the use of a cap on distinct options or models: those with a replica in a region, by period and scenario."""

    def use(tables: PlanTables, coefficients: Coefficients, limit: Mapping[str, Any]) -> Used:
        columns = list(dict.fromkeys(["option", attribute]))
        rows = tables.deployments.merge(coefficients.options.drop_duplicates("option")[columns], on="option")
        rows = rows.merge(coefficients.blocks.drop_duplicates(["period", "block"]), on=["period", "block"])
        regions = pd.Series([region_of_place(str(place)) for place in rows["place"]], index=rows.index, dtype=object)
        rows = rows.assign(region=regions)[rows["replicas"] > 0]
        rows = rows[rows["region"].isin(_scopes(rows["region"], limit)) & rows["period"].isin(periods_of(coefficients, limit))]
        has_futures = len(set(coefficients.blocks["scenario"])) > 1
        counts = rows.drop_duplicates(["region", "period", "scenario", attribute])
        counts = counts.groupby(["region", "period", "scenario"], as_index=False)[["replicas"]].count()
        for region, period, scenario, count in counts.to_numpy().tolist():
            yield region, period, f"every @{scenario}" if has_futures else "", float(count), float(limit["value"])

    return use


def _scopes(names: "pd.Series[Any]", limit: Mapping[str, Any]) -> list[str]:
    """Returns whom a limit holds for: its scope, or every name there is."""
    if limit["kind"] == "spot_share_max":
        return ["spot"]
    return [str(limit["scope"])] if limit["scope"] else [str(name) for name in names.unique()]


USES: Mapping[str, Use] = {
    "budget_usd": _budget, "power_kw": _power, "carbon_kg": _carbon, "vendor_share_max": _share("vendor"),
    "provider_share_max": _share("provider"), "region_share_max": _share("region"),
    "accelerator_share_max": _share("accelerator"), "spot_share_max": _share("kind"),
    "options_max": _distinct("option"), "models_max": _distinct("model"),
}  # fmt: skip
"""Use of a limit by its kind."""
