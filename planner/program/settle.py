"""Traffic set to its demand: removes the feasibility tolerance that an engine leaves in the continuous part."""

from collections.abc import Mapping

import pandas as pd

from planner.program.groups import Groups

KEYS = ["workload", "period", "block"]


def settled(frames: Mapping[str, pd.DataFrame], groups: Groups) -> dict[str, pd.DataFrame]:
    """Returns the frames of requests per second (served, turned away) scaled so that they add up to each slot's demand.

    Each frame has the columns workload, period, block and requests_per_s.
    """
    parts = [frame[[*KEYS, "requests_per_s"]] for frame in frames.values() if len(frame)]
    if not parts:
        return {name: frame.astype({"requests_per_s": float}) for name, frame in frames.items()}
    sums = pd.concat(parts, ignore_index=True).groupby(KEYS, as_index=False)["requests_per_s"].sum()
    totals = {(w, t, b): float(total) for w, t, b, total in sums[[*KEYS, "requests_per_s"]].itertuples(index=False, name=None)}
    return {name: _scaled(frame, groups, totals) for name, frame in frames.items()}


def _scaled(frame: pd.DataFrame, groups: Groups, totals: Mapping[tuple[str, str, str], float]) -> pd.DataFrame:
    if frame.empty:
        return frame.astype({"requests_per_s": float})
    keys = list(frame[KEYS].itertuples(index=False, name=None))
    wanted = pd.Series([groups.demand[key] for key in keys], index=frame.index)
    total = pd.Series([totals[key] for key in keys], index=frame.index)
    return frame.assign(requests_per_s=frame["requests_per_s"] * wanted / total)
