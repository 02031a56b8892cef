"""How much of each policy limit a plan uses, recomputed from its tables; the audit judges it, the summary tells it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.plan.allocation import AFTER_HORIZON, by_period
from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.plan import PlanTables
from planner.plan.tolerances import RELATIVE, SHARE, USD

COLUMNS = ["limit", "kind", "scope", "period", "block", "used", "value", "unit"]
Use = Callable[[PlanTables, Coefficients, Mapping[str, Any]], Iterator[tuple[str, str, str, float, float]]]
"""(tables, coefficients, limit row) -> (scope, period, block, used, most) of every row that the limit stands for."""


def limit_use(tables: PlanTables, coefficients: Coefficients, kinds: Mapping[str, Use] | None = None) -> pd.DataFrame:
    """Returns limit, kind, scope, period, block (empty where it does not apply), used, value and unit of every limit's rows."""
    rows = [
        (limit["limit"], kind, scope, period, block, used, most, limit["unit"])
        for kind, use in (USES if kinds is None else kinds).items()
        for limit in coefficients.limits_of(kind)
        for scope, period, block, used, most in use(tables, coefficients, limit)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


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


def _budget(
    tables: PlanTables, coefficients: Coefficients, limit: Mapping[str, Any]
) -> Iterator[tuple[str, str, str, float, float]]:
    """Yields the cash paid in the limit's period, or in the whole horizon."""
    view = by_period(tables, coefficients)
    view = view[view["period"] != AFTER_HORIZON]
    if limit["period"]:
        view = view[view["period"] == limit["period"]]
    yield "", limit["period"], "", float(view["cash_usd"].sum()), float(limit["value"])


USES: Mapping[str, Use] = {"budget_usd": _budget}
"""Use of a limit by its kind."""
