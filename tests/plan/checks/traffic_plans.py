"""Solved plans that the checks of the traffic families are tried on, each made once a test session."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.plan.solved import solved_plan
from tests.small_instances import second_workload

TWO_MODELS = [{"model": "llama-3.1-8b", "precisions": ["fp8"]}, {"model": "llama-3.1-70b", "precisions": ["fp8"]}]
API_OFFER = "deepinfra/llama-3.1-8b"
ONE_PERIOD = {
    "horizon.periods": [{"period": "q1", "hours": 2190}],
    "supply.terms": ["on_demand"],
}


@cache
def bought() -> Path:
    """chat may be bought by the token; capped at 0.5 requests/s, the rest of its 1 request/s is turned away."""
    changes: dict[str, Any] = {
        **ONE_PERIOD, "workloads.0.api_allow": [API_OFFER], "workloads.0.unserved_usd_per_request": 1e-3,
        "workloads.0.prefix_hit_share": 0.25, "tables.api_caps": "api_caps.csv",
    }  # fmt: skip
    caps = f"api_offer,requests_per_s_max\n{API_OFFER},0.5\n"
    return solved_plan(Path(mkdtemp()), changes, {"api_caps.csv": caps}, 1.0)


@cache
def bought_in_bulk() -> Path:
    """chat is bought by the token, half of it beyond what 50 usd buy in the quarter at a fifth off."""
    changes: dict[str, Any] = {**ONE_PERIOD, "workloads.0.api_allow": [API_OFFER], "tables.api_tiers": "api_tiers.csv"}
    tiers = f"api_offer,usd_from,discount_share\n{API_OFFER},50,0.2\n{API_OFFER},100,0.5\n"
    return solved_plan(Path(mkdtemp()), changes, {"api_tiers.csv": tiers}, 1.0)


@cache
def in_two_steps() -> Path:
    """chat goes to the small model first; a tenth of it, and no more, on to the large one. The mean answer scores well."""
    changes: dict[str, Any] = {
        **ONE_PERIOD, "candidates": TWO_MODELS, "workloads.0.cascade": {"first": ["llama-3.1-8b"], "escalation_share": 0.1},
        "limits": [{"limit": "good", "kind": "mean_quality_floor", "benchmark": "quiz", "value": 61.0}],
        "tables.scores": "scores.csv",
    }  # fmt: skip
    scores = "variant,benchmark,score,source\nllama-3.1-8b,quiz,60,me\nllama-3.1-70b,quiz,80,me\n"
    return solved_plan(Path(mkdtemp()), changes, {"scores.csv": scores}, 20.0)


@cache
def put_off() -> Path:
    """chat of one period may wait; code is in one place; both may be turned away, code first."""
    changes: dict[str, Any] = {
        **ONE_PERIOD, "supply.nodes_max_per_offer": 1,
        "workloads.0.is_interruptible": True,
        "workloads.1": second_workload(is_indivisible=True, priority=1, unserved_usd_per_request=1e-4),
        "workloads.2": second_workload("spare", priority=0, unserved_usd_per_request=1e-3),
    }  # fmt: skip
    demand = ["workload,period,block,requests_per_s"]
    demand += [f"{w},q1,{b},{v}" for w, day, night in (("chat", 60, 0), ("code", 150, 20), ("spare", 100, 0))
               for b, v in (("day", day), ("night", night))]  # fmt: skip
    return solved_plan(Path(mkdtemp()), changes, {"demand.csv": "\n".join(demand) + "\n"})
