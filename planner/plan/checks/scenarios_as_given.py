"""The scenarios planned for are those given."""

from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.horizon import horizon_blocks
from planner.plan.tolerances import SHARE


def scenarios_as_given(found: AuditInput) -> Checked:
    """Every block of the coefficients stands for a block of the instance in a scenario, at the probability given there."""
    if found.instance is None:
        return Checked(0)
    settings = found.instance.settings
    columns = [*SLOT, "scenario", "probability", "base_block"]
    given = horizon_blocks(settings.horizon, settings.risk.scenarios)[columns]
    rows = found.coefficients.blocks[columns].merge(given, on=SLOT, how="outer", suffixes=("_planned", "_given"))
    is_right = (rows["scenario_planned"] == rows["scenario_given"]) & (rows["base_block_planned"] == rows["base_block_given"])
    is_right &= (rows["probability_planned"] - rows["probability_given"]).abs() <= SHARE
    return told(
        "scenarios_as_given",
        len(rows),
        rows[~is_right],
        lambda row: Finding(
            "scenarios_as_given",
            f"block, scenario and probability of {row.period}/{row.block}",
            f"{row.base_block_given}, {row.scenario_given}, {number(row.probability_given)}",
            f"{row.base_block_planned}, {row.scenario_planned}, {number(row.probability_planned)}",
        ),
    )
