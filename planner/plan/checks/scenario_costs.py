"""What the plan costs in each scenario, and that the objective is its expectation."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.ledger import ledger
from planner.plan.plan import EXTENSIONS
from planner.plan.scenarios import seen_in
from planner.plan.tolerances import SHARE, USD


def scenario_costs(found: AuditInput) -> Checked:
    """Each scenario's cost is that of its own blocks by the clock, recomputed; probability x cost adds up to the objective.

    With one scenario the table is empty: the ledger says all.
    """
    tables, blocks = found.tables, found.coefficients.blocks
    chances = blocks.drop_duplicates("scenario")[["scenario", "probability"]]
    chances = chances if len(chances) > 1 else chances.iloc[:0]
    more = {name: getattr(tables, name) for name in ("deployments", *EXTENSIONS)}
    due = []
    for name in chances["scenario"]:
        alone = ledger(tables.traffic, tables.nodes, tables.orders, seen_in(found.coefficients, str(name)), more)
        due.append(float(alone["usd"].sum(skipna=False)))
    rows = chances.assign(usd=due).merge(tables.scenarios, on="scenario", how="outer", suffixes=("_due", "_told"))
    is_right = (rows["usd_due"] - rows["usd_told"]).abs() <= USD
    is_right &= (rows["probability_due"] - rows["probability_told"]).abs() <= SHARE
    wrong = told(
        "scenario_costs",
        max(1, len(rows)),
        rows[~is_right],
        lambda row: Finding(
            "scenario_costs",
            f"cost if scenario {row.scenario} comes true, and its probability",
            f"{number(row.usd_due)} usd, {number(row.probability_due)}",
            f"{number(row.usd_told)} usd, {number(row.probability_told)}",
        ),
    )
    if not len(chances):
        return wrong
    expected = float((tables.scenarios["usd"] * tables.scenarios["probability"]).sum(skipna=False))
    if abs(expected - found.facts.objective_usd) <= USD:
        return wrong
    subject = "probability x cost over the scenarios, against objective_usd"
    finding = Finding("scenario_costs", subject, number(found.facts.objective_usd), number(expected), "usd")
    return Checked(wrong.rows, (*wrong.findings, finding))
