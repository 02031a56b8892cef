"""What starts is paid for once, in the period in which it starts."""

import pandas as pd

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.tolerances import USD


def node_starts(found: AuditInput) -> Checked:
    """No period pays less for starts than for the largest increase of a block's nodes of each type in each region."""
    price = found.coefficients.scalar("switching_usd_per_node")
    return starts_paid(found, "node_starts", "switching", price, found.nodes, ["node_type", "zone"], "nodes")


def starts_paid(
    found: AuditInput, check: str, term: str, price: float, rows: pd.DataFrame, key: list[str], counted: str
) -> Checked:  # fmt: skip
    """Returns a finding for each period whose ledger pays less than its starts, in the mean over the scenarios."""
    if price == 0 or len(found.periods) < 2:  # the first period starts nothing
        return Checked(0)
    there = rows.pivot_table(index=[*key, "block"], columns="period", values=counted, aggfunc="sum")
    there = there.reindex(columns=found.periods).astype(float).fillna(0.0)
    chances = found.coefficients.blocks.drop_duplicates("block").set_index("block")
    steps = there.diff(axis=1).iloc[:, 1:].clip(lower=0.0).reset_index()
    steps = steps.assign(scenario=steps["block"].map(chances["scenario"]), chance=steps["block"].map(chances["probability"]))
    most = steps.groupby([*key, "scenario"], as_index=False)[[*found.periods[1:], "chance"]].max()
    paid = found.tables.ledger[found.tables.ledger["term"] == term].groupby("period")["usd"].sum()
    dues = [float((most[period] * most["chance"]).sum()) * price for period in found.periods[1:]]
    due = pd.DataFrame({"period": found.periods[1:], "due": dues})
    due = due.assign(paid=[float(paid.get(period, 0.0)) for period in due["period"]])
    return told(
        check,
        len(due),
        due[~(due["paid"] >= due["due"] - USD)],
        lambda row: Finding(check, f"starts in {row.period}", f"at least {number(row.due)}", number(row.paid), "usd"),
    )
