"""The demand planned for is the demand given."""

from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.tolerances import RELATIVE


def demand_as_given(found: AuditInput) -> Checked:
    """Every row of the coefficients' demand equals the instance's demand table, and no row is missing."""
    if found.instance is None:
        return Checked(0)
    key = ["workload", *SLOT, "scenario"]
    planned = found.coefficients.demand.merge(found.slots[[*SLOT, "base_block"]], on=SLOT, how="left")
    planned = planned.assign(block=planned["base_block"])[[*key, "requests_per_s"]]
    rows = planned.merge(found.instance.demand, on=key, how="outer", suffixes=("_planned", "_given"))
    gap = (rows["requests_per_s_planned"] - rows["requests_per_s_given"]).abs()
    wrong = rows[~(gap <= RELATIVE * rows["requests_per_s_given"])]
    return told(
        "demand_as_given",
        len(rows),
        wrong,
        lambda row: Finding(
            "demand_as_given",
            f"demand of {row.workload} in {row.period}/{row.block}{_in_scenario(row.scenario)}, as planned for",
            number(row.requests_per_s_given),
            number(row.requests_per_s_planned),
            "requests/s",
        ),
    )


def _in_scenario(scenario: str) -> str:
    return "" if scenario == "expected" else f" in scenario {scenario}"
