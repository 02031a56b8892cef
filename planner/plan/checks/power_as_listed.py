"""What nodes draw and grids emit is what the catalog lists."""

import pandas as pd

from planner.plan.audit_input import AuditInput, numbers
from planner.plan.finding import Checked, Finding, joined, number, told
from planner.plan.tolerances import RELATIVE


def power_as_listed(found: AuditInput) -> Checked:
    """Every node's power and every region's PUE and carbon intensity are those of the catalog's rows, or of own offers."""
    parts = [
        _listed(found, "machines", "node_types", "node_type", "power_kw"),
        _listed(found, "grid", "regions", "region", "pue"),
        _listed(found, "grid", "regions", "region", "grid_kg_co2_per_kwh"),
    ]
    return joined(*parts)


def _listed(found: AuditInput, table: str, source: str, key: str, column: str) -> Checked:
    rows: pd.DataFrame = getattr(found.coefficients, table)
    listed = found.catalog.get(source, pd.DataFrame({key: []}))
    given = pd.Series(numbers(listed, column).to_numpy(), index=listed[key] if key in listed.columns else None)
    if found.instance is not None and table == "machines":
        given = pd.concat([given, found.instance.tables["offers"].set_index(key)[column].dropna()])
    rows = rows.assign(found_value=rows[column], listed_value=rows[key].map(given[~given.index.duplicated(keep="last")]))
    is_right = (rows["found_value"] - rows["listed_value"]).abs() <= RELATIVE * rows["listed_value"].abs()
    return told(
        "power_as_listed",
        len(rows),
        rows[~is_right],
        lambda row: Finding(
            "power_as_listed", f"{column} of {getattr(row, key)}", number(row.listed_value), number(row.found_value)
        ),
    )
