"""A replica serves no more than it can sustain."""

from planner.plan.audit_input import AuditInput
from planner.plan.checks.pooled_headroom import has_headroom, loads
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.ledger import limit_or_nan
from planner.plan.tolerances import RELATIVE


def capacity(found: AuditInput) -> Checked:
    """The busy replicas of a pool on an option at a place are at most its replicas up times the utilisation allowed.

    Replicas that share a queue are judged by the check `pooled_headroom` instead.
    """
    rows = loads(found)
    rows = rows[~has_headroom(found, rows)]
    most = limit_or_nan(found.coefficients, "utilisation_max") * rows["replicas"] * found.up_share(rows)
    wrong = rows.assign(most=most)[~(rows["busy"] <= most * (1 + RELATIVE))]
    return told(
        "capacity",
        len(rows),
        wrong,
        lambda row: Finding(
            "capacity",
            f"load of {row.pool} on {number(row.replicas)} replicas of {row.option} at {row.place} in {row.period}/{row.block}",
            f"at most {number(row.most)}",
            number(row.busy),
            "busy replicas",
        ),
    )
