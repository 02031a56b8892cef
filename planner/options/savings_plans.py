"""Savings plans: a promise to spend so many usd in every hour of a term, at discounted prices of whatever is rented.

A plan is not of a machine: what it has pledged pays for nodes on demand of its seller, of any kind and in any region, at the
seller's discounted prices; what is pledged and not used in an hour is lost, what is used beyond it is paid on demand. The
discount is off the price on demand of the period in which the plan is signed, and that price holds for the whole term.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from planner.errors import InputError
from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance
from planner.options.policy_tables import SAVINGS_PLANS
from planner.options.prices import TERM_TOLERANCE, period_table
from planner.tables import records
from planner.units import HOURS_PER_YEAR


def savings_plan_table(instance: Instance, catalog: Catalog, offers: pd.DataFrame) -> pd.DataFrame:
    """Returns every plan of an admitted seller with the offers on demand that it covers; no rows without the term.

    The user's own machines (table `offers`) are of no seller's price list and are not covered. Raises InputError where whole
    periods do not make up a term.
    """
    wishes = instance.settings.supply
    rows: list[dict[str, Any]] = []
    covered = offers[(offers["kind"] == "on_demand") & ~offers["offer"].isin(instance.tables["offers"]["offer"])]
    for plan in records(catalog.savings_plans) if "savings_plan" in wishes.terms else []:
        if plan["savings_plan"] in wishes.offers_deny:
            continue
        mine = covered[(covered["provider"] == plan["provider"]) & _is_covered(covered, plan, catalog)]
        fixed = {"savings_plan": plan["savings_plan"], "discount_share": plan["discount_share"], "source": plan["source_kind"]}
        note = f"{plan['source']}; {plan['note']}"
        term_periods = _whole_periods(instance, str(plan["savings_plan"]), float(plan["term_years"])) if len(mine) else 0
        rows += [{**fixed, "offer": offer, "term_periods": term_periods, "source_note": note} for offer in mine["offer"]]
    return SAVINGS_PLANS.check(pd.DataFrame(rows, columns=list(SAVINGS_PLANS.names)), "savings_plans")


def _is_covered(offers: pd.DataFrame, plan: Mapping[str, Any], catalog: Catalog) -> pd.Series:
    """Says which offers a row of a plan covers: those of its accelerator, or all that no other row of the plan names."""
    if plan["accelerator"] != "*":
        return offers["accelerator"].isin([plan["accelerator"]])
    every = catalog.savings_plans
    return ~offers["accelerator"].isin(every.loc[every["savings_plan"] == plan["savings_plan"], "accelerator"])


def _whole_periods(instance: Instance, name: str, years: float) -> int:
    """Returns the periods that stand for a term."""
    mean_hours = float(period_table(instance)["hours"].mean())
    count = round(years * HOURS_PER_YEAR / mean_hours)
    if abs(count * mean_hours - years * HOURS_PER_YEAR) > TERM_TOLERANCE * years * HOURS_PER_YEAR:
        where = instance.document.where(("horizon", "periods"))
        expected = f"periods of which whole ones make up {years:g} years, the term of {name}"
        raise InputError.single(where, expected, f"{mean_hours:g} hours on average")
    return count
