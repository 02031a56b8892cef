r"""The price of every offer and period from catalog rows and the instance: what the audit holds coefficients against.

With c the yearly price change of the accelerator and years counted from the start of the horizon:

* on demand and spot: :math:`list \cdot (1 + c)^{years\ to\ the\ middle\ of\ t}`;
* reserved, signed in t: :math:`list \cdot (1 + c)^{years\ to\ the\ start\ of\ t}`;
* a row of the instance's offers table: as stated, without trend;
* owned: the lot's running cost, else :math:`power\_kw \cdot pue \cdot electricity\_usd\_per\_kwh`, without trend;
* bought in t: upfront :math:`capex \cdot (1 - residual\_share) \cdot (1 + c)^{years\ to\ the\ start\ of\ t} + network`, of
  which :math:`capex \cdot residual\_share \cdot (1 + c)^{years}` is paid beside it and had back at the end of life, and an
  hour :math:`power\_kw \cdot (pue \cdot electricity + colocation / hours\_per\_month) + maintenance\_share \cdot capex /
  hours\_per\_year` at today's capex;
* a row of the instance's prices table replaces all of it, a row of the period before one for every period.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.inputs.instance import Instance
from planner.options.coefficients import Coefficients
from planner.plan.audit_input import canonical, numbers
from planner.plan.horizon import horizon_periods
from planner.units import HOURS_PER_MONTH, HOURS_PER_YEAR

OWNED_PREFIX = "owned/"


def list_prices(coefficients: Coefficients, instance: Instance, catalog: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Returns offer, period, usd_per_hour, upfront_usd and residual_usd as listed, NaN where the copied rows do not say."""
    offers = coefficients.offers.drop_duplicates("offer")[["offer", "node_type", "region", "kind", "accelerator"]]
    periods = horizon_periods(instance.settings.horizon)[["period", "start_years", "middle_years"]]
    rows = offers.merge(periods, how="cross")
    change = price_changes(instance, catalog, sorted(set(offers["accelerator"].astype(str))))
    rate = 1.0 + rows["accelerator"].astype(str).map(change).astype(float)
    rows = rows.assign(at_start=rate ** rows["start_years"], at_middle=rate ** rows["middle_years"])
    by_kind = {
        "on_demand": _rented(rows, catalog, "at_middle"),
        "spot": _rented(rows, catalog, "at_middle"),
        "reserved": _rented(rows, catalog, "at_start"),
        "owned": _owned(rows, instance, catalog),
        "purchase": _bought(rows, catalog),
    }
    hourly, upfront = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    for kind, (per_hour, at_signature) in by_kind.items():
        is_kind = (rows["kind"] == kind).to_numpy()
        hourly = np.where(is_kind, per_hour.to_numpy(dtype=float), hourly)
        upfront = np.where(is_kind, at_signature.to_numpy(dtype=float), upfront)
    own = rows["offer"].map(instance.tables["offers"].set_index("offer")["usd_per_hour"]).astype(float)
    hourly, upfront = np.where(own.notna(), own, hourly), np.where(own.notna(), 0.0, upfront)
    listed = rows[["offer", "period"]].assign(
        usd_per_hour=hourly, upfront_usd=upfront, residual_usd=_residual(rows, catalog).where(rows["kind"] == "purchase", 0.0)
    )
    return _replaced(listed, instance.tables["prices"])


def price_changes(instance: Instance, catalog: Mapping[str, pd.DataFrame], accelerators: list[str]) -> dict[str, float]:
    """Returns the yearly price change by accelerator; keys of the instance may be aliases."""
    given = instance.settings.supply.price_change_per_year
    resolved = {canonical(catalog, "accelerator", name): value for name, value in given.items()}
    default = given.get("default", 0.0)
    return {name: float(resolved.get(name.lower(), default)) for name in accelerators}


def _rented(rows: pd.DataFrame, catalog: Mapping[str, pd.DataFrame], trend: str) -> tuple[pd.Series, pd.Series]:
    return _looked_up(rows["offer"], catalog, "offers", "offer", "usd_per_hour") * rows[trend], rows["at_start"] * 0.0


def _owned(rows: pd.DataFrame, instance: Instance, catalog: Mapping[str, pd.DataFrame]) -> tuple[pd.Series, pd.Series]:
    lots = instance.tables["owned"].set_index("owned")["running_usd_per_hour"]
    running = rows["offer"].str.removeprefix(OWNED_PREFIX).map(lots).astype(float)
    is_lot = rows["offer"].str.removeprefix(OWNED_PREFIX).isin(lots.index)
    energy = _power_kw(rows, catalog) * _energy_usd_per_kwh(rows, catalog)
    return running.fillna(energy.where(is_lot)), rows["at_start"] * 0.0


def _bought(rows: pd.DataFrame, catalog: Mapping[str, pd.DataFrame]) -> tuple[pd.Series, pd.Series]:
    def purchase(column: str) -> pd.Series:
        return _looked_up(rows["node_type"], catalog, "purchases", "node_type", column)

    capex = purchase("capex_usd")
    upfront = capex * (1.0 - purchase("residual_share")) * rows["at_start"] + purchase("network_capex_usd")
    space = _looked_up(rows["region"], catalog, "colocation", "region", "usd_per_kw_month") / HOURS_PER_MONTH
    running = _power_kw(rows, catalog) * (_energy_usd_per_kwh(rows, catalog) + space)
    return running + purchase("maintenance_share_per_year") * capex / HOURS_PER_YEAR, upfront


def _residual(rows: pd.DataFrame, catalog: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Returns the part of a bought node's price that its sale at the end of life brings back; usd."""
    capex, share = (_looked_up(rows["node_type"], catalog, "purchases", "node_type", n) for n in ("capex_usd", "residual_share"))
    return capex * share * rows["at_start"]


def _power_kw(rows: pd.DataFrame, catalog: Mapping[str, pd.DataFrame]) -> pd.Series:
    return _looked_up(rows["node_type"], catalog, "node_types", "node_type", "power_kw")


def _energy_usd_per_kwh(rows: pd.DataFrame, catalog: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Returns what a kWh of IT load costs: electricity times the PUE of the region."""
    pue = _looked_up(rows["region"], catalog, "regions", "region", "pue")
    return pue * _looked_up(rows["region"], catalog, "regions", "region", "electricity_usd_per_kwh")


def _looked_up(names: pd.Series, catalog: Mapping[str, pd.DataFrame], table: str, key: str, column: str) -> pd.Series:
    """Returns a numeric column of a catalog table for each name, NaN where the table has no such row."""
    frame = catalog.get(table)
    if frame is None or key not in frame.columns:
        return pd.Series(np.nan, index=names.index, dtype=float)
    values = pd.Series(numbers(frame, column).to_numpy(), index=frame[key])
    return names.map(values[~values.index.duplicated(keep="last")]).astype(float)


def _replaced(listed: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Returns the prices with the instance's own rows laid over: first those for every period, then single ones."""
    columns = ["usd_per_hour", "upfront_usd", "residual_usd"]
    own = own.assign(residual_usd=0.0)
    every = own.loc[own["period"] == "*", ["offer", *columns]]
    single = own.loc[own["period"] != "*", ["offer", "period", *columns]]
    for rows, key in ((every, ["offer"]), (single, ["offer", "period"])):
        both = listed.merge(rows, on=key, how="left", suffixes=("", "_own"))
        listed = listed.assign(**{name: both[f"{name}_own"].fillna(both[name]).to_numpy() for name in columns})
    return listed
