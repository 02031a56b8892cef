"""Offers of an instance and their prices by period: catalog rows, trends, the user's own prices, owned and bought nodes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from planner.errors import InputError
from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance
from planner.options.coefficients import OFFERS, PERIODS, PRICES, SUPPLY
from planner.tables import records
from planner.units import HOURS_PER_DAY, HOURS_PER_MONTH, HOURS_PER_WEEK, HOURS_PER_YEAR

TERM_YEARS: Mapping[str, float] = {"on_demand": 0.0, "spot": 0.0, "capacity_block": 0.0, "reserved_1y": 1.0, "reserved_3y": 3.0}
TERM_TOLERANCE = 0.05
"""Relative difference allowed between a term and the whole periods that stand for it (months and quarters differ by 2 %)."""
CAPACITY_BLOCK_HOURS_MAX = 182 * HOURS_PER_DAY
"""Longest block of capacity that AWS sells ahead, in hours (EC2 API, DescribeCapacityBlockOfferings: up to 182 days)."""
KIND_OF_TERM: Mapping[str, str] = {
    "on_demand": "on_demand", "spot": "spot", "capacity_block": "reserved", "reserved_1y": "reserved", "reserved_3y": "reserved",
}  # fmt: skip


@dataclass(frozen=True)
class Market:
    """The tables `offers`, `prices` and `supply` of an instance."""

    offers: pd.DataFrame
    prices: pd.DataFrame
    supply: pd.DataFrame


def period_table(instance: Instance) -> pd.DataFrame:
    """Returns the table `periods`: dated periods have their calendar hours."""
    rows = []
    for position, period in enumerate(instance.settings.horizon.periods):
        hours = period.hours
        if period.start is not None and period.end is not None:
            hours = (period.end - period.start).days * HOURS_PER_DAY
        rows.append({"period": period.period, "position": position, "hours": hours})
    return PERIODS.check(pd.DataFrame(rows), "periods")


def market(instance: Instance, catalog: Catalog) -> Market:
    """Returns what can be rented, reserved, bought or is owned in the instance's regions, priced by period."""
    periods = period_table(instance)
    offers = [*_rented(instance, catalog, periods), *_given(instance)]
    offers += [*_owned(instance, catalog), *_bought(instance, catalog, periods)]
    trends = instance.settings.supply.price_change_per_year
    own_prices = _own_prices(instance, periods)
    prices, supply = [], []
    starts = periods["hours"].cumsum() - periods["hours"]
    for offer in offers:
        trend = trends.get(offer["accelerator"], trends.get("default", 0.0))
        for start, period, hours in zip(starts, periods["period"], periods["hours"], strict=True):
            at_hour = start if offer["kind"] in ("reserved", "purchase") else start + hours / 2
            factor = (1.0 + trend) ** (at_hour / HOURS_PER_YEAR)
            prices.append(own_prices.get((offer["offer"], period)) or _price(offer, period, factor))
            nodes_max = _nodes_released(instance, catalog, offer, period)
            supply.append({"offer": offer["offer"], "period": period, "nodes_max": nodes_max})
    return Market(
        OFFERS.check(
            pd.DataFrame([{name: offer[name] for name in OFFERS.names} for offer in offers], columns=list(OFFERS.names)), "offers"
        ),
        PRICES.check(pd.DataFrame(prices, columns=list(PRICES.names)), "prices"),
        SUPPLY.check(pd.DataFrame(supply, columns=list(SUPPLY.names)), "supply"),
    )


def _price(offer: Mapping[str, Any], period: str, factor: float) -> dict[str, Any]:
    """Returns the price row of an offer in a period; running costs (energy, colocation, upkeep) and network have no trend."""
    return {
        "offer": offer["offer"], "period": period, "scenario": "expected",
        "usd_per_hour": offer["running_usd_per_hour"] + offer["usd_per_hour"] * factor,
        "upfront_usd": offer["upfront_usd"] * factor + offer["network_usd"],
        "residual_usd": offer.get("residual_usd", 0.0) * factor, "source": offer["source"],
    }  # fmt: skip


def _own_prices(instance: Instance, periods: pd.DataFrame) -> dict[tuple[str, str], dict[str, Any]]:
    own: dict[tuple[str, str], dict[str, Any]] = {}
    for row in instance.tables["prices"].sort_values("period", key=lambda p: p != "*").to_dict("records"):
        for period in periods["period"] if row["period"] == "*" else [row["period"]]:
            own[row["offer"], period] = {
                "offer": row["offer"], "period": period, "scenario": "expected", "source": "user",
                "usd_per_hour": row["usd_per_hour"], "upfront_usd": row["upfront_usd"], "residual_usd": 0.0,
            }  # fmt: skip
    return own


def _rented(instance: Instance, catalog: Catalog, periods: pd.DataFrame) -> list[dict[str, Any]]:
    """Returns the catalog's offers that the instance admits, in catalog order."""
    wishes = instance.settings.supply
    frame = catalog.offers
    keep = (
        frame["region"].isin(instance.settings.regions) & frame["term"].isin(list(TERM_YEARS)) & frame["term"].isin(wishes.terms)
    )
    keep &= ~frame["offer"].isin(wishes.offers_deny)
    if wishes.providers:
        keep &= frame["provider"].isin(wishes.providers)
    if wishes.node_types:
        keep &= frame["node_type"].isin(wishes.node_types)
    mean_hours = float(periods["hours"].mean())
    rows = []
    for row in frame[keep].to_dict("records"):
        term_periods = round(TERM_YEARS[row["term"]] * HOURS_PER_YEAR / mean_hours)
        term_hours = TERM_YEARS[row["term"]] * HOURS_PER_YEAR
        if abs(term_periods * mean_hours - term_hours) > TERM_TOLERANCE * term_hours:
            where = instance.document.where(("horizon", "periods"))
            raise InputError.single(
                where, f"periods of which whole ones make up {row['term']}", f"{mean_hours:g} hours on average"
            )
        if row["term"] == "capacity_block":
            term_periods = 1
            if mean_hours > CAPACITY_BLOCK_HOURS_MAX:
                where = instance.document.where(("horizon", "periods"))
                raise InputError.single(
                    where, f"periods of at most {CAPACITY_BLOCK_HOURS_MAX:g} hours for capacity blocks", f"{mean_hours:g} hours"
                )
        machine = _machine(catalog, row["node_type"])
        rows.append(
            {
                **machine, "offer": row["offer"], "region": row["region"], "provider": row["provider"],
                "kind": KIND_OF_TERM[row["term"]], "term_periods": term_periods, "lead_time_periods": 0,
                "source": row["source_kind"], "source_note": f"{row['source']}; {row['price_date']}; {row['note']}",
                "usd_per_hour": row["usd_per_hour"], "running_usd_per_hour": 0.0, "upfront_usd": 0.0, "network_usd": 0.0,
            }
        )  # fmt: skip
    return rows


def _given(instance: Instance) -> list[dict[str, Any]]:
    """Returns the rows of the instance's own offers, by the hour; a stated price has no trend."""
    return [
        {
            **{name: row[name] for name in ("offer", "node_type", "accelerator", "accelerators", "vendor", "region", "provider")},
            "kind": "on_demand", "term_periods": 0, "lead_time_periods": 0, "source": "user", "source_note": row["source"],
            "usd_per_hour": 0.0, "running_usd_per_hour": float(row["usd_per_hour"]), "upfront_usd": 0.0, "network_usd": 0.0,
        }
        for row in records(instance.tables["offers"])
        if row["offer"] not in instance.settings.supply.offers_deny
    ]  # fmt: skip


def _machine(catalog: Catalog, node_type: str) -> dict[str, Any]:
    node = catalog.node_types[node_type]
    accelerator = catalog.accelerators[node.accelerator]
    return {
        "node_type": node_type, "accelerator": node.accelerator,
        "accelerators": node.accelerators, "vendor": accelerator.vendor,
    }  # fmt: skip


def _energy_usd_per_hour(catalog: Catalog, node_type: str, region: str) -> float:
    """Returns a node's electricity at full load: kW x PUE x usd per kWh."""
    places = catalog.regions.set_index("region")
    pue, usd_per_kwh = float(places["pue"][region]), float(places["electricity_usd_per_kwh"][region])
    return catalog.node_types[node_type].power_kw * pue * usd_per_kwh


def _owned(instance: Instance, catalog: Catalog) -> list[dict[str, Any]]:
    rows = []
    for row in instance.tables["owned"].to_dict("records"):
        running = row["running_usd_per_hour"]
        if pd.isna(running):
            running = _energy_usd_per_hour(catalog, row["node_type"], row["region"])
        rows.append(
            {
                **_machine(catalog, row["node_type"]), "offer": f"owned/{row['owned']}", "region": row["region"],
                "provider": "owned", "kind": "owned", "term_periods": 0, "lead_time_periods": 0,
                "source": "user" if pd.notna(row["running_usd_per_hour"]) else "estimate",
                "source_note": f"{row['nodes']} nodes owned, {row['age_years']:g} years old at the start; running cost only",
                "usd_per_hour": 0.0, "running_usd_per_hour": float(running), "upfront_usd": 0.0, "network_usd": 0.0,
            }
        )  # fmt: skip
    return rows


def _bought(instance: Instance, catalog: Catalog, periods: pd.DataFrame) -> list[dict[str, Any]]:
    """Returns the purchases open to the instance: capex, of which a residual comes back, energy, colocation, maintenance."""
    wishes = instance.settings.supply
    if "purchase" not in wishes.terms:
        return []
    mean_hours = float(periods["hours"].mean())
    colocation = catalog.colocation.set_index("region")["usd_per_kw_month"]
    rows = []
    for row in catalog.purchases.to_dict("records"):
        node_type = row["node_type"]
        if wishes.node_types and node_type not in wishes.node_types:
            continue
        power_kw = catalog.node_types[node_type].power_kw
        for region in wishes.purchase_regions:
            rent_usd_per_hour = power_kw * float(colocation[region]) / HOURS_PER_MONTH
            upkeep_usd_per_hour = row["maintenance_share_per_year"] * row["capex_usd"] / HOURS_PER_YEAR
            running = _energy_usd_per_hour(catalog, node_type, region) + rent_usd_per_hour + upkeep_usd_per_hour
            rows.append(
                {
                    **_machine(catalog, node_type), "offer": f"purchase/{node_type}/{region}", "region": region,
                    "provider": "purchase", "kind": "purchase",
                    "term_periods": max(1, round(row["useful_life_years"] * HOURS_PER_YEAR / mean_hours)),
                    "lead_time_periods": -int(-row["lead_time_weeks"] * HOURS_PER_WEEK // mean_hours),
                    "source": row["source_kind"], "source_note": f"{row['source']}; {row['note']}",
                    "usd_per_hour": 0.0, "running_usd_per_hour": running,
                    "upfront_usd": row["capex_usd"] * (1 - row["residual_share"]), "network_usd": row["network_capex_usd"],
                    "residual_usd": row["capex_usd"] * row["residual_share"],
                }
            )  # fmt: skip
    return rows


def _nodes_released(instance: Instance, catalog: Catalog, offer: Mapping[str, Any], period: str) -> int:
    """Returns the supply cap of an offer in a period; 0 where its accelerator is released after the period's start."""
    start = next(p.start for p in instance.settings.horizon.periods if p.period == period)
    accelerator = catalog.accelerators.get(offer["accelerator"])
    if start is not None and offer["kind"] != "owned" and accelerator is not None and accelerator.released_on > start.isoformat():
        return 0
    return _nodes_max(instance, offer, period)


def _nodes_max(instance: Instance, offer: Mapping[str, Any], period: str) -> int:
    """Returns the supply cap of an offer in a period: the last matching row of `supply`, else the default."""
    cap = instance.settings.supply.nodes_max_per_offer
    is_owned = offer["kind"] == "owned"
    owned = _owned_nodes(instance, offer["offer"], period) if is_owned else 0
    cap = owned if is_owned else cap
    for row in instance.tables["supply"].to_dict("records"):
        matches = [row[name] in ("*", offer[name]) for name in ("offer", "node_type", "region", "provider")]
        if all(matches) and row["period"] in ("*", period):
            cap = min(owned, row["nodes_max"]) if is_owned else row["nodes_max"]
    return int(cap)


def _owned_nodes(instance: Instance, offer: str, period: str) -> int:
    names = [p.period for p in instance.settings.horizon.periods]
    lots = {f"owned/{row['owned']}": row for row in records(instance.tables["owned"])}
    row = lots[offer]
    first = names.index(row["first_period"]) if row["first_period"] else 0
    last = names.index(row["last_period"]) if row["last_period"] else len(names) - 1
    return int(row["nodes"]) if first <= names.index(period) <= last else 0
