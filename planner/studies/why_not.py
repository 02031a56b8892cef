"""Why not X: the least cost of a fleet in which X must be in use around the clock, against the plan's.

Asking for X only takes fleets away, so that the least cost never falls: the interval starts at 0 at the least.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from planner.methods import MethodSettings
from planner.options.coefficients import Coefficients
from planner.plan.interval import Interval, Proved
from planner.plan.plan import PlanTables
from planner.program.groups import Slot
from planner.studies.forced import Memory, Program, Row

OFFER_COLUMNS = ("offer", "node_type", "accelerator", "region", "provider", "vendor", "kind")
OPTION_COLUMNS = ("option", "variant", "model", "precision")


@dataclass(frozen=True)
class WhyNot:
    """What it costs to have X in use in every block of every period in which it can be."""

    name: str
    least: int
    """Nodes (or replicas) of it that are asked for."""
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
        noun = "node" if self.kind in OFFER_COLUMNS else "replica"
        many = f"{'one' if self.least == 1 else self.least} {noun}{'s' * (self.least > 1)}"
        return f"why not {self.name}: with at least {many} of it around the clock the least cost is {self.cost.words}"

    def record(self) -> dict[str, Any]:
        """Returns the answer as plain JSON values."""
        cost = None if self.cost is None else self.cost.record()
        facts = {"name": self.name, "kind": self.kind, "least": self.least, "objective_usd": self.objective_usd}
        return {**facts, "reason": self.reason, "cost": cost, "text": self.text}


def why_not(
    program: Program, name: str, plan: Proved, settings: MethodSettings, memory: Memory, tables: PlanTables | None = None
) -> WhyNot:
    """Returns the cost of forcing in an offer, node type, accelerator, region, provider, vendor, model, variant or option.

    `NAME=20` asks for 20 nodes (or replicas) of it instead of one. `tables` are the plan's: adding to it is tried too.
    """
    name, least = asked_for(name)
    kind, rows = presence_rows(program, name, least)
    if not kind:
        reason = "it is not among what this instance may buy or deploy: no option on it keeps a promise, or it is not on sale"
        return WhyNot(name, least, "", None, None, reason)
    if not rows:
        return WhyNot(name, least, kind, None, None, "no supply, or no traffic that may use it")
    found = memory.compared(plan, program, program.with_compiled(program.with_rows(rows)), settings, tables=tables)
    if found.status == "infeasible":
        return WhyNot(name, least, kind, None, None, "no fleet keeps every promise with it in use around the clock")
    usd = _moved(plan.objective_usd, found.before.objective_usd, found.after.objective_usd)
    return WhyNot(name, least, kind, Interval.between(found.before, found.after).at_least_zero, usd, "")


def _moved(plan_usd: float | None, before_usd: float | None, after_usd: float | None) -> float | None:
    """Returns the cost of the whole plan with one part of it exchanged for another."""
    if plan_usd is None or before_usd is None or after_usd is None:
        return None
    return plan_usd + after_usd - before_usd


def named_columns(c: Coefficients) -> list[tuple[pd.DataFrame, str]]:
    """Returns the columns that a name is looked for in."""
    return [
        (frame, n) for frame, ns in ((c.offers, OFFER_COLUMNS), (c.options, OPTION_COLUMNS)) for n in ns if n in frame.columns
    ]


def asked_for(name: str) -> tuple[str, int]:
    """Returns what is asked for and how many.

    >>> asked_for("8xH200-SXM=16"), asked_for("nebius")
    (('8xH200-SXM', 16), ('nebius', 1))
    """
    head, _, count = name.rpartition("=")
    return (head, max(1, int(count))) if head and count.isdigit() else (name, 1)


def presence_rows(program: Program, name: str, least: int = 1) -> tuple[str, list[Row]]:
    """Returns the kind of thing a name is, and a row a slot: at least so many nodes (or replicas) of it are there."""
    c, slots = program.groups.coefficients, program.groups.slots
    for column in OFFER_COLUMNS:
        offers = _named(c.offers, "offer", column, name)
        if offers:
            return column, [row for slot in slots if (row := _node_row(program, offers, slot, least)) is not None]
    for column in OPTION_COLUMNS:
        options = _named(c.options, "option", column, name)
        if options:
            return column, [row for slot in slots if (row := _replica_row(program, options, slot, least)) is not None]
    return "", []


def _node_row(program: Program, offers: set[str], slot: Slot, least: int) -> Row | None:
    columns = program.columns(
        lambda v, i: i[0] in offers and ((v == "rent" and i[1:] == slot) or (v == "hold" and i[1] == slot[0])) if i else False
    )
    return (dict.fromkeys(columns, 1.0), float(least), float("inf")) if columns else None


def _replica_row(program: Program, options: set[str], slot: Slot, least: int) -> Row | None:
    columns = program.columns(lambda v, i: v == "deploy" and i[1] in options and i[3:] == slot)
    return (dict.fromkeys(columns, 1.0), float(least), float("inf")) if columns else None


def _named(frame: pd.DataFrame, key: str, column: str, name: str) -> set[str]:
    return set(frame.loc[frame[column] == name, key]) if column in frame.columns else set()
