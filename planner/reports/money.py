"""The money of a plan as frames: by term, by period, and the same decision at other prices and credits."""

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.plan.audit_input import numbers
from planner.plan.ledger import contracts, ledger
from planner.plan.length_classes import spoken
from planner.plan.plan import EXTENSIONS, TERMS, PlanTables
from planner.plan.savings_terms import pledge_credit
from planner.reports.fleet import period_names

TERM_NAMES = {
    "rent": "Rent by the hour", "commitment_charge": "Commitments, whole term", "terminal_credit": "Use after the horizon",
    "egress": "Network egress", "unserved": "Requests turned away",
    "carbon_price": "Carbon at its price", "volume_discount": "Volume discounts",
    "switching": "Nodes that start", "migration": "Replicas that start",
    "discounting": "To present value", "api": "Tokens bought",
    "api_discount": "Volume discounts on tokens",
    "savings": "Savings plans, less the rent they pay",
}  # fmt: skip
ESTIMATE = "estimate"
ITEMS_MAX = 10
"""Rows of a cost term that a page shows one by one."""


def by_term(tables: PlanTables) -> pd.DataFrame:
    """Returns term, name and usd of every cost term, in the order of the ledger."""
    sums = tables.ledger.groupby("term")["usd"].sum().reindex(list(TERMS)).fillna(0.0)
    return pd.DataFrame({"term": TERMS, "name": [TERM_NAMES.get(term, term) for term in TERMS], "usd": sums.to_numpy()})


def ledger_by_period(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the whole ledger: term (its name), item (offer or workload), usd in a column of each period, total_usd.

    Commitments stand in the period of signature.
    """
    spent = spoken(tables.ledger, coefficients)
    rows = spent.assign(item=spent["offer"].where(spent["offer"] != "", spent["workload"]))
    wide = rows.pivot_table(index=["term", "item"], columns="period", values="usd", aggfunc="sum")
    wide = wide.reindex(columns=period_names(coefficients)).fillna(0.0)
    wide.columns.name = None
    wide = wide.assign(total_usd=wide.sum(axis=1)).reset_index()
    order = {term: place for place, term in enumerate(TERMS)}
    wide = wide.assign(place=wide["term"].map(order), size=wide["total_usd"].abs())
    wide = wide.sort_values(["place", "size"], ascending=[True, False], kind="stable", ignore_index=True)
    return wide.assign(term=wide["term"].map(TERM_NAMES)).drop(columns=["place", "size"])


def folded(frame: pd.DataFrame) -> pd.DataFrame:
    """Returns the ledger of `ledger_by_period` with the rows of each term beyond ITEMS_MAX summed into one."""
    place = frame.groupby("term").cumcount()
    size = frame.groupby("term")["term"].transform("size")
    is_rest = (place >= ITEMS_MAX) & (size > ITEMS_MAX + 1)
    sums = frame[is_rest].groupby("term", sort=False).sum(numeric_only=True).reset_index()
    counts = frame[is_rest].groupby("term")["item"].size()
    rest = sums.assign(item=[f"{counts[term]} more, in ledger.csv" for term in sums["term"]])
    order = {term: place for place, term in enumerate(dict.fromkeys(frame["term"]))}
    both = pd.concat([frame[~is_rest], rest], ignore_index=True) if len(rest) else frame
    return both.sort_values("term", key=lambda terms: terms.map(order), kind="stable", ignore_index=True)


def use_share_cases(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns terminal_use_share, credit_usd, total_usd and change_usd of the same decision at shares 0, as given, and 1."""
    given = coefficients.limit("terminal_use_share")
    rows = []
    for share in sorted({0.0, given, 1.0}):
        limits = coefficients.limits.assign(
            value=coefficients.limits["value"].where(coefficients.limits["limit"] != "terminal_use_share", share)
        )
        changed = coefficients.with_tables(limits=limits)
        signed = contracts(tables.orders, changed)
        credit = float((signed["credit_usd"] * signed["nodes"]).sum() - pledge_credit(tables.pledges, changed)["usd"].sum())
        rows.append((share, share == given, credit))
    frame = pd.DataFrame(rows, columns=["terminal_use_share", "is_given", "credit_usd"])
    now = float(frame.loc[frame["is_given"], "credit_usd"].iloc[0])
    change = now - frame["credit_usd"]
    return frame.assign(total_usd=tables.total_usd + change, change_usd=change)


def price_range(tables: PlanTables, coefficients: Coefficients, offers: pd.DataFrame) -> pd.DataFrame:
    """Returns case (low, as planned, high), total_usd and change_usd of the same decision at other estimated prices.

    Every estimated price of an hour goes to the low or the high end of the range that the catalog states for it; one row
    comes back where no range is stated. `offers` are the catalog rows copied with the plan; a price that the user gave is
    no estimate and stays.
    """
    planned = tables.total_usd
    rows = [("as planned", planned)]
    ranges = _ranges(offers)
    if len(ranges):
        for place, case in ((0, "low"), (2, "high")):
            total = _total_at(tables, coefficients, ranges.set_index("offer")[f"{case}_factor"])
            rows.insert(place, (case, total))
    frame = pd.DataFrame(rows, columns=["case", "total_usd"])
    return frame.assign(change_usd=frame["total_usd"] - planned)


def _ranges(offers: pd.DataFrame) -> pd.DataFrame:
    """Returns offer, low_factor and high_factor of the offers whose catalog row states a range round its price."""
    low, mid, high = (numbers(offers, f"usd_per_hour{end}") for end in ("_low", "", "_high"))
    known = pd.DataFrame({"offer": offers["offer"], "low_factor": low / mid, "high_factor": high / mid})
    return known.dropna().drop_duplicates("offer")


def _total_at(tables: PlanTables, coefficients: Coefficients, factors: pd.Series) -> float:
    prices = coefficients.prices
    scale = prices["offer"].map(factors).where(prices["source"] == ESTIMATE).fillna(1.0)
    changed = coefficients.with_tables(prices=prices.assign(usd_per_hour=prices["usd_per_hour"] * scale))
    more = {name: getattr(tables, name) for name in ("deployments", *EXTENSIONS)}
    return float(ledger(tables.traffic, tables.nodes, tables.orders, changed, more)["usd"].sum())
