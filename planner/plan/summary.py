"""A plan told in a screenful: cost, fleet, proof, what binds, the biggest assumption."""

import re
from dataclasses import dataclass

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.plan.allocation import allocate, cost_by_price_source, cost_by_rate_source
from planner.plan.bindings import bindings, share_words
from planner.plan.length_classes import spoken
from planner.plan.plan import TERMS, Assumption, Plan, Reached
from planner.plan.resilience import resilience_lines

TOLD_MAX = 6
"""Lines told of what binds; the frame has them all."""

DATE = r"\d{4}-\d{2}-\d{2}"


@dataclass(frozen=True, eq=False)
class Summary:
    """What a reader wants to know first, as data and as lines."""

    name: str
    objective_usd: float
    bound_usd: float | None
    gap: float | None
    status: str
    costs: pd.DataFrame
    """term, usd."""
    workload_costs: pd.DataFrame
    """workload (or idle), usd."""
    fleet: pd.DataFrame
    """node_type by row, period by column: most nodes of any block."""
    binding: pd.DataFrame
    """kind, subject, detail, weight."""
    price_sources: pd.DataFrame
    """source, usd, share of the node cost."""
    rate_sources: pd.DataFrame
    """source, usd, share of the cost of replicas."""
    biggest_assumption: Assumption | None
    lines: tuple[str, ...]


def summary(plan: Plan, coefficients: Coefficients) -> Summary:
    """Returns the summary of a plan: cost, fleet by node type and period, gap, what binds, the biggest assumption come first."""
    tables, facts = plan.tables, plan.facts
    costs = pd.DataFrame({"term": TERMS, "usd": [_sum(tables.ledger, term) for term in TERMS]})
    allocation = allocate(tables, coefficients)
    by_workload = spoken(allocation, coefficients).groupby("workload", as_index=False)[["usd"]].sum()
    by_workload = by_workload.sort_values("usd", ascending=False, ignore_index=True)
    fleet = fleet_by_period(plan, coefficients)
    binding = bindings(tables, coefficients)
    price_sources = cost_by_price_source(tables, coefficients)
    rate_sources = cost_by_rate_source(allocation, coefficients)
    biggest = max(facts.assumptions, key=lambda item: item.weight_usd, default=None)
    percentiles = [item for item in facts.assumptions if item.weight_usd == 0]
    lines = [
        _cost_line(plan, costs),
        *scenario_lines(tables.scenarios),
        *_fleet_lines(fleet),
        *pledge_lines(tables.pledges),
        _proof_line(plan),
        *_binding_lines(binding),
        *resilience_lines(coefficients),
        _assumption_line(biggest, facts.objective_usd),
        *(f"note: {item.assumption} ({item.value})" for item in percentiles),
        _source_line("prices", price_sources),
        _source_line("rates", rate_sources),
        _workload_line(by_workload, facts.objective_usd),
    ]
    return Summary(
        facts.name, facts.objective_usd, facts.bound_usd, facts.gap, facts.status, costs, by_workload, fleet, binding,
        price_sources, rate_sources, biggest, tuple(lines),
    )  # fmt: skip


def fleet_by_period(plan: Plan, coefficients: Coefficients) -> pd.DataFrame:
    """Returns nodes by node type (rows) and period (columns): the most that any block of the period has."""
    periods = [str(name) for name in coefficients.periods.sort_values("position")["period"]]
    nodes = plan.tables.nodes.merge(coefficients.offers[["offer", "node_type"]], on="offer")
    slots = nodes.groupby(["node_type", "period", "block"], as_index=False)[["nodes"]].sum()
    wide = slots.pivot_table(index="node_type", columns="period", values="nodes", aggfunc="max")
    return wide.reindex(columns=periods).fillna(0).astype("int64").reset_index()


def money(usd: float) -> str:
    """Returns an amount with three significant digits or more: `1.234 M usd`, `12,345 usd`, `12.35 usd`."""
    if abs(usd) >= 1e9:
        return f"{usd / 1e9:,.3f} bn usd"
    if abs(usd) >= 1e6:
        return f"{usd / 1e6:,.3f} M usd"
    return f"{usd:,.0f} usd" if abs(usd) >= 1e3 else f"{usd:,.2f} usd"


def goal_words(goal: Reached) -> str:
    """Returns what a plan comes to at a goal, and its proof: `tail cost 1,234 usd, gap 0.5% to a bound of 1,228 usd`."""
    value = f"{goal.goal.replace('_', ' ')} {goal.objective:,.6g} {goal.unit}"
    if goal.gap is None or goal.bound is None:
        return f"{value}, no bound is proved"
    return f"{value}, gap {goal.gap:.3%} to a bound of {goal.bound:,.6g}"


def scenario_lines(scenarios: pd.DataFrame) -> list[str]:
    """Returns one line with what the plan costs in each demand scenario; none where there is only one."""
    columns = (scenarios["scenario"], scenarios["probability"], scenarios["usd"])
    parts = [f"{name} ({chance:.0%}) {money(usd)}" for name, chance, usd in zip(*columns, strict=True)]
    return [f"expected over scenarios: {', '.join(parts)}"] if parts else []


def pledge_lines(pledges: pd.DataFrame) -> list[str]:
    """Returns one line with what savings plans are signed; none where there are none."""
    columns = (pledges["savings_plan"], pledges["period"], pledges["usd_per_hour"])
    parts = [f"{plan} from {period} {usd:,.2f} usd/h" for plan, period, usd in zip(*columns, strict=True)]
    return [f"savings plans: {', '.join(parts)}"] if parts else []


def _sum(ledger: pd.DataFrame, term: str) -> float:
    rows: pd.Series = ledger.loc[ledger["term"] == term, "usd"]
    return float(rows.sum())


def _cost_line(plan: Plan, costs: pd.DataFrame) -> str:
    parts = [f"{term.replace('_', ' ')} {money(usd)}" for term, usd in zip(costs["term"], costs["usd"], strict=True) if usd]
    return f"{plan.facts.name}: {money(plan.facts.objective_usd)}" + (f" ({', '.join(parts)})" if parts else "")


def _fleet_lines(fleet: pd.DataFrame) -> list[str]:
    """Returns the fleet as an aligned table, one line a node type."""
    texts = [[str(name) for name in fleet.columns], *([str(cell) for cell in row] for row in fleet.to_numpy().tolist())]
    texts[0][0] = "nodes (peak)"
    widths = [max(len(row[column]) for row in texts) for column in range(len(texts[0]))]
    return ["  " + "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in texts]


def _proof_line(plan: Plan) -> str:
    facts = plan.facts
    stopped = "" if facts.limit in ("", "none") else f", stopped by {facts.limit}"
    if facts.goals:
        told = "; ".join(goal_words(goal) for goal in facts.goals)
        return f"status {facts.status}: {told}{stopped}; {facts.solver}, {facts.method}, {facts.wall_s:.1f} s"
    if facts.gap is None or facts.bound_usd is None:
        return f"status {facts.status}: no bound is proved{stopped}; {facts.solver}, {facts.method}, {facts.wall_s:.1f} s"
    return (
        f"status {facts.status}: gap {facts.gap:.3%} ({facts.gap_asked:.3%} asked), no fleet costs under"
        f" {money(facts.bound_usd)}{stopped}; {facts.solver}, {facts.method}, {facts.wall_s:.1f} s"
    )


def _binding_lines(binding: pd.DataFrame) -> list[str]:
    told = binding.head(TOLD_MAX)
    lines = [f"binds: {subject}: {detail}" for subject, detail in zip(told["subject"], told["detail"], strict=True)]
    left = len(binding) - len(told)
    return lines + ([f"binds: {left} more"] if left else []) if lines else ["binds: nothing but demand and whole nodes"]


def _assumption_line(biggest: Assumption | None, objective_usd: float) -> str:
    if biggest is None:
        return "biggest assumption: none recorded"
    share = f" ({share_words(biggest.weight_usd / objective_usd)} of the cost)" if objective_usd > 0 else ""
    rests = f"{money(biggest.weight_usd)}{share} rests on {biggest.assumption}"
    return f"biggest assumption: {rests}, {biggest.value}; {rule_words(biggest.source)}"


def rule_words(source: str) -> str:
    """Returns an assumption's source in a sentence: the rule of an estimate with its price's origin and date, else as it is.

    The whole source stands in plan.json.

    >>> rule_words("rule over on-demand price: pricing.yml @fd66; https://verda.com/products; 2026-05-24; rule: 0.8 of on-demand")
    'by rule, 0.8 of on-demand (price of 2026-05-24, https://verda.com/products)'
    """
    rule = re.search(r"(?:^|; )rule: ([^;]+)", source)
    if rule is None:
        return source
    date = re.search(rf"; ({DATE});", source)
    origin = re.search(r"https://[^;\s]+", source[: rule.start()]) or re.search(r"[^;:]+(?=;)", source[: rule.start()])
    told = [f"price of {date[1]}"] if date else []
    told += [origin[0].strip()] if origin else []
    return f"by rule, {rule[1].strip()}" + (f" ({', '.join(told)})" if told else "")


def _source_line(what: str, sources: pd.DataFrame) -> str:
    parts = [f"{source} {share:.0%}" for source, share in zip(sources["source"], sources["share"], strict=True)]
    return f"cost by source of {what}: {', '.join(parts) or 'none'}"


def _workload_line(by_workload: pd.DataFrame, objective_usd: float) -> str:
    parts = [
        f"{name} {usd / objective_usd:.0%}"
        for name, usd in zip(by_workload["workload"], by_workload["usd"], strict=True)
        if objective_usd > 0
    ]
    return f"cost by workload: {', '.join(parts[: TOLD_MAX * 2]) or 'none'}"
