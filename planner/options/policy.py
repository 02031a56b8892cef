"""What the policy families read beside the base tables: power, grids, and scalars that an instance may set."""

from collections.abc import Mapping

import pandas as pd

from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance, InstanceFile
from planner.options.policy_tables import GRID, MACHINES, ORDERS_MIN, PRICE_TIERS, SPOT


def policy_tables(instance: Instance, catalog: Catalog, offers: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Returns `machines` (kW of node types, where known), `grid` (PUE and carbon of the regions), `spot`, tiers and minima."""
    own = instance.tables["offers"].dropna(subset="power_kw")
    power_kw = dict(zip(own["node_type"], own["power_kw"], strict=True))
    power_kw |= {name: node.power_kw for name, node in catalog.node_types.items()}
    machines = [{"node_type": n, "power_kw": power_kw[n]} for n in dict.fromkeys(offers["node_type"]) if n in power_kw]
    places = catalog.regions[catalog.regions["region"].isin(instance.settings.regions)]
    tolerant = [(w.workload, w.spot_share_max) for w in instance.settings.workloads if w.spot_share_max > 0]
    return {
        **{
            name: declared.check(instance.tables[name][instance.tables[name]["offer"].isin(offers["offer"])], name)
            for name, declared in (("price_tiers", PRICE_TIERS), ("orders_min", ORDERS_MIN))
        },
        "spot": SPOT.check(pd.DataFrame(tolerant, columns=list(SPOT.names)), "spot"),
        "machines": MACHINES.check(pd.DataFrame(machines, columns=list(MACHINES.names)), "machines"),
        "grid": GRID.check(places[list(GRID.names)].reset_index(drop=True), "grid"),
    }


def optional_scalars(settings: InstanceFile) -> Mapping[str, tuple[float, str]]:
    """Returns (value, unit) of the scalars that stand among the limits only where they are not 0, by name."""
    money, supply = settings.money, settings.supply
    return {
        "carbon_usd_per_tonne": (money.carbon_usd_per_tonne, "usd/t"),
        "switching_usd_per_node": (money.switching_usd_per_node, "usd"),
        "migration_usd_per_replica": (money.migration_usd_per_replica, "usd"),
        "discount_rate_per_year": (money.discount_rate_per_year, "1/year"),
        "spot_interruption_share": (supply.spot_interruption_share if "spot" in supply.terms else 0.0, "share"),
    }
