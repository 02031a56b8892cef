"""Data stay where the workload's lists allow."""

import pandas as pd

from planner.inputs.instance import Instance
from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, joined, told


def residency(found: AuditInput) -> Checked:
    """Every path allowed, and every path in use, is to a region that allow, deny and jurisdiction lists permit.

    A region that the lists permit and the coefficients do not is a note, not an error: the plan stays lawful.
    """
    if found.instance is None:
        return Checked(0)
    paths = found.coefficients.paths[["workload", "region", "is_allowed"]]
    used = found.traffic[["workload", "region"]].drop_duplicates().assign(is_used=True)
    rows = paths.merge(used, on=["workload", "region"], how="outer")
    rows = rows.assign(is_used=rows["is_used"].eq(True), is_allowed=rows["is_allowed"].eq(True))
    lawful = pd.Series(_lawful(rows, found.instance, found.catalog.get("regions")), index=rows.index, dtype=bool)
    used_wrongly = told("residency", len(rows), rows[rows["is_used"] & ~lawful], _served)
    allowed_wrongly = told("residency", len(rows), rows[rows["is_allowed"] & ~rows["is_used"] & ~lawful], _path)
    strict = told("residency", 0, rows[~rows["is_allowed"] & ~rows["is_used"] & lawful], _strict)
    return joined(used_wrongly, allowed_wrongly, strict)


def _lawful(rows: pd.DataFrame, instance: Instance, regions: pd.DataFrame | None) -> list[bool]:
    """Returns for each (workload, region) whether the instance's lists permit it."""
    jurisdiction: dict[str, str] = {}
    if regions is not None and {"region", "jurisdiction"} <= set(regions.columns):
        jurisdiction = dict(zip(regions["region"], regions["jurisdiction"], strict=True))
    places = {workload.workload: workload.regions for workload in instance.settings.workloads}
    candidates = set(instance.settings.regions) | set(instance.tables["owned"]["region"])
    verdicts = []
    for workload, region in zip(rows["workload"], rows["region"], strict=True):
        lists = places.get(workload)
        verdicts.append(
            lists is not None
            and region in candidates
            and (not lists.allow or region in lists.allow)
            and region not in lists.deny
            and (not lists.jurisdictions or jurisdiction.get(region) in lists.jurisdictions)
        )
    return verdicts


def _served(row: tuple[str, ...]) -> Finding:
    return Finding("residency", f"traffic of {row[0]}", "only regions that its lists permit", f"served in {row[1]}")


def _path(row: tuple[str, ...]) -> Finding:
    return Finding("residency", f"path of {row[0]} to {row[1]}", "not allowed by its lists", "allowed")


def _strict(row: tuple[str, ...]) -> Finding:
    expected = "allowed by its region lists"
    return Finding("residency", f"path of {row[0]} to {row[1]}", expected, "not allowed", is_error=False)
