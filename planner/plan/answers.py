"""Who answers whose requests, replicas and API offers alike: what the checks of the traffic families sum over."""

import pandas as pd

from planner.plan.audit_input import SLOT, AuditInput

COLUMNS = ["workload", *SLOT, "requests_per_s", "model", "variant", "home", "is_first"]


def answers(found: AuditInput) -> pd.DataFrame:
    """Returns workload, period, block, requests_per_s, model, variant (or API offer), home and is_first, a row an answerer.

    `home` is option|region, or the API offer. `is_first` is False for the strong models of a cascade.
    """
    traffic = found.traffic.assign(home=found.traffic["option"] + "|" + found.traffic["region"])
    offers = found.coefficients.api.drop_duplicates("api_offer")[["api_offer", "model"]]
    bought = found.tables.api_traffic.merge(offers, on="api_offer", how="left")
    bought = bought.assign(home=bought["api_offer"], variant=bought["api_offer"], model=bought["model"].astype(object).fillna(""))
    names = [name for name in COLUMNS if name != "is_first"]
    parts = [part[names] for part in (traffic, bought) if len(part)]
    rows = pd.concat(parts, ignore_index=True) if parts else traffic[names]
    return rows.assign(is_first=is_first_answer(rows, found))


def is_first_answer(rows: pd.DataFrame, found: AuditInput) -> pd.Series:
    """Says which rows answer requests as they come: all, but for models of a cascade that are not its first ones."""
    cascades = found.coefficients.cascades
    firsts = pd.MultiIndex.from_frame(cascades[["workload", "model"]].astype(str))
    is_named = pd.MultiIndex.from_frame(rows[["workload", "model"]].astype(str)).isin(firsts)
    return pd.Series(is_named | ~rows["workload"].isin(cascades["workload"]).to_numpy(), index=rows.index, dtype=bool)


def movable(found: AuditInput) -> set[str]:
    """Returns the workloads whose requests may move between the blocks of a period."""
    service = found.coefficients.service
    return {str(name) for name in service.loc[service["is_interruptible"].eq(True), "workload"]}
