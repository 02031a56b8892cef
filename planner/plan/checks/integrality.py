"""Counts are whole and positive, traffic is positive."""

import numpy as np
import pandas as pd

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, joined, number, told

COUNTS = {"deployments": "replicas", "nodes": "nodes", "orders": "nodes", "placement": "accelerators"}
"""Column of whole numbers > 0 by table."""
RATES = ("traffic", "unserved", "api_traffic")
"""Tables of requests per second."""


def integrality(found: AuditInput) -> Checked:
    """Replicas, nodes and accelerators are whole numbers > 0, traffic and money finite, traffic > 0."""
    parts = []
    for name, column in COUNTS.items():
        frame = getattr(found.tables, name)
        value = frame[column].astype(float)
        parts.append(_part(name, frame, column, (value > 0) & (value == value.round()), "a whole number > 0"))
    for name in RATES:
        frame = getattr(found.tables, name)
        rate = frame["requests_per_s"].astype(float)
        parts.append(_part(name, frame, "requests_per_s", (rate > 0) & (rate < np.inf), "a number > 0"))
    money = found.tables.ledger["usd"]
    parts.append(_part("ledger", found.tables.ledger, "usd", money.abs() < np.inf, "a finite number"))
    return joined(*parts)


def _part(name: str, frame: pd.DataFrame, column: str, is_right: "pd.Series[bool]", expected: str) -> Checked:
    keys = [key for key in frame.columns if key not in (column, "requests_per_s", "usd")]
    wrong = frame[~is_right]
    subject = [" / ".join(map(str, row)) for row in wrong[keys].itertuples(index=False, name=None)]
    wrong = pd.DataFrame({"subject": subject, "value": wrong[column].to_numpy()})
    return told(
        "integrality",
        len(frame),
        wrong,
        lambda row: Finding("integrality", f"{column} of {name} {row.subject}", expected, number(row.value)),
    )
