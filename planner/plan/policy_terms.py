"""Cost terms and amounts of the policy families, recomputed from a plan's nodes and orders."""

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.plan.ledger_frame import block_hours, ledger_rows
from planner.units import KG_PER_TONNE


def emissions(nodes: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the nodes (offer, region, period, block) with `power_kw` (all of them, before PUE) and `kg` of carbon dioxide.

    A node draws full power in every hour in which it is there; kg = kW x PUE x kg per kWh x hours.
    """
    offers = coefficients.offers.drop_duplicates("offer")[["offer", "node_type", "region"]]
    rows = nodes.merge(offers, on="offer").merge(coefficients.machines, on="node_type", how="left")
    rows = rows.merge(coefficients.grid, on="region", how="left").merge(
        block_hours(coefficients), on=["period", "block"], how="left"
    )
    rows = rows.assign(power_kw=rows["power_kw"].fillna(0.0) * rows["nodes"])
    per_kwh = (rows["pue"] * rows["grid_kg_co2_per_kwh"]).fillna(0.0)
    kg = rows["power_kw"] * per_kwh * rows["hours"]
    return rows.assign(kg=kg)[["offer", "region", "period", "block", "nodes", "power_kw", "kg"]]


def carbon_price(nodes: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns what the nodes' carbon costs at the instance's price, by offer, period and block; usd."""
    price = coefficients.scalar("carbon_usd_per_tonne")
    rows = emissions(nodes, coefficients)
    made = ledger_rows("carbon_price", rows, rows["kg"] / KG_PER_TONNE * price)
    return made[made["usd"] != 0].reset_index(drop=True)
