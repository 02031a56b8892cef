"""Volume tiers of API offers are those of the instance."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.tolerances import SHARE


def api_tiers(found: AuditInput) -> Checked:
    """The tiers planned with are the instance's, of every API offer planned with.

    What is spent in a tier follows from the calls of the plan; the check `api_discount` counts it.
    """
    if found.instance is None:
        return Checked(0)
    given = found.instance.tables["api_tiers"]
    given = given[given["api_offer"].isin(found.coefficients.api["api_offer"])]
    key = ["api_offer", "usd_from"]
    rows = found.coefficients.api_tiers.merge(given, on=key, how="outer", suffixes=("_planned", "_given"))
    is_right = (rows["discount_share_planned"] - rows["discount_share_given"]).abs() <= SHARE
    return told(
        "api_tiers",
        len(rows),
        rows[~is_right],
        lambda row: Finding(
            "api_tiers", f"discount of {row.api_offer} from {number(row.usd_from)} usd",
            number(row.discount_share_given), number(row.discount_share_planned),
        ),
    )  # fmt: skip
