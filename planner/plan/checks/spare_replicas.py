"""A pool bears the loss of a few of its replicas."""

import pandas as pd

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.limit_use import periods_of
from planner.plan.survivors import Crowd, carried_share, crowds
from planner.plan.tolerances import RELATIVE

COLUMNS = ["limit", "spares", "pool", "period", "block", "share"]


def spare_replicas(found: AuditInput) -> Checked:
    """What the replicas of each pool serve in a block, those left can serve, whichever k of the running ones are lost."""
    limits = [limit for limit in found.coefficients.limits_of("spare_replicas") if limit["value"] > 0]
    if not limits:
        return Checked(0)
    rows = [
        (limit["limit"], int(limit["value"]), one.pool, one.period, one.block, _share(one, int(limit["value"])))
        for one in crowds(found) for limit in limits
        if (limit["scope"] or "") in ("", one.pool) and one.period in periods_of(found.coefficients, limit)
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return told(
        "spare_replicas",
        len(frame),
        frame[~(frame["share"] >= 1 - RELATIVE)],
        lambda row: Finding(
            "spare_replicas",
            f"limit {row.limit}: share of what {row.pool} serves in {row.period}/{row.block} that is carried with {row.spares}"
            " of its replicas lost",
            "1",
            number(row.share),
        ),
    )


def _share(one: Crowd, spares: int) -> float:
    """Returns the share of what a pool serves that is carried after its worst loss."""
    crowd = one.merged()
    return min(carried_share(crowd.requests_per_s, left, crowd.served) for left in crowd.left_after(spares))
