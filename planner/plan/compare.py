"""Two plans side by side: what changed in the wishes, in the decision and in the money, and what of it is proved."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from planner.options.coefficients import TABLES, Coefficients
from planner.plan.differences import instance_differences, table_differences
from planner.plan.files import PlanInputs, read_plan, read_plan_inputs
from planner.plan.length_classes import spoken
from planner.plan.plan import TERMS, Plan, PlanTables
from planner.plan.rate_changes import rate_changes, rate_lines
from planner.plan.summary import money
from planner.tables import records

TOLD_MAX = 12
SHARE_MIN = 0.005
"""Changes of a traffic share under half a per cent are not told (the frame has them)."""
NOT_DETERMINED = "not determined at this gap"


@dataclass(frozen=True, eq=False)
class Comparison:
    """What differs between a plan before and a plan after; `None` ends mean that a bound is missing."""

    inputs: pd.DataFrame
    """part, name, before, after: settings path by path, instance tables row by row."""
    coefficients: pd.DataFrame
    """part, name, before, after: prices and supply that differ."""
    rates: pd.DataFrame
    """workload, place, before, after: requests/s of the fastest replica, where it differs."""
    nodes: pd.DataFrame
    """node_type, region, period, before, after: most nodes of any block, where they differ."""
    orders: pd.DataFrame
    """offer, period, before, after, where they differ."""
    traffic_shares: pd.DataFrame
    """workload, variant, before, after: share of the workload's requests over the horizon."""
    costs: pd.DataFrame
    """term, before_usd, after_usd, change_usd."""
    difference_low_usd: float | None
    """Proved: the least cost changes by at least this (bound after - objective before)."""
    difference_high_usd: float | None
    """Proved: the least cost changes by at most this (objective after - bound before)."""
    verdict: str
    """`dearer`, `cheaper` or `not determined at this gap`."""
    lines: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """Returns the comparison as plain JSON values: frames as lists of rows, a missing bound as None."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: records(value) if isinstance(value, pd.DataFrame) else value for name, value in values.items()}


def compare_plans(before: Path, after: Path) -> Comparison:
    """Returns the comparison of two plan folders; raises InputError where one cannot be read."""
    plans = [read_plan(folder) for folder in (before, after)]
    given = [read_plan_inputs(folder) for folder in (before, after)]
    inputs = instance_differences(given[0].instance, given[1].instance)
    coefficients = _coefficient_differences(given[0].coefficients, given[1].coefficients)
    rates = rate_changes(given[0].coefficients, given[1].coefficients)
    nodes = _side_by_side(*(_fleet(p.tables, g.coefficients) for p, g in zip(plans, given, strict=True)))
    orders = _side_by_side(*(p.tables.orders.set_index(["offer", "period"])["nodes"] for p in plans))
    shares = _side_by_side(*(_shares(p, g) for p, g in zip(plans, given, strict=True)))
    costs = _costs(*plans)
    low, high = _interval(*plans)
    verdict = _verdict(low, high)
    told = [
        _money_line(plans, low, high, verdict),
        *_cost_lines(costs),
        *_table_lines("input", inputs["part"] + " " + inputs["name"], inputs),
        *_table_lines("nodes", nodes["node_type"] + " in " + nodes["region"] + " in " + nodes["period"], nodes),
        *_table_lines("orders", orders["offer"] + " in " + orders["period"], orders),
        *_share_lines(shares),
        *_table_lines("coefficient", coefficients["part"] + " " + coefficients["name"], coefficients),
        *rate_lines(rates),
    ]
    return Comparison(inputs, coefficients, rates, nodes, orders, shares, costs, low, high, verdict, tuple(told))


def _coefficient_differences(before: Coefficients, after: Coefficients) -> pd.DataFrame:
    """Returns the changed cells of prices and supply."""
    names = ("prices", "supply")
    frames = [table_differences(n, getattr(before, n), getattr(after, n), TABLES[n].key) for n in names]
    return pd.concat(frames, ignore_index=True)


def _fleet(tables: PlanTables, coefficients: Coefficients) -> pd.Series:
    nodes = tables.nodes.merge(coefficients.offers[["offer", "node_type", "region"]], on="offer")
    slots = nodes.groupby(["node_type", "region", "period", "block"])["nodes"].sum()
    return slots.groupby(["node_type", "region", "period"]).max()


def _shares(plan: Plan, given: PlanInputs) -> pd.Series:
    """Returns the share of each variant in a workload's requests over the horizon."""
    blocks, options = given.coefficients.blocks, given.coefficients.options
    rows = plan.tables.traffic.merge(blocks, on=["period", "block"]).merge(options[["option", "variant"]], on="option")
    rows = rows.assign(requests=rows["requests_per_s"] * rows["hours"])
    requests = spoken(rows, given.coefficients).groupby(["workload", "variant"])["requests"].sum()
    return requests / requests.groupby("workload").transform("sum")


def _side_by_side(before: pd.Series, after: pd.Series) -> pd.DataFrame:
    """Returns the entries that differ, with 0 where one side has none."""
    both = pd.concat([before.rename("before"), after.rename("after")], axis=1).fillna(0)
    both = both[(both["before"] - both["after"]).abs() > 1e-9].sort_index()
    return both.reset_index()


def _costs(before: Plan, after: Plan) -> pd.DataFrame:
    sums = [plan.tables.ledger.groupby("term")["usd"].sum().reindex(list(TERMS)).fillna(0.0) for plan in (before, after)]
    rows = pd.DataFrame({"term": TERMS, "before_usd": sums[0].to_numpy(), "after_usd": sums[1].to_numpy()})
    return rows.assign(change_usd=rows["after_usd"] - rows["before_usd"])


def _interval(before: Plan, after: Plan) -> tuple[float | None, float | None]:
    """Returns [bound after - objective before, objective after - bound before]."""
    low = None if after.facts.bound_usd is None else after.facts.bound_usd - before.facts.objective_usd
    high = None if before.facts.bound_usd is None else after.facts.objective_usd - before.facts.bound_usd
    return low, high


def _verdict(low: float | None, high: float | None) -> str:
    if low is not None and low > 0:
        return "dearer"
    if high is not None and high < 0:
        return "cheaper"
    return NOT_DETERMINED


def _money_line(plans: Sequence[Plan], low: float | None, high: float | None, verdict: str) -> str:
    before, after = plans
    ends = ["-infinity" if low is None else money(low), "infinity" if high is None else money(high)]
    change = after.facts.objective_usd - before.facts.objective_usd
    return (
        f"cost: {money(before.facts.objective_usd)} -> {money(after.facts.objective_usd)} ({change:+,.2f} usd);"
        f" the least cost changes by [{ends[0]}, {ends[1]}]: {verdict}"
    )


def _cost_lines(costs: pd.DataFrame) -> list[str]:
    changed = costs[costs["change_usd"].abs() >= 0.01]
    return [
        f"  {term.replace('_', ' ')}: {money(old)} -> {money(new)}"
        for term, old, new in changed[["term", "before_usd", "after_usd"]].itertuples(index=False, name=None)
    ]


def _table_lines(what: str, subjects: pd.Series, rows: pd.DataFrame) -> list[str]:
    """Returns the first changed rows as lines, and how many more there are."""
    sides = zip(subjects, rows["before"], rows["after"], strict=True)
    lines = [f"{what}: {subject}: {_shown(old)} -> {_shown(new)}" for subject, old, new in sides]
    more = len(lines) - TOLD_MAX
    return lines[:TOLD_MAX] + ([f"{what}: {more} more"] if more > 0 else [])


def _share_lines(shares: pd.DataFrame) -> list[str]:
    told = shares[(shares["before"] - shares["after"]).abs() >= SHARE_MIN]
    return [
        f"traffic: {workload} on {variant}: {old:.1%} -> {new:.1%}"
        for workload, variant, old, new in told.itertuples(index=False, name=None)
    ]


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
