"""What nobody measured, and how much of the cost rests on it."""

import pandas as pd

from planner.inputs.instance import InstanceFile
from planner.options.coefficients import Coefficients
from planner.plan.allocation import allocate, cost_by_price_source, cost_by_rate_source
from planner.plan.plan import Assumption, PlanTables

SUPPOSED_RATES = ("modelled", "estimate")
NAMED_MAX = 3
"""Offers named in an assumption; the prices table has them all."""


def assumptions(tables: PlanTables, coefficients: Coefficients, settings: InstanceFile) -> tuple[Assumption, ...]:
    """Returns the assumptions a plan's cost rests on, the heaviest first.

    The weight of an assumption is the part of the cost that would be another number if the assumption were: cost at
    estimated prices, cost at prices with a trend, cost of replicas sized with modelled rates, the credit that the use
    share gives. How percentiles are held is said last; it weighs nothing, since it is a choice of the instance.
    """
    allocated = allocate(tables, coefficients)
    found = [
        *_price_sources(tables, coefficients),
        *_trend(tables, coefficients, settings),
        *_rates(allocated, coefficients),
        *_drafts(allocated, coefficients),
        *_credit(tables, settings),
        *_tokens(tables, coefficients),
        *_plans(tables, coefficients),
    ]
    weighed = sorted((item for item in found if item.weight_usd > 0), key=lambda item: -item.weight_usd)
    return (*weighed, *_percentiles(settings))


def _price_sources(tables: PlanTables, coefficients: Coefficients) -> list[Assumption]:
    """One assumption for all estimated prices: the dearest offers by name, with the rule of the first."""
    costs = cost_by_price_source(tables, coefficients)
    weight = float(costs.loc[costs["source"] == "estimate", "usd"].sum())
    estimated = coefficients.prices.loc[coefficients.prices["source"] == "estimate", "offer"]
    spent = tables.ledger[tables.ledger["offer"].isin(estimated)].groupby("offer")["usd"].sum()
    names = [str(name) for name in spent.sort_values(ascending=False).index]
    if not names:
        return []
    more = f" and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else ""
    notes = coefficients.offers.loc[coefficients.offers["offer"] == names[0], "source_note"]
    rule = str(notes.iloc[0]) if len(notes) and notes.iloc[0] else "catalog"
    return [Assumption("estimated prices", ", ".join(names[:NAMED_MAX]) + more, rule, weight)]


def _trend(tables: PlanTables, coefficients: Coefficients, settings: InstanceFile) -> list[Assumption]:
    """One assumption for each accelerator whose price changes, weighing what is paid at prices that the change moved.

    Owned nodes have no trend, and commitments signed in the first period are paid at today's price.
    """
    changes = settings.supply.price_change_per_year
    offers = coefficients.offers.loc[coefficients.offers["kind"] != "owned", ["offer", "accelerator", "kind"]]
    rows = tables.ledger.merge(offers, on="offer").merge(coefficients.periods[["period", "position"]], on="period")
    rows = rows[rows["kind"].isin(["on_demand", "spot"]) | (rows["position"] > 0)]
    found = []
    for accelerator, money in rows.groupby("accelerator")["usd"].sum().items():
        change = changes.get(str(accelerator), changes.get("default", 0.0))
        if change != 0:
            name = f"price change per year of {accelerator}"
            found.append(Assumption(name, f"{change:+.0%}", "instance, supply.price_change_per_year", float(money)))
    return found


def _rates(allocated: pd.DataFrame, coefficients: Coefficients) -> list[Assumption]:
    costs = cost_by_rate_source(allocated, coefficients)
    return [
        Assumption(f"{source} rates", "requests per second of a replica", "roofline", float(usd))
        for source, usd in zip(costs["source"], costs["usd"], strict=True)
        if source in SUPPOSED_RATES
    ]


def _drafts(allocated: pd.DataFrame, coefficients: Coefficients) -> list[Assumption]:
    """One assumption for each way of drafting tokens, weighing the cost of the replicas that use it."""
    drafted = coefficients.options[coefficients.options["draft_tokens"] > 0]
    if drafted.empty:
        return []
    rows = allocated[["option", "usd"]].merge(drafted, on="option")
    key = ["model", "draft", "draft_tokens", "draft_acceptance", "draft_source"]
    return [
        Assumption(f"acceptance of drafted tokens, {model}", f"{draft}, {tokens} a step: {acceptance:g} each", source, float(usd))
        for model, draft, tokens, acceptance, source, usd in rows.groupby(key, as_index=False)["usd"]
        .sum()
        .itertuples(index=False)
    ]


def _credit(tables: PlanTables, settings: InstanceFile) -> list[Assumption]:
    rows: pd.Series = tables.ledger.loc[tables.ledger["term"] == "terminal_credit", "usd"]
    share = settings.money.terminal_use_share
    source = "instance, money.terminal_use_share"
    return [Assumption("use of commitments after the horizon", f"{share:g}", source, -float(rows.sum()))]


def _tokens(tables: PlanTables, coefficients: Coefficients) -> list[Assumption]:
    """One assumption for all tokens bought: today's list price in every period, and no latency promised by the seller."""
    spent = tables.ledger[tables.ledger["term"] == "api"].groupby("offer")["usd"].sum().sort_values(ascending=False)
    if spent.empty:
        return []
    names = [str(name) for name in spent.index]
    more = f" and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else ""
    notes = coefficients.api.loc[coefficients.api["api_offer"] == names[0], "source_note"]
    value = f"{', '.join(names[:NAMED_MAX])}{more}: today's price in every period, no latency promised, native precision"
    return [Assumption("tokens bought", value, str(notes.iloc[0]) if len(notes) else "catalog", float(spent.sum()))]


def _plans(tables: PlanTables, coefficients: Coefficients) -> list[Assumption]:
    """One assumption for the discounts of savings plans that are estimates; what the plans save rests on them."""
    plans = coefficients.savings_plans[coefficients.savings_plans["savings_plan"].isin(tables.pledges["savings_plan"])]
    plans = plans[plans["source"] == "estimate"].drop_duplicates("savings_plan")
    saved = tables.ledger.loc[(tables.ledger["term"] == "savings") & (tables.ledger["usd"] < 0), "usd"]
    if plans.empty:
        return []
    value = ", ".join(f"{s} {d:.0%}" for s, d in zip(plans["savings_plan"], plans["discount_share"], strict=True))
    return [Assumption("discounts of savings plans", value, str(plans["source_note"].iloc[0]), -float(saved.sum()))]


def _percentiles(settings: InstanceFile) -> list[Assumption]:
    """Percentile promises are held by the utilisation cap until queueing is in the sizing."""
    held = [w.workload for w in settings.workloads if any(target.statistic != "mean" for target in w.slo)]
    if not held:
        return []
    value = f"{', '.join(held)}: at most {settings.service.utilisation_max:g} busy, no queueing model"
    if settings.service.pooled_headroom:
        value = f"{', '.join(held)}: at most {settings.service.utilisation_max:g} busy alone, more in numbers by Erlang's wait"
    return [Assumption("percentile promises held by the utilisation cap", value, "instance, service.utilisation_max", 0.0)]
