"""What nobody measured, and how much of the cost rests on it."""

import pandas as pd

from planner.inputs.instance import InstanceFile
from planner.options.coefficients import Coefficients
from planner.plan.allocation import allocate, cost_by_price_source, cost_by_rate_source
from planner.plan.plan import Assumption, PlanTables

SUPPOSED_RATES = ("modelled", "estimate")


def assumptions(tables: PlanTables, coefficients: Coefficients, settings: InstanceFile) -> tuple[Assumption, ...]:
    """Returns the assumptions a plan's cost rests on, the heaviest first.

    The weight of an assumption is the part of the cost that would be another number if the assumption were: cost at
    estimated prices, cost at prices with a trend, cost of replicas sized with modelled rates or by the utilisation cap,
    the credit that the use share gives.
    """
    found = [
        *_price_sources(tables, coefficients),
        *_trend(tables, coefficients, settings),
        *_rates(tables, coefficients, settings),
        *_credit(tables, settings),
    ]
    return tuple(sorted((item for item in found if item.weight_usd > 0), key=lambda item: -item.weight_usd))


def _price_sources(tables: PlanTables, coefficients: Coefficients) -> list[Assumption]:
    costs = cost_by_price_source(tables, coefficients)
    weight = float(costs.loc[costs["source"] == "estimate", "usd"].sum())
    offers = coefficients.offers[coefficients.offers["offer"].isin(tables.ledger["offer"])]
    prices = coefficients.prices[coefficients.prices["source"] == "estimate"]
    notes = offers.loc[offers["offer"].isin(prices["offer"]), "source_note"].drop_duplicates()
    names = offers.loc[offers["offer"].isin(prices["offer"]), "offer"]
    return [Assumption("estimated prices", ", ".join(names), "; ".join(map(str, notes)) or "catalog", weight)]


def _trend(tables: PlanTables, coefficients: Coefficients, settings: InstanceFile) -> list[Assumption]:
    """One assumption for each accelerator whose price changes, weighing what is paid at prices that the change moved.

    Owned nodes have no trend, and commitments signed in the first period are paid at today's price.
    """
    changes = settings.supply.price_change_per_year
    offers = coefficients.offers.loc[coefficients.offers["kind"] != "owned", ["offer", "accelerator", "kind"]]
    rows = tables.ledger.merge(offers, on="offer").merge(coefficients.periods[["period", "position"]], on="period")
    rows = rows[(rows["kind"] == "on_demand") | (rows["position"] > 0)]
    found = []
    for accelerator, money in rows.groupby("accelerator")["usd"].sum().items():
        change = changes.get(str(accelerator), changes.get("default", 0.0))
        if change != 0:
            name = f"price change per year of {accelerator}"
            found.append(Assumption(name, f"{change:+.0%}", "instance, supply.price_change_per_year", float(money)))
    return found


def _rates(tables: PlanTables, coefficients: Coefficients, settings: InstanceFile) -> list[Assumption]:
    allocation = allocate(tables, coefficients)
    costs = cost_by_rate_source(allocation, coefficients)
    found = [
        Assumption(f"{source} rates", "requests per second of a replica", "roofline", float(usd))
        for source, usd in zip(costs["source"], costs["usd"], strict=True)
        if source in SUPPOSED_RATES
    ]
    sized = float(allocation.loc[allocation["option"] != "", "usd"].sum())
    most = settings.service.utilisation_max
    return [
        *found,
        Assumption("queueing held off by the utilisation cap", f"{most:g}", "instance, service.utilisation_max", sized),
    ]


def _credit(tables: PlanTables, settings: InstanceFile) -> list[Assumption]:
    rows: pd.Series = tables.ledger.loc[tables.ledger["term"] == "terminal_credit", "usd"]
    share = settings.money.terminal_use_share
    source = "instance, money.terminal_use_share"
    return [Assumption("use of commitments after the horizon", f"{share:g}", source, -float(rows.sum()))]
