"""Replicas that start and are not paid for are found."""

from pathlib import Path

import pandas as pd

from tests.plan.damage import added, edit, found_by, told_by
from tests.plan.policy import with_scalar
from tests.plan.solved import solved_plan


def due(folder: Path) -> float:
    """Returns the replicas that q2 has more than q1, the largest block of each option and place, by hand."""
    rows = pd.read_csv(folder / "deployments.csv")
    keys = ["option", "place", "block"]
    rows = rows.pivot_table(index=keys, columns="period", values="replicas", aggfunc="sum").fillna(0.0)
    return float((rows["q2"] - rows["q1"]).clip(lower=0.0).groupby(["option", "place"]).max().sum())


def test_a_start_that_is_not_paid_is_found(plan_folder: Path) -> None:
    with_scalar(plan_folder, "migration_usd_per_replica", 10.0)

    assert due(plan_folder) > 0
    assert told_by("replica_starts", plan_folder) == f"starts in q2: expected at least {10 * due(plan_folder):g} usd, found 0 usd"


def test_a_start_that_is_paid_passes(plan_folder: Path) -> None:
    with_scalar(plan_folder, "migration_usd_per_replica", 10.0)
    usd = 10 * due(plan_folder)
    edit(plan_folder, "ledger.csv", added(term="migration", offer="", workload="", period="q2", block="", usd=usd))

    assert found_by("replica_starts", plan_folder) == []
    assert found_by("migration", plan_folder) == []


def test_in_several_futures_a_plan_pays_the_mean(tmp_path: Path) -> None:
    """Requests double in q2 in one future of two: the plan passes its whole audit, and pays for half of the starts there."""
    rows = [f"chat,{t},{b},{s},{v}" for t, base in (("q1", 300), ("q2", 400)) for b in ("day", "night")
            for s, v in (("calm", base), ("boom", 2 * base))]  # fmt: skip
    changes = {
        "risk.scenarios": [{"scenario": "calm", "probability": 0.5}, {"scenario": "boom", "probability": 0.5}],
        "money.migration_usd_per_replica": 20.0, "money.switching_usd_per_node": 100.0, "supply.terms": ["on_demand"],
        "horizon.periods": [{"period": "q1", "hours": 24}, {"period": "q2", "hours": 24}],
    }  # fmt: skip
    demand = "\n".join(["workload,period,block,scenario,requests_per_s", *rows, ""])
    folder = solved_plan(tmp_path, changes, {"demand.csv": demand})
    ledger = pd.read_csv(folder / "ledger.csv")
    paid = ledger[ledger["term"] == "migration"]

    assert "day@boom" in set(paid["block"])
    assert (paid["usd"] % 10.0 == 0).all()
