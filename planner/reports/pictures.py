"""The charts of a report, drawn from its facts."""

from collections.abc import Sequence

import pandas as pd

from planner.plan.allocation import AFTER_HORIZON
from planner.reports.charts import LIMIT_COLOUR, Axis, Series, Step, Words, columns, legend, rows, waterfall
from planner.reports.facts import BY_REQUEST, ReportFacts
from planner.reports.figures import share, usd
from planner.reports.fleet import CONTRACTS
from planner.reports.sources import SOURCE_WORDS
from planner.reports.svg import Fill

CONTRACT_FILLS = {
    "owned": Fill("#1b2b40"), "purchase": Fill("#1b2b40", "x", "#ffffff"), "reserved": Fill("#5f86ad"),
    "on_demand": Fill("#f6e3c0", "/", "#b0741a"), "spot": Fill("#fbf3e4", ".", "#b0741a"),
}  # fmt: skip
PALETTE = (
    Fill("#24476f"), Fill("#dbe7f3", "/", "#24476f"), Fill("#7fa3c7"), Fill("#f6e3c0", "\\", "#b0741a"), Fill("#c07a2c"),
    Fill("#ececec", ".", "#333333"), Fill("#4a4a4a", "x", "#ffffff"), Fill("#bcd3c0", "-", "#2f5d3a"),
)  # fmt: skip
SOURCE_FILLS = {
    "measured": Fill("#1b2b40"), "user": Fill("#24476f"), "list_price": Fill("#24476f"), "datasheet": Fill("#5f86ad"),
    "calibrated": Fill("#5f86ad"), "estimate": Fill("#f6e3c0", "/", "#b0741a"), "modelled": Fill("#fbf3e4", "\\", "#b0741a"),
}  # fmt: skip
LOAD_FILLS = {
    "busy": ("at work", Fill("#24476f")), "headroom": ("headroom of replicas", Fill("#dbe7f3", "/", "#24476f")),
    "empty": ("empty", Fill("#ffffff")),
}  # fmt: skip
REQUEST_FILLS = {
    "network": Fill("#ececec", ".", "#333333"), "tokens bought": Fill("#f6e3c0", "/", "#b0741a"),
    "turned away": Fill("#ffffff", "x", "#a3210f"), "node starts": Fill("#bcd3c0", "-", "#2f5d3a"),
    "present value": Fill("#4a4a4a", "x", "#ffffff"),
}  # fmt: skip
"""What is paid by request, told apart without colour too."""
DEMAND_FILL, SMALL_WIDTH, SMALL_HEIGHT = Fill("#7fa3c7"), 330.0, 165.0


def fleet_chart(facts: ReportFacts) -> str:
    """Returns nodes by node type and period, stacked by contract."""
    types = sorted(set(facts.fleet["node_type"]))
    axis = Axis(tuple(t for t in types for _ in facts.periods), tuple(p for _ in types for p in facts.periods))
    there = facts.fleet.set_index(["node_type", "period", "kind"])["nodes"]
    series = [
        Series(word, CONTRACT_FILLS[kind], tuple(float(there.get((t, p, kind), 0)) for t in types for p in facts.periods))
        for kind, word in CONTRACTS.items()
        if kind in set(facts.fleet["kind"])
    ]
    told = "Most nodes at any time of each period, by node type, stacked by contract."
    return columns(Words("fleet", "Fleet by node type and period", told, "nodes", is_count=True), axis, series, height=270.0)


def demand_charts(facts: ReportFacts) -> list[tuple[str, str]]:
    """Returns (workload, chart) of demand against capacity, block by block."""
    charts = []
    shown = fullest(facts.demand, "workload", "demand") if facts.futures else facts.demand
    for place, (workload, frame) in enumerate(shown.groupby("workload", sort=False)):
        words = Words(
            f"demand{place}", f"Demand and capacity of {workload}",
            f"Requests per second that {workload} asks for in each block, and what its replicas may carry.", "requests/s",
        )  # fmt: skip
        series = [Series("demand", DEMAND_FILL, _values(frame, "demand"))]
        limit = Series("capacity", Fill(LIMIT_COLOUR), _values(frame, "capacity"))
        charts.append((str(workload), columns(words, _axis(frame), series, limit, SMALL_WIDTH, SMALL_HEIGHT, has_legend=False)))
    return charts


def load_charts(facts: ReportFacts) -> list[tuple[str, str]]:
    """Returns (region, chart) of accelerators at work, in reserve and empty, block by block."""
    charts = []
    shown = fullest(facts.load, "region", "total") if facts.futures else facts.load
    for place, (region, frame) in enumerate(shown.groupby("region", sort=False)):
        words = Words(
            f"load{place}", f"Accelerators in {region}",
            f"Accelerators in {region} by block: at work, headroom of replicas, empty.", "accelerators", True,
        )  # fmt: skip
        series = [Series(name, fill, _values(frame, column)) for column, (name, fill) in LOAD_FILLS.items()]
        charts.append((str(region), columns(words, _axis(frame), series, None, SMALL_WIDTH, SMALL_HEIGHT, has_legend=False)))
    return charts


def fullest(frame: pd.DataFrame, whose: str, amount: str) -> pd.DataFrame:
    """Returns the row with the largest amount of each scenario (a block is `block@scenario`) and period, called by scenario."""
    named = frame.assign(block=[str(block).rpartition("@")[2] for block in frame["block"]])
    return named.loc[named.groupby([whose, "period", "block"], sort=False)[amount].idxmax()].reset_index(drop=True)


def legends() -> dict[str, str]:
    """Returns the legends that the small charts share."""
    demand = [
        Series("demand", DEMAND_FILL, ()),
        Series("capacity of the replicas there, at the load allowed", Fill(LIMIT_COLOUR), ()),
    ]
    load = [Series(name, fill, ()) for name, fill in LOAD_FILLS.values()]
    told = "What the bars and lines of the charts below stand for."
    return {
        "demand": legend(Words("demandkey", "Legend of demand and capacity", told, ""), demand),
        "load": legend(Words("loadkey", "Legend of accelerators by region", told, ""), load),
    }


def cost_chart(facts: ReportFacts) -> str:
    """Returns the cost terms as a waterfall down to the total."""
    spent = facts.terms[facts.terms["usd"] != 0]
    steps = [Step(row["name"], float(row["usd"])) for row in spent.to_dict("records")]
    steps.append(Step("Total cost", facts.plan.facts.objective_usd, is_total=True))
    words = Words("cost", "Cost by term", "Every term of the ledger, adding up to the total cost.", "usd")
    fills = (Fill("#7fa3c7"), Fill("#bcd3c0", "-", "#2f5d3a"), Fill("#1b2b40"))
    return waterfall(words, steps, fills, [usd(step.value) for step in steps])


def cash_chart(facts: ReportFacts) -> str:
    """Returns cash beside amortised cost, period by period."""
    is_empty = (facts.cash["cash_usd"] == 0) & (facts.cash["amortised_usd"] == 0)
    frame = facts.cash[(facts.cash["period"] != AFTER_HORIZON) | ~is_empty]
    axis = Axis(tuple(p for p in frame["period"] for _ in range(2)), tuple(["cash", "spread"] * len(frame)))
    pairs = zip(frame["commitment_cash_usd"], frame["commitment_amortised_usd"], strict=True)
    series = [
        Series("commitments", CONTRACT_FILLS["reserved"], tuple(float(value) for pair in pairs for value in pair)),
        Series("rent by the hour", CONTRACT_FILLS["on_demand"], tuple(float(v) for v in frame["rent_usd"] for _ in range(2))),
        Series("egress", REQUEST_FILLS["network"], tuple(float(v) for v in frame["egress_usd"] for _ in range(2))),
        Series("tokens bought", REQUEST_FILLS["tokens bought"], tuple(float(v) for v in frame["api_usd"] for _ in range(2))),
    ]
    told = "Cash paid in each period beside the cost with commitments spread evenly over their term; without terminal credit."
    shown = [one for one in series if any(one.values)]
    return columns(Words("cash", "Cash and amortised cost by period", told, "usd"), axis, shown, height=250.0)


def spending_chart(facts: ReportFacts) -> str:
    """Returns who the money is spent on, by accelerator."""
    names = list(dict.fromkeys(facts.spending["workload"]))
    others = list(BY_REQUEST.values())
    kinds = [*sorted(set(facts.spending["accelerator"]) - set(others)), *others]
    cells = facts.spending.set_index(["workload", "accelerator"])["usd"]
    series = [
        Series(
            kind,
            REQUEST_FILLS.get(kind, PALETTE[place % len(PALETTE)]),
            tuple(max(float(cells.get((name, kind), 0.0)), 0.0) for name in names),
        )
        for place, kind in enumerate(kinds)
    ]
    total = facts.plan.facts.objective_usd
    sums = facts.spending.groupby("workload")["usd"].sum()
    ends = [f"{usd(float(sums[name]))} ({share(float(sums[name]) / total if total else 0.0)})" for name in names]
    words = Words("spending", "Cost by workload and accelerator", "Whom the money is spent on, and on which accelerators.", "usd")
    return rows(words, names, [one for one in series if any(one.values)], ends)


def source_charts(facts: ReportFacts) -> str:
    """Returns the share of cost by the kind of source of prices and of rates."""
    kinds = list(dict.fromkeys([*facts.price_sources["source"], *facts.rate_sources["source"]]))
    priced = "prices of nodes and tokens" if facts.answered and facts.answered["sellers"] else "prices of nodes"
    frames = {priced: facts.price_sources, "throughput of replicas": facts.rate_sources}
    shares = {name: frame.set_index("source")["share"] for name, frame in frames.items()}
    series = [
        Series(
            SOURCE_WORDS.get(kind, kind), SOURCE_FILLS.get(kind, PALETTE[5]),
            tuple(100.0 * max(float(one.get(kind, 0.0)), 0.0) for one in shares.values()),
        )
        for kind in kinds
    ]  # fmt: skip
    told = "Share of cost by where prices and throughput come from."
    words = Words("sources", "Cost by source of the numbers", told, "per cent of the cost")
    return rows(words, list(frames), series, ["", ""])


def block_key(facts: ReportFacts) -> str:
    """Returns what the short block labels under the charts stand for."""
    shown = fullest(facts.demand, "workload", "demand") if facts.futures else facts.demand
    names = list(dict.fromkeys(map(str, shown["block"])))
    return ", ".join(f"{short} = {name}" for short, name in zip(initials(names), names, strict=True) if short != name)


def initials(names: Sequence[str]) -> list[str]:
    """Returns the shortest prefixes that tell the names apart.

    >>> initials(["peak", "shoulder", "night"]), initials(["day", "dusk"])
    (['p', 's', 'n'], ['da', 'du'])
    """
    for length in range(1, max(map(len, names), default=1)):
        cut = [name[:length] for name in names]
        if len(set(cut)) == len(set(names)):
            return cut
    return list(names)


def _axis(frame: pd.DataFrame) -> Axis:
    names = list(dict.fromkeys(map(str, frame["block"])))
    shorts = dict(zip(names, initials(names), strict=True))
    return Axis(tuple(map(str, frame["period"])), tuple(shorts[str(name)] for name in frame["block"]))


def _values(frame: pd.DataFrame, column: str) -> tuple[float, ...]:
    return tuple(float(value) for value in frame[column])
