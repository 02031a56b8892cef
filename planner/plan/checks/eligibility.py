"""Traffic goes only where every promise holds."""

import pandas as pd

from planner.options.places import is_spot_place
from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, joined, told
from planner.plan.reach import open_slots, sites


def eligibility(found: AuditInput) -> Checked:
    """Every route has a rate, an allowed path, a site and demand; every deployment stands on a site."""
    traffic = found.traffic
    slots = open_slots(found).assign(is_wanted=True)
    wanted = traffic.merge(slots, on=["workload", *SLOT], how="left")["is_wanted"].eq(True)
    bears = found.coefficients.spot["workload"]
    is_spot = pd.Series([is_spot_place(str(place)) for place in traffic["place"]], index=traffic.index, dtype=bool)
    reasons: dict[str, pd.Series[bool]] = {
        "an option with a rate for the workload": traffic["rate_requests_per_s"].notna(),
        "an option that answers requests": ~traffic["role"].eq("prefill"),
        "a region that the workload may use": traffic["is_allowed"],
        "a region near enough for the rate's promises": ~(traffic["network_ms"] > traffic["network_ms_max"]),
        "a place where the option has a site": _has_site(traffic, found),
        "a slot in which the workload has demand": wanted,
        "no spot nodes, which the workload does not bear": ~is_spot | traffic["workload"].isin(bears),
    }
    parts = [_routes(traffic, expected, holds) for expected, holds in reasons.items()]
    deployments = found.deployments
    homeless = deployments[~_has_site(deployments, found)]
    parts.append(
        told(
            "eligibility",
            len(deployments),
            homeless,
            lambda row: Finding(
                "eligibility",
                f"replicas of {row.option} for {row.pool} in {row.period}/{row.block}",
                "a place where the option has a site",
                str(row.place),
            ),
        )
    )
    return joined(*parts)


def _routes(traffic: pd.DataFrame, expected: str, holds: "pd.Series[bool]") -> Checked:
    wrong = traffic[~holds.to_numpy()]
    return told(
        "eligibility",
        len(traffic),
        wrong,
        lambda row: Finding(
            "eligibility",
            f"traffic of {row.workload} in {row.period}/{row.block}",
            expected,
            f"{row.option} at {row.place}",
        ),
    )


def _has_site(rows: pd.DataFrame, found: AuditInput) -> "pd.Series[bool]":
    """Returns whether (option, place) is offered."""
    known = pd.MultiIndex.from_frame(sites(found)[["option", "place"]].drop_duplicates())
    return pd.Series(pd.MultiIndex.from_frame(rows[["option", "place"]]).isin(known), index=rows.index)
