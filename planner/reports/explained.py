"""The report's section on why this plan: what `planner explain` left beside it, as sentences, tables and a waterfall."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from planner.reports.charts import Step, Words, waterfall
from planner.reports.figures import usd, usd_short
from planner.reports.svg import Fill

FILE = "explanation.json"
COUNTED = ("nodes", "replicas")
"""Units that are told in the singular where it is one."""
FILLS = (Fill("#7fa3c7"), Fill("#bcd3c0", "-", "#2f5d3a"), Fill("#1b2b40"))


def explained(folder: Path) -> dict[str, Any] | None:
    """Returns what the section shows, or None where the plan has not been explained (or the file is not readable)."""
    try:
        record = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return {
            "worths": [_worth(row) for row in record["worth"]], "cheaper": _end(record.get("cheapest_found_usd"), ""),
            "why_nots": record["why_not"], "break_evens": record["break_even"],
            "fleets": _fleets(record["runner_ups"]), "promises": _promises(record["promises"]),
            "chart": promise_chart(record["promises"]),
        }  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _fleets(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    told = "all of them" if found["is_complete"] else "not proved to be all"
    first = found["fleets"][0]["objective_usd"] if found["fleets"] else 0.0
    rows = [
        {
            "usd": f["objective_usd"],
            "more": f"{f['objective_usd'] / first - 1:+.2%}" if first else "",
            "text": _parts(f["text"]),
            "is_plan": f.get("is_plan", False),
        }
        for f in found["fleets"]
    ]
    apart = f", each apart by {found['least_share']:.0%} of the accelerator-hours in some part" if found["least_share"] else ""
    return {"title": f"Fleets within {found['within_share']:.1%} of the plan{apart}, {told}", "rows": rows}


def _worth(row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what is asked about, the change of the least cost in words, and the LP dual."""
    dual = "" if row["dual_usd"] is None else f"{row['dual_usd']:+,.0f}"
    unit = f"{row['by']:,.6g} {row['unit'].removesuffix('s') if row['by'] == 1 and row['unit'] in COUNTED else row['unit']}"
    return {"subject": row["subject"], "unit": unit, "change": row["change_text"], "dual": dual, "is_off": row["is_misleading"]}


def _parts(text: str) -> str:
    """Returns a fleet as words with signs of print."""
    return text.replace(" x ", " × ").replace(" -> ", " → ")


def _promises(found: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Returns promise, low, high and verdict of each step, ends as text."""
    return [
        {
            "promise": step["promise"], "low": _end(step["cost"]["low_usd"], "no lower end"),
            "high": _end(step["cost"]["high_usd"], "no upper end"), "verdict": step["cost"]["verdict"],
            "without": _end(step["objective_usd"], "no plan in the time"),
        }
        for step in (found or {"steps": []})["steps"]
    ]  # fmt: skip


def _end(value: float | None, otherwise: str) -> str:
    return otherwise if value is None else usd_short(value)


def _interval(low: float | None, high: float | None) -> str:
    if low == 0 and high is not None:
        return f"at most {usd_short(high)}"
    return f"{_end(low, '?')} to {_end(high, '?')}"


def promise_chart(found: Mapping[str, Any] | None) -> str:
    """Returns the promises as a waterfall from the fleet without any up to the plan; empty where a step has no plan.

    Each bar is the difference of two plans' costs; its whisker and its label are the interval that is proved.
    """
    steps = (found or {"steps": []})["steps"]
    if found is None or not steps or any(step["objective_usd"] is None for step in steps):
        return ""
    ordered = list(reversed(steps))
    drawn = [Step("Without these promises", ordered[0]["objective_usd"], is_total=True)]
    ends = [usd(ordered[0]["objective_usd"])]
    costs = [step["objective_usd"] for step in ordered[1:]] + [found["objective_usd"]]
    for step, after in zip(ordered, costs, strict=True):
        cost = step["cost"]
        drawn.append(Step(step["promise"], after - step["objective_usd"], low=cost["low_usd"], high=cost["high_usd"]))
        ends.append(_interval(cost["low_usd"], cost["high_usd"]))
    drawn.append(Step("The plan", found["objective_usd"], is_total=True))
    told = "From the fleet without these promises to the plan; each step with the interval that is proved."
    return waterfall(Words("promises", "What promises cost", told, "usd"), drawn, FILLS, [*ends, usd(found["objective_usd"])])
