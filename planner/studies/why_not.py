"""Why not X: the least cost of a fleet in which X must be in use, against the plan's."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from planner.methods import MethodSettings
from planner.plan.interval import Interval, Proved
from planner.solvers import Worker
from planner.studies.forced import Program, Row, solved

OFFER_COLUMNS = ("offer", "node_type", "accelerator", "region", "provider", "vendor", "kind")
OPTION_COLUMNS = ("option", "variant", "model", "precision")


@dataclass(frozen=True)
class WhyNot:
    """What it costs to have X in use in every period in which it can be."""

    name: str
    kind: str
    """Column of the offers or options that has the name: node_type, provider, model..."""
    cost: Interval | None
    """Change of the least cost; None where X is no candidate or cannot be in use."""
    objective_usd: float | None
    reason: str
    """Why there is no interval; empty otherwise."""

    @property
    def text(self) -> str:
        """The answer for people."""
        if self.cost is None:
            return f"why not {self.name}: {self.reason}"
        return f"why not {self.name}: at least one in use in every period changes the least cost by {self.cost.text}"

    def record(self) -> dict[str, Any]:
        """Returns the answer as plain JSON values."""
        cost = None if self.cost is None else self.cost.record()
        facts = {"name": self.name, "kind": self.kind, "objective_usd": self.objective_usd, "reason": self.reason}
        return {**facts, "cost": cost, "text": self.text}


def why_not(program: Program, name: str, plan: Proved, settings: MethodSettings, worker: Worker, time_limit_s: float) -> WhyNot:
    """Returns the cost of forcing in an offer, node type, accelerator, region, provider, vendor, model, variant or option."""
    kind, rows = presence_rows(program, name)
    if not kind:
        reason = "it is not among what this instance may buy or deploy: no option on it keeps a promise, or it is not on sale"
        return WhyNot(name, "", None, None, reason)
    if not rows:
        return WhyNot(name, kind, None, None, "no supply, or no traffic that may use it")
    solution, found = solved(worker, program.with_rows(rows), settings, time_limit_s)
    if found.objective_usd is None and solution.status.value == "infeasible":
        return WhyNot(name, kind, None, None, "no fleet keeps every promise with it in use in every period")
    return WhyNot(name, kind, Interval.between(plan, found), found.objective_usd, "")


def presence_rows(program: Program, name: str) -> tuple[str, list[Row]]:
    """Returns the kind of thing a name is, and a row a period: at least one node (or replica) of it is there."""
    c = program.groups.coefficients
    for column in OFFER_COLUMNS:
        offers = _named(c.offers, "offer", column, name)
        if offers:
            periods = program.groups.periods
            return column, [row for t in periods if (row := _node_row(program, offers, t)) is not None]
    for column in OPTION_COLUMNS:
        options = _named(c.options, "option", column, name)
        if options:
            rows = [_replica_row(program, options, t) for t in program.groups.periods]
            return column, [row for row in rows if row is not None]
    return "", []


def _node_row(program: Program, offers: set[str], period: str) -> Row | None:
    columns = program.columns(lambda v, i: v in ("rent", "hold") and i[0] in offers and i[1] == period)
    return (dict.fromkeys(columns, 1.0), 1.0, float("inf")) if columns else None


def _replica_row(program: Program, options: set[str], period: str) -> Row | None:
    columns = program.columns(lambda v, i: v == "deploy" and i[1] in options and i[3] == period)
    return (dict.fromkeys(columns, 1.0), 1.0, float("inf")) if columns else None


def _named(frame: pd.DataFrame, key: str, column: str, name: str) -> set[str]:
    return set(frame.loc[frame[column] == name, key]) if column in frame.columns else set()
