"""Small instances with policies, from the YAML to the audited plan: the plan keeps them, and is another than without."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from planner.pipeline import Outcome, SolveSettings, make_plan
from planner.plan.limit_use import limit_use
from tests.small_instances import write_instance

SETTINGS = SolveSettings(gap=1e-6, time_limit_s=60.0, threads=1)
TWO = {"regions": ["us-virginia", "us-ohio"], "supply.node_types": ["8xH100-SXM", "8xH200-SXM"]}


def planned(folder: Path, changes: Mapping[str, Any], files: Mapping[str, str] | None = None) -> Outcome:
    """Returns the audited plan of the small instance with changes; 400 requests/s in every block."""
    return make_plan(write_instance(folder / "in", changes, files, 400.0), folder / "out", SETTINGS)


def test_limits_are_kept_from_the_instance_to_the_audit(tmp_path: Path) -> None:
    limits = [
        {"limit": "site", "kind": "power_kw", "scope": "us-virginia", "value": 25.0},
        {"limit": "spread", "kind": "region_share_max", "value": 0.6},
        {"limit": "variety", "kind": "accelerator_share_max", "scope": "H100-SXM", "value": 0.5},
        {"limit": "one", "kind": "vendor_share_max", "scope": "NVIDIA", "value": 1.0},
        {"limit": "aws", "kind": "provider_share_max", "scope": "aws", "value": 1.0},
        {"limit": "air", "kind": "carbon_kg", "value": 1e6},
        {"limit": "cash", "kind": "budget_usd", "value": 5e6, "period": "q1"},
    ]
    plain = planned(tmp_path / "plain", TWO)
    found = planned(tmp_path / "limited", {**TWO, "limits": limits, "money.carbon_usd_per_tonne": 80.0})
    used = limit_use(found.plan.tables, found.prepared.coefficients)

    assert found.audit.passed
    assert set(used["limit"]) == {limit["limit"] for limit in limits}
    assert (used["used"] <= used["value"] * (1 + 1e-9)).all()
    assert found.plan.facts.objective_usd > plain.plan.facts.objective_usd * 1.001
    assert found.plan.tables.ledger.groupby("term")["usd"].sum()["carbon_price"] > 0


def test_spot_nodes_serve_their_share(tmp_path: Path) -> None:
    spot = {"supply.terms": ["on_demand", "spot"], "workloads.0.spot_share_max": 0.5}
    found = planned(tmp_path, spot)
    traffic = found.plan.tables.traffic
    share = traffic.loc[traffic["place"] == "us-virginia!spot", "requests_per_s"].sum() / traffic["requests_per_s"].sum()

    assert found.audit.passed
    assert 0.0 < share <= 0.5 + 1e-9


def test_a_budget_that_nothing_meets_has_no_plan(tmp_path: Path) -> None:
    from planner.errors import UnsatisfiableError

    with pytest.raises(UnsatisfiableError):
        planned(tmp_path, {"limits": [{"limit": "cash", "kind": "budget_usd", "value": 10.0}]})


def test_money_terms_from_the_instance_to_the_audit(tmp_path: Path) -> None:
    """Tiers, minimum orders, starts and present values: the audit recomputes every one."""
    offer = "aws/p5.48xlarge/us-virginia/on_demand"
    files = {
        "tiers.csv": f"offer,nodes_from,discount_share\n{offer},2,0.3\n",
        "least.csv": f"offer,nodes_min\n{offer},2\n",
    }  # fmt: skip
    changes = {
        "tables.price_tiers": "tiers.csv", "tables.orders_min": "least.csv", "money.switching_usd_per_node": 200.0,
        "money.discount_rate_per_year": 0.08, "supply.terms": ["on_demand"],
    }  # fmt: skip
    found = planned(tmp_path, changes, files)
    usd = found.plan.tables.ledger.groupby("term")["usd"].sum()

    assert found.audit.passed
    assert usd["volume_discount"] < 0
    assert usd["discounting"] < 0


def test_a_mean_quality_on_a_reported_benchmark_passes_the_audit(tmp_path: Path) -> None:
    """Scores of 38.43 and 53.65: part of the traffic must go to the better model."""
    changes = {
        "candidates": [{"model": "llama-3.1-8b", "precisions": ["fp8"]}, {"model": "llama-3.3-70b", "precisions": ["fp8"]}],
        "quality.reported_by": "LMArena", "supply.terms": ["on_demand"],
        "limits": [{"limit": "good", "kind": "mean_quality_floor", "benchmark": "LMArena win rate", "value": 42.0}],
    }  # fmt: skip
    found = planned(tmp_path, changes)
    traffic = found.plan.tables.traffic

    assert found.audit.passed
    assert traffic["option"].str.startswith("llama-3.3-70b").any()
    assert traffic["option"].str.startswith("llama-3.1-8b").any()
