"""What the policy families read beside the base tables: power, grids, and scalars that an instance may set."""

from collections.abc import Mapping

import pandas as pd

from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance, InstanceFile
from planner.options.policy_tables import GRID, MACHINES


def power_tables(instance: Instance, catalog: Catalog, offers: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Returns the tables `machines` (kW of the node types offered) and `grid` (PUE and carbon of the instance's regions)."""
    machines = [{"node_type": n, "power_kw": catalog.node_types[n].power_kw} for n in dict.fromkeys(offers["node_type"])]
    places = catalog.regions[catalog.regions["region"].isin(instance.settings.regions)]
    return {
        "machines": MACHINES.check(pd.DataFrame(machines, columns=list(MACHINES.names)), "machines"),
        "grid": GRID.check(places[list(GRID.names)].reset_index(drop=True), "grid"),
    }


def optional_scalars(settings: InstanceFile) -> Mapping[str, tuple[float, str]]:
    """Returns (value, unit) of the scalars that stand among the limits only where they are not 0, by name."""
    money = settings.money
    return {"carbon_usd_per_tonne": (money.carbon_usd_per_tonne, "usd/t")}
