"""What each workload costs: usd by request and by million tokens, with and without its part of what nobody uses."""

import numpy as np
import pandas as pd

from planner.inputs.instance import Instance
from planner.options.coefficients import Coefficients
from planner.plan.ledger_frame import block_hours
from planner.plan.length_classes import spoken
from planner.plan.plan import PlanTables
from planner.units import REQUESTS_PER_THOUSAND, SECONDS_PER_HOUR, TOKENS_PER_MTOK

_RATE = ("workload", "period", "block", "requests_per_s")


def workload_costs(allocation: pd.DataFrame, tables: PlanTables, coefficients: Coefficients, instance: Instance) -> pd.DataFrame:
    """Returns what each workload costs, on its own and (`full_`) with the cost of what nobody uses shared in proportion.

    Columns: workload, share (of the plan's cost), requests, input_tokens and output_tokens (means), and twice usd,
    usd_per_1000_requests, usd_per_mtok (input and output together) and usd_per_mtok_output. The last row, `all`, has the
    sums; names that are no workload (`idle`, a pool's unused replicas) are what is shared out. Requests are those answered,
    by replicas or by the token. `allocation`: `allocate`'s.
    """
    names = [workload.workload for workload in instance.settings.workloads]
    spent = spoken(allocation, coefficients).groupby("workload")["usd"].sum()
    own = spent.reindex(names).fillna(0.0).to_numpy(dtype=float)
    total = float(spent.sum())
    served = pd.concat([frame[[*_RATE]] for frame in (tables.traffic, tables.api_traffic)], ignore_index=True)
    served = spoken(served, coefficients).merge(block_hours(coefficients), on=["period", "block"])
    asked = (served["requests_per_s"] * served["hours"] * SECONDS_PER_HOUR).groupby(served["workload"]).sum()
    requests = asked.reindex(names).fillna(0.0).to_numpy(dtype=float)
    lengths = np.array([_mean_tokens(instance, name) for name in names]).reshape(-1, 2)
    scale = total / own.sum() if own.sum() > 0 else 1.0
    tokens, written = requests * lengths.sum(axis=1), requests * lengths[:, 1]
    frame = pd.DataFrame(
        {
            "workload": [*names, "all"],
            "usd": [*own, own.sum()],
            "full_usd": [*(own * scale), total],
            "requests": [*requests, requests.sum()],
            "input_tokens": [*lengths[:, 0], float("nan")],
            "output_tokens": [*lengths[:, 1], float("nan")],
        }
    )
    mtok = np.append(tokens, tokens.sum()) / TOKENS_PER_MTOK
    mtok_output = np.append(written, written.sum()) / TOKENS_PER_MTOK
    known = frame.assign(share=frame["full_usd"] / total if total else 0.0)
    for prefix in ("", "full_"):
        usd = frame[f"{prefix}usd"].to_numpy()
        known[f"{prefix}usd_per_1000_requests"] = _ratio(usd, frame["requests"].to_numpy() / REQUESTS_PER_THOUSAND)
        known[f"{prefix}usd_per_mtok"] = _ratio(usd, mtok)
        known[f"{prefix}usd_per_mtok_output"] = _ratio(usd, mtok_output)
    return known


def _mean_tokens(instance: Instance, workload: str) -> list[float]:
    lengths = instance.lengths.get(workload)
    if lengths is None:
        return [float("nan"), float("nan")]
    return [float((lengths[name] * lengths["weight"]).sum()) for name in ("input_tokens", "output_tokens")]


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), np.nan)
