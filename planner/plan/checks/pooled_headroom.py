"""Replicas that share a queue keep the wait of one."""

import numpy as np
import pandas as pd

from planner.options.places import is_spot_place
from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, joined, number, told
from planner.plan.ledger import limit_or_nan
from planner.plan.tolerances import RELATIVE, SHARE


def pooled_headroom(found: AuditInput) -> Checked:
    """The load of replicas that share a queue keeps Erlang's probability of waiting, and the rate at which waits end, of one.

    With u = utilisation_max, n replicas and a of them busy: C(n, a) <= u and n - a >= 1 - u; judged on the curve itself, not
    on the lines that the program takes. Lines stand among the coefficients where the instance asks for headroom, only there.
    """
    return joined(_waits(found), _as_given(found))


def has_headroom(found: AuditInput, rows: pd.DataFrame) -> pd.Series:
    """Says which rows of option and place are of replicas that share a queue: whole requests, not on spot nodes."""
    role = rows["option"].map(found.options.set_index("option")["role"])
    is_spot = pd.Series([is_spot_place(str(place)) for place in rows["place"]], index=rows.index, dtype=bool)
    return (role == "aggregated") & ~is_spot & (len(found.coefficients.headroom) > 0)


def loads(found: AuditInput) -> pd.DataFrame:
    """Returns pool, option, place, period, block, busy and replicas of every deployment with traffic."""
    key = ["pool", "option", "place", *SLOT]
    traffic = found.traffic
    busy = traffic.assign(busy=(traffic["requests_per_s"] / traffic["rate_requests_per_s"]).fillna(float("inf")))
    running = found.tables.deployments.groupby(key, as_index=False)["replicas"].sum()
    rows: pd.DataFrame = busy.groupby(key, as_index=False)["busy"].sum().merge(running, on=key, how="left")
    return rows.fillna({"replicas": 0})


def _waits(found: AuditInput) -> Checked:
    rows = loads(found)
    rows = rows[has_headroom(found, rows)]
    most = limit_or_nan(found.coefficients, "utilisation_max")
    pairs = zip(rows["replicas"], rows["busy"], strict=True)
    waits = pd.Series([_wait_probability(float(n), float(a)) for n, a in pairs], index=rows.index, dtype=float)
    left = rows["replicas"] - rows["busy"]
    rows = rows.assign(waits=waits, left=left)
    is_kept = (waits <= most * (1 + RELATIVE) + SHARE) & (left >= (1 - most) - RELATIVE * rows["replicas"] - SHARE)
    return told(
        "pooled_headroom",
        len(rows),
        rows[~is_kept],
        lambda row: Finding(
            "pooled_headroom",
            f"wait of {row.pool} before {number(row.replicas)} of {row.option} at {row.place} in {row.period}/{row.block}",
            f"at most {number(most)}, with {number(1 - most)} replicas left",
            f"{number(row.waits)}, with {number(row.left)} left",
            "probability",
        ),
    )


def _wait_probability(servers: float, busy: float) -> float:
    """Returns Erlang's C by its sum: the last term over all, each by its logarithm."""
    if not busy < servers:
        return 1.0
    if busy <= 0:
        return 0.0
    numbers = np.arange(int(servers) + 1)
    steps = np.log(busy) - np.log(np.maximum(numbers, 1))
    terms = np.cumsum(np.where(numbers > 0, steps, 0.0))
    weights = np.exp(terms - terms.max())
    last = weights[-1] * servers / (servers - busy)
    return float(last / (weights[:-1].sum() + last))


def _as_given(found: AuditInput) -> Checked:
    if found.instance is None:
        return Checked(0)
    service = found.instance.settings.service
    given, planned = service.pooled_headroom and service.utilisation_max < 1, len(found.coefficients.headroom) > 0
    if given == planned:
        return Checked(1)
    return Checked(1, (Finding("pooled_headroom", "service.pooled_headroom", str(given), str(planned)),))
