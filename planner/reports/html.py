"""One self-contained HTML page of a plan: styles and charts inside, no script, no request to anywhere."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from planner.errors import InputError
from planner.plan.files import PLAN_FILE, read_facts
from planner.reports import figures, money, pictures, sentences
from planner.reports.facts import ReportFacts, report_facts
from planner.reports.service import METRICS
from planner.reports.sources import SOURCE_WORDS, supposed_share
from planner.tables import records, write_atomically

TEMPLATE = "report.html.j2"


def write_report(plan_folder: Path, target: Path) -> Path:
    """Writes the report of a plan and returns its path.

    Raises InputError where the plan cannot be read, or the target is a folder or a file of the plan itself.
    """
    own = {(plan_folder / name).resolve() for name in (PLAN_FILE, *read_facts(plan_folder).provenance.digests)}
    if target.resolve() in own or target.is_dir():
        raise InputError.single(str(target), "a file name that is free for the report", "a folder or a file of the plan")
    write_atomically(target, render(report_facts(plan_folder)))
    return target


def render(facts: ReportFacts) -> str:
    """Returns the page of a plan's facts; every text from the plan is escaped."""
    environment = Environment(
        loader=PackageLoader("planner.reports", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(
        usd=figures.usd,
        usd_short=figures.usd_short,
        change=figures.change,
        share=figures.share,
        number=figures.number,
        breakable=breakable,
    )
    return environment.get_template(TEMPLATE).render(page(facts))


def breakable(text: str) -> Markup:
    """Returns a text, escaped, that may break after each slash.

    >>> str(breakable("aws/p5/<b>"))
    'aws/<wbr>p5/<wbr>&lt;b&gt;'
    """
    return Markup(str(escape(text)).replace("/", "/<wbr>"))  # noqa: S704  (escaped first)


def page(facts: ReportFacts) -> dict[str, Any]:
    """Returns what the template shows: sentences, charts, and the frames as records."""
    plan = facts.plan.facts
    return {
        "plan": plan,
        "story": facts.instance.settings.story.strip(),
        "periods": list(facts.periods),
        "accelerators": facts.accelerators,
        "decision": sentences.decision(facts),
        "gap_meaning": sentences.gap_meaning(plan),
        "confidence": sentences.confidence(facts),
        "cards": cards(facts),
        **{name: _with_chart(getattr(facts, name)) for name in ("why", "answered", "futures", "carbon", "limits")},
        "goals": sentences.goal_meanings(plan) if plan.goals else [],
        "audit": facts.audit,
        "audit_words": sentences.audit_words(facts.audit),
        "bound_words": sentences.bound_words(plan),
        "terminal_words": sentences.terminal_words(facts),
        "source_words": SOURCE_WORDS,
        "fleet": rows_of(facts.fleet_wide),
        "ledger": rows_of(money.folded(facts.ledger)),
        "promises": promise_rows(facts.promises),
        **token_rows(facts),
        "block_key": pictures.block_key(facts),
        "charts": charts(facts),
        "log_tail": facts.log_tail,
        **{name: rows_of(getattr(facts, name)) for name in FRAMES},
    }


FRAMES = (
    "orders", "rentals", "routes", "unit_costs", "cash", "use_shares", "price_range", "prices", "estimates", "binding",
)  # fmt: skip


def charts(facts: ReportFacts) -> dict[str, Any]:
    """Returns the charts as markup that is safe to embed."""
    return {
        "fleet": _drawn(pictures.fleet_chart(facts)),
        "demand": [(name, _drawn(chart)) for name, chart in pictures.demand_charts(facts)],
        "load": [(name, _drawn(chart)) for name, chart in pictures.load_charts(facts)],
        "cost": _drawn(pictures.cost_chart(facts)),
        "cash": _drawn(pictures.cash_chart(facts)),
        "spending": _drawn(pictures.spending_chart(facts)),
        "sources": _drawn(pictures.source_charts(facts)),
        **{f"{name}_legend": _drawn(drawn) for name, drawn in pictures.legends().items()},
    }


def _with_chart(section: dict[str, Any] | None) -> dict[str, Any] | None:
    return section and {**section, "chart": _drawn(section["chart"])}


def _drawn(chart: str) -> Markup:
    return Markup(chart)  # noqa: S704  (planner.reports.svg escapes every text and attribute)


def token_rows(facts: ReportFacts) -> dict[str, Any]:
    """Returns what the sections on tokens and on use show: rows by workload, by accelerator and period, and the rule."""
    found = facts.tokens
    by_workload = found.by(["workload"]).merge(
        found.energy[["workload", "kwh_per_mtok", "kg_per_mtok"]], on="workload", how="left"
    )
    prices = [str(name) for name in by_workload if str(name).startswith("usd_per_")]
    served = by_workload[by_workload["requests"] > 0].assign(**{name: by_workload[name] * found.idle_factor for name in prices})
    return {
        "token_costs": rows_of(served.sort_values("workload")),
        "use": rows_of(found.use),
        "token_rule": found.rule,
        "idle_factor": found.idle_factor,
    }


def cards(facts: ReportFacts) -> list[tuple[str, str, str]]:
    """Returns the key numbers: name, value, and what it is made of."""
    plan = facts.plan.facts
    credit = sentences.credit_usd(facts)
    after = f"; after a credit of {figures.usd_short(credit)}" if credit > 0 else ""
    signed = float(facts.orders["charge_usd"].sum())
    peaks = facts.accelerators
    total = facts.unit_costs.iloc[-1]
    supposed = supposed_share(facts.price_sources)
    priced = "of the money for nodes and tokens" if facts.answered and facts.answered["sellers"] else "of the money for nodes"
    return [
        (
            "Expected cost" if facts.futures else "Cost over the horizon", figures.usd_short(plan.objective_usd),
            f"{sentences.span(facts)}{after}",
        ),
        sentences.gap_card(plan),
        ("To sign", figures.usd_short(signed), figures.counted(int(facts.orders["nodes"].sum()), "node") + " committed"),
        ("Accelerators at peak", f"{max(peaks.values()):,}", f"{peaks[facts.periods[0]]:,} in {facts.periods[0]}"),
        (
            "Cost per 1,000 requests", figures.usd(float(total["full_usd_per_1000_requests"])),
            f"{figures.usd(float(total['full_usd_per_mtok']))} per million tokens",
        ),
        ("At estimated prices", figures.share(supposed), priced),
    ]  # fmt: skip


def promise_rows(promises: pd.DataFrame) -> list[tuple[str, list[list[dict[str, Any]]]]]:
    """Returns (workload, cells) with one cell for each of PROMISE_COLUMNS, each a list of promises."""
    found = rows_of(promises)
    names = list(dict.fromkeys(row["workload"] for row in found))
    return [
        (name, [[row for row in found if row["workload"] == name and is_here(row["promise"])] for is_here in PROMISE_COLUMNS])
        for name in names
    ]


PROMISE_COLUMNS: tuple[Callable[[str], bool], ...] = (
    *(word.__eq__ for word in METRICS.values()),
    lambda promise: promise not in METRICS.values(),
)
"""Which promises stand in each column: the latency metrics in order, then quality."""


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Returns the rows of a frame as mappings for the template; what is missing is NaN or an empty text."""
    return [{name: float("nan") if value is None else value for name, value in row.items()} for row in records(frame)]
