"""A share of all traffic survives the loss of any one region."""

import numpy as np
import pandas as pd

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.limit_use import periods_of
from planner.plan.survivors import carried_share, crowds
from planner.plan.tolerances import RELATIVE

COLUMNS = ["limit", "region", "pool", "period", "block", "least", "share"]


def needed(least_share: float, served: np.ndarray, bought: np.ndarray) -> np.ndarray:
    """Returns the requests/s that machines must carry besides what is bought; what is missing within tolerance counts as none."""
    answered = served + bought
    missing = least_share * answered - bought
    return np.where(missing > RELATIVE * answered, missing, 0.0)


def region_loss(found: AuditInput) -> Checked:
    """Without any region that a limit names, what is left answers its share of all that the plan answers, pool by pool.

    `share` is the part of that least share which is carried: 1 where all of it is. What is bought goes on being answered.
    """
    limits = [limit for limit in found.coefficients.limits_of("region_loss_service_share") if limit["value"] > 0]
    if not limits:
        return Checked(0)
    regions = [str(region) for region in found.deployments["region"].unique()]
    rows = []
    for one in crowds(found):
        for limit in limits:
            needs = needed(float(limit["value"]), one.served, one.bought)
            if one.period in periods_of(found.coefficients, limit):
                for region in (region for region in regions if (limit["scope"] or "") in ("", region)):
                    left = np.where(one.regions == region, 0.0, one.replicas)
                    share = carried_share(one.requests_per_s, left, needs)
                    rows.append((limit["limit"], region, one.pool, one.period, one.block, float(limit["value"]), share))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return told(
        "region_loss",
        len(frame),
        frame[~(frame["share"] >= 1 - RELATIVE)],
        lambda row: Finding(
            "region_loss",
            f"limit {row.limit}: share of what {row.pool} answers in {row.period}/{row.block} carried without {row.region}",
            f"at least {number(row.least)}",
            number(row.least * row.share),
        ),
    )
