"""Where each workload may be answered by replicas, and when: what the checks of several rules count within."""

import pandas as pd

from planner.plan.answers import movable
from planner.plan.audit_input import SLOT, AuditInput


def reach(found: AuditInput) -> pd.DataFrame:
    """Returns workload, option, place, node_type, region and is_spot: options that answer it, where they stand near enough.

    Spot nodes only for workloads that bear them.
    """
    rates = found.coefficients.rates[["workload", "option", "network_ms_max"]]
    paths = found.coefficients.paths
    paths = paths.loc[paths["is_allowed"].eq(True), ["workload", "region", "network_ms"]]
    rows = rates.merge(sites(found), on="option").merge(paths, on=["workload", "region"])
    is_near = ~(rows["network_ms"] > rows["network_ms_max"])
    is_borne = ~rows["is_spot"] | rows["workload"].isin(found.coefficients.spot["workload"])
    names = ["workload", "option", "place", "node_type", "region", "is_spot"]
    return rows.loc[is_near & is_borne & ~rows["role"].eq("prefill"), names].drop_duplicates()


def sites(found: AuditInput) -> pd.DataFrame:
    """Returns option, place, node_type, role, region and is_spot, a row an offer: spot zones and providers told apart in places.

    The provider stands in the place of replicas over several nodes and of those that hand work over.
    """
    offers = found.offers[["offer", "zone", "provider", "region"]].assign(is_spot=found.offers["kind"].eq("spot"))
    options = found.options[["option", "node_type", "nodes_per_replica", "role"]]
    rows = found.coefficients.sites.merge(offers, on="offer").merge(options, on="option")
    is_loose = ~(rows["nodes_per_replica"] > 1) & ~rows["role"].isin(("prefill", "decode"))
    return rows.assign(place=rows["zone"].where(is_loose, rows["zone"] + "/" + rows["provider"]))


def open_slots(found: AuditInput) -> pd.DataFrame:
    """Returns workload, period and block in which it may be served: with demand; any of a period where requests may move."""
    wanted = found.demand[["workload", *SLOT]].drop_duplicates()
    moving = wanted.loc[wanted["workload"].isin(movable(found)), ["workload", "period"]].drop_duplicates()
    anywhere = moving.merge(found.slots[SLOT], on="period")[["workload", *SLOT]]
    return pd.concat([wanted, anywhere]).drop_duplicates()
