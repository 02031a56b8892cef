"""What an hour of an accelerator costs on a frontier: the cheapest dated on-demand offer, or a price that is given."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from planner.errors import InputError
from planner.inputs.catalog import Catalog
from planner.tables import records

ON_DEMAND = "on_demand"


@dataclass(frozen=True)
class HourlyPrice:
    """Price of one accelerator for an hour, USD, and what says so; `price_date` is empty for a given price."""

    usd_per_hour: float
    offer: str
    price_date: str
    source_kind: str

    def __str__(self) -> str:
        """Returns the price with its offer, date and kind of source, as one short text."""
        told = ", ".join(part for part in (self.offer, self.price_date, self.source_kind) if part)
        return f"{self.usd_per_hour:.4g} usd/h ({told})"


def on_demand_prices(catalog: Catalog) -> pd.DataFrame:
    """Returns the dated on-demand offers by accelerator, cheapest hour of one accelerator first.

    Columns: accelerator, usd_per_accelerator_hour, offer, price_date, source_kind; equal prices are in the order of names.
    """
    frame = catalog.offers
    frame = frame[(frame["term"] == ON_DEMAND) & frame["price_date"].notna() & (frame["price_date"].astype(str) != "")]
    nodes = [catalog.node_types[name] for name in frame["node_type"]]
    priced = frame.assign(
        accelerator=[node.accelerator for node in nodes],
        usd_per_accelerator_hour=frame["usd_per_hour"].to_numpy() / [node.accelerators for node in nodes],
    )
    order = ["accelerator", "usd_per_accelerator_hour", "offer"]
    return priced.sort_values(order, kind="stable")[[*order, "price_date", "source_kind"]].reset_index(drop=True)


def hourly_prices(catalog: Catalog, accelerators: list[str], given: Mapping[str, float]) -> dict[str, HourlyPrice]:
    """Returns the price of an hour of each accelerator (canonical names): `given` first, else its cheapest offer.

    Raises
    ------
    InputError
        Where nobody in the catalog rents an accelerator by the hour and no price is given.
    """
    cheapest = {str(row["accelerator"]): row for row in records(on_demand_prices(catalog).drop_duplicates("accelerator"))}
    prices = {}
    for accelerator in accelerators:
        if accelerator in given:
            prices[accelerator] = HourlyPrice(given[accelerator], "given", "", "user")
        elif accelerator in cheapest:
            row = cheapest[accelerator]
            prices[accelerator] = HourlyPrice(
                float(row["usd_per_accelerator_hour"]), str(row["offer"]), str(row["price_date"]), str(row["source_kind"])
            )
        else:
            wish = f"--usd-per-hour {accelerator}=X: the catalog has no dated on-demand offer of it"
            raise InputError.single(f"price of {accelerator}", wish, "none")
    return prices
