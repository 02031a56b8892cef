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
    is_able = rows["role"].eq("aggregated") | (rows["role"].eq("decode") & _is_fed(rows, found))
    names = ["workload", "option", "place", "node_type", "region", "is_spot"]
    return rows.loc[is_near & is_borne & is_able, names].drop_duplicates()


def _is_fed(rows: pd.DataFrame, found: AuditInput) -> pd.Series:
    """Says of (workload, option, place, network_ms) whether some prefill option there may hand work over within the promises."""
    prefills = sites(found)[["option", "place"]].drop_duplicates().rename(columns={"option": "prefill_option"})
    pairs = found.coefficients.pairs.rename(columns={"decode_option": "option", "network_ms_max": "pair_ms_max"})
    fed = rows[["workload", "option", "place", "network_ms"]].merge(pairs, on=["workload", "option"])
    fed = fed.merge(prefills, on=["prefill_option", "place"])
    fed = fed[~(fed["network_ms"] > fed["pair_ms_max"])]
    keys = ["workload", "option", "place"]
    return pd.Series(pd.MultiIndex.from_frame(rows[keys]).isin(pd.MultiIndex.from_frame(fed[keys])), index=rows.index)


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
    """Returns workload, period and block in which it may be served: with demand; where it may move any of period and scenario."""
    wanted = found.demand[["workload", *SLOT]].drop_duplicates()
    slots = found.slots[[*SLOT, "scenario"]]
    moving = wanted[wanted["workload"].isin(movable(found))].merge(slots, on=SLOT)
    moving = moving[["workload", "period", "scenario"]].drop_duplicates()
    anywhere = moving.merge(slots, on=["period", "scenario"])[["workload", *SLOT]]
    return pd.concat([wanted, anywhere]).drop_duplicates()
