"""Arrays back to tidy frames: what is deployed, served, rented and ordered."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planner.program.compile import Compiled
from planner.program.groups import Groups
from planner.program.settle import handed_over, settled

SERVED_MIN = 1e-9
"""Requests per second under which a route carries nothing; of what a cascade passes on, where that is less than one a second."""


@dataclass(frozen=True)
class Decision:
    """The decision of a solution: integer counts, and traffic scaled so that demand is met exactly."""

    deployments: pd.DataFrame
    traffic: pd.DataFrame
    rentals: pd.DataFrame
    orders: pd.DataFrame
    more: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Frames of extensions by the plan table of their name."""


DUST_SHARE = 1e-6
"""Traffic up to this share of what is turned away beside it is an engine's tolerance."""
EXTENSION_FRAMES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "call": ("api_traffic", ("workload", "api_offer", "period", "block", "requests_per_s")),
    "refuse": ("unserved", ("workload", "period", "block", "requests_per_s")),
    "pledge": ("pledges", ("savings_plan", "period", "usd_per_hour")),
    "apply": ("plan_use", ("savings_plan", "signed", "offer", "period", "block", "nodes")),
    "hand": ("handovers", ("workload", "prefill_option", "option", "place", "period", "block", "requests_per_s")),
}
"""Plan table and columns (index, then value) by extension variable whose values a plan keeps."""


def extract(compiled: Compiled, values: np.ndarray, groups: Groups) -> Decision:
    """Returns the decision of a solution whose integer columns are whole."""
    rows: dict[str, list[tuple[object, ...]]] = {"deploy": [], "serve": [], "rent": [], "commit": []}
    rows |= {name: [] for name in EXTENSION_FRAMES}
    for (name, index), value in zip(compiled.columns, values.tolist(), strict=True):
        if name in rows and abs(value) > (_least(index, groups) if name in ("serve", "call") else SERVED_MIN):
            rows[name].append((*index, value))
    deployments = pd.DataFrame(rows["deploy"], columns=["pool", "option", "place", "period", "block", "replicas"])
    traffic = pd.DataFrame(rows["serve"], columns=["workload", "option", "place", "period", "block", "requests_per_s"])
    rentals = pd.DataFrame(rows["rent"], columns=["offer", "period", "block", "nodes"])
    orders = pd.DataFrame(rows["commit"], columns=["offer", "period", "nodes"])
    more = {table: pd.DataFrame(rows[name], columns=list(columns)) for name, (table, columns) in EXTENSION_FRAMES.items()}
    traffic = _served(_carried(traffic, _whole(deployments, "replicas"), groups), more["unserved"], groups)
    rates = settled({"traffic": traffic, "api_traffic": more["api_traffic"], "unserved": more["unserved"]}, groups)
    handed = handed_over(more["handovers"], rates["traffic"])
    more = {**more, "api_traffic": rates["api_traffic"], "unserved": rates["unserved"], "handovers": handed}
    return Decision(_whole(deployments, "replicas"), rates["traffic"], _whole(rentals, "nodes"), _whole(orders, "nodes"), more)


def _least(index: tuple[str, ...], groups: Groups) -> float:
    """Returns the requests per second under which a route or call, (workload, ..., period, block), carries nothing."""
    share = groups.service.escalation_share.get(index[0], 0.0)
    passed_on = share * groups.service.most_requests_per_s.get((index[0], index[-2], index[-1]), 0.0)
    return SERVED_MIN * min(1.0, passed_on or 1.0)


def _carried(traffic: pd.DataFrame, deployments: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Returns the traffic that replicas are there for: where there is none, what stands is the engine's tolerance."""
    running = set(deployments[["pool", "option", "place", "period", "block"]].itertuples(index=False, name=None))
    routes = traffic[["workload", "option", "place", "period", "block"]].itertuples(index=False, name=None)
    is_carried = np.array([(groups.pool_of[w], *rest) in running for w, *rest in routes], dtype=bool)
    return traffic[is_carried].reset_index(drop=True)


def _served(traffic: pd.DataFrame, unserved: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Returns the traffic without what, together, is nothing beside the requests of its workload turned away in the slot.

    Cascades are left as they are: what is answered twice is a share of what is answered once.
    """
    slot = ["workload", "period", "block"]
    away = unserved.astype({"requests_per_s": float}).groupby(slot)["requests_per_s"].sum()
    beside = away.reindex(pd.MultiIndex.from_frame(traffic[slot])).fillna(0.0).to_numpy()
    together = traffic["requests_per_s"].astype(float).groupby([traffic[name] for name in slot]).transform("sum").to_numpy()
    is_cascade = traffic["workload"].isin(groups.service.escalation_share).to_numpy()
    return traffic[is_cascade | (together > DUST_SHARE * beside)].reset_index(drop=True)


def empty_decision() -> Decision:
    """Returns the decision to deploy nothing."""
    return Decision(
        pd.DataFrame(columns=["pool", "option", "place", "period", "block", "replicas"]).astype({"replicas": "int64"}),
        pd.DataFrame(columns=["workload", "option", "place", "period", "block", "requests_per_s"]).astype(
            {"requests_per_s": "float64"}
        ),
        pd.DataFrame(columns=["offer", "period", "block", "nodes"]).astype({"nodes": "int64"}),
        pd.DataFrame(columns=["offer", "period", "nodes"]).astype({"nodes": "int64"}),
    )


def _whole(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    counts = frame[column].astype(float).round().astype("int64")
    return frame.assign(**{column: counts})[counts.to_numpy() > 0].reset_index(drop=True)
