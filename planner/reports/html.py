"""One self-contained HTML page of a plan: styles and charts inside, no script, no request to anywhere."""

from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from planner.errors import InputError
from planner.reports import figures, pictures, sentences
from planner.reports.facts import ReportFacts, report_facts
from planner.reports.sources import SOURCE_WORDS, supposed_share
from planner.tables import records, write_atomically

TEMPLATE = "report.html.j2"


def write_report(plan_folder: Path, target: Path) -> Path:
    """Writes the report of a plan and returns its path; raises InputError where the plan cannot be read or the target is
    a file of the plan itself.
    """
    facts = report_facts(plan_folder)
    own = {(plan_folder / name).resolve() for name in facts.plan.facts.provenance.digests} | {(plan_folder / "plan.json").resolve()}
    if target.resolve() in own or target.is_dir():
        raise InputError.single(str(target), "the name of an HTML file that is not part of the plan", "a file or folder that is there")
    write_atomically(target, render(facts))
    return target


def render(facts: ReportFacts) -> str:
    """Returns the page of a plan's facts; every text from the plan is escaped."""
    environment = Environment(
        loader=PackageLoader("planner.reports", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(
        usd=figures.usd, usd_short=figures.usd_short, change=figures.change, share=figures.share, number=figures.number
    )
    return environment.get_template(TEMPLATE).render(page(facts))


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
        "audit": facts.audit,
        "audit_words": sentences.audit_words(facts.audit),
        "bound_words": sentences.bound_words(plan),
        "terminal_words": sentences.terminal_words(facts),
        "source_words": SOURCE_WORDS,
        "fleet": rows_of(facts.fleet_wide),
        "block_key": pictures.block_key(facts),
        "charts": charts(facts),
        "log_tail": facts.log_tail,
        **{name: rows_of(getattr(facts, name)) for name in FRAMES},
    }


FRAMES = (
    "orders", "rentals", "routes", "promises", "unit_costs", "cash", "ledger", "use_shares", "price_range", "prices",
    "estimates", "binding",
)  # fmt: skip


def charts(facts: ReportFacts) -> dict[str, Any]:
    """Returns the charts as markup that is safe to embed."""
    return {
        "fleet": Markup(pictures.fleet_chart(facts)),
        "demand": [(name, Markup(chart)) for name, chart in pictures.demand_charts(facts)],
        "load": [(name, Markup(chart)) for name, chart in pictures.load_charts(facts)],
        "cost": Markup(pictures.cost_chart(facts)),
        "cash": Markup(pictures.cash_chart(facts)),
        "spending": Markup(pictures.spending_chart(facts)),
        "sources": Markup(pictures.source_charts(facts)),
    }


def cards(facts: ReportFacts) -> list[tuple[str, str, str]]:
    """Returns the key numbers: name, value, and what it is made of."""
    plan = facts.plan.facts
    horizon = f"{facts.periods[0]} to {facts.periods[-1]}" if len(facts.periods) > 1 else facts.periods[0]
    signed = float(facts.orders["charge_usd"].sum())
    peaks = facts.accelerators
    total = facts.unit_costs.iloc[-1]
    supposed = supposed_share(facts.price_sources)
    gap = "none proved" if plan.gap is None else figures.share(plan.gap, 2)
    bound = "no lower bound" if plan.bound_usd is None else f"nothing under {figures.usd_short(plan.bound_usd)} is possible"
    return [
        ("Cost over the horizon", figures.usd_short(plan.objective_usd), horizon),
        ("Gap to the best possible", gap, f"{bound}; {figures.share(plan.gap_asked, 2)} asked"),
        ("To sign", figures.usd_short(signed), figures.counted(int(facts.orders["nodes"].sum()), "node") + " committed"),
        ("Accelerators at peak", f"{max(peaks.values()):,}", f"{peaks[facts.periods[0]]:,} in {facts.periods[0]}"),
        (
            "Cost per 1,000 requests", figures.usd(float(total["full_usd_per_1000_requests"])),
            f"{figures.usd(float(total['full_usd_per_mtok']))} per million tokens",
        ),
        ("At estimated prices", figures.share(supposed), "of the money for nodes"),
    ]  # fmt: skip


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Returns the rows of a frame as mappings for the template; what is missing is NaN or an empty text."""
    return [{name: float("nan") if value is None else value for name, value in row.items()} for row in records(frame)]
