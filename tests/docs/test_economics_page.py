"""The three principles on the measured curves that ship, and the page that tells them."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.economics.cost_curve import falling_trend
from planner.economics.cost_zone import knee
from scripts.docs import economics_page as script

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "economics.md"
FACTS = ROOT.parent / "shared" / "facts" / "measured"
CURVES = pd.read_csv(ROOT / "docs" / "economics" / "measured_curves.csv")
SETUPS = [(kind, setup, rows) for (kind, setup), rows in CURVES.groupby(["traffic", "setup"], sort=False)]
IDS = [f"{kind}: {setup}" for kind, setup, _ in SETUPS]


@pytest.mark.parametrize(("kind", "setup", "rows"), SETUPS, ids=IDS)
def test_marginal_cost_diminishes(kind: str, setup: str, rows: pd.DataFrame) -> None:
    """Average cost and the saving of a slot fall, each nearer to its falling fit than to any rising one."""
    saturation = int(rows["usd_per_mtok_output"].to_numpy().argmin()) + 1

    assert falling_trend(rows["usd_per_mtok_output"].to_numpy(float)[:saturation]).is_falling
    assert falling_trend(rows["saving_usd_per_slot"].to_numpy(float)[1:]).is_falling


@pytest.mark.parametrize(("kind", "setup", "rows"), SETUPS, ids=IDS)
def test_returns_to_scale_diminish(kind: str, setup: str, rows: pd.DataFrame) -> None:
    """Elasticity falls as a trend and the fit that ships is the isotonic fit of the elasticities that ship."""
    elasticity = rows["elasticity"].to_numpy(float)[1:]
    trend = falling_trend(elasticity, np.diff(np.log(rows["concurrency"].to_numpy(float))))

    assert trend.is_falling
    np.testing.assert_allclose(trend.fit, rows["elasticity_trend"].to_numpy(float)[1:], atol=2e-6)
    assert trend.fit[0] > trend.fit[-1]


def test_elasticity_falls_under_a_half_for_at_least_five_pairs() -> None:
    pairs = set()
    for _, setup, rows in SETUPS:
        low, high = knee(*(rows[name].to_numpy(float) for name in ("concurrency", "elasticity", "elasticity_trend")), 0.5)
        if np.isfinite(high):
            assert low < high
            pairs.add((rows["model"].iloc[0], setup.split(" x ")[1].split(",")[0]))

    assert len(pairs) >= 5
    assert f"{len(pairs)} pairs of model and accelerator do" in " ".join(PAGE.read_text(encoding="utf-8").split())


def test_every_setup_that_ships_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert [setup for _, setup, _ in SETUPS if f"| {setup} |" not in text] == []


def test_pictures_exist_and_each_acceptance_test_does() -> None:
    text = PAGE.read_text(encoding="utf-8")
    tests = (ROOT / "tests" / "economics" / "test_winevals.py").read_text(encoding="utf-8")

    assert [name for name in re.findall(r"\]\((economics/\w+\.png)\)", text) if not (PAGE.parent / name).is_file()] == []
    assert len(re.findall(r"!\[", text)) == 5
    assert [f"W{number}" for number in range(1, 15) if f"| W{number} |" not in text or f"def test_w{number}_" not in tests] == []


def measured(**columns: object) -> pd.DataFrame:
    """Two setups of one pair: six loads at short lengths, five at long ones."""
    rows = pd.DataFrame({name: [None] * 11 for name in script.KEY}).astype(object)
    return rows.assign(
        mode="closed_loop", model="llama3.1-70b", accelerator="H100-SXM-80GB", n_accelerators=2.0,
        input_tokens_mean=[1000.0] * 6 + [8000.0] * 5, output_tokens_mean=1000.0,
        concurrency=[1.0, 2, 4, 8, 16, 32, 1, 2, 4, 8, 16],
        ttft_ms=100.0, tpot_ms=10.0, output_tok_s_per_gpu=np.nan, qps=np.nan, row_id=range(11), **columns,
    )  # fmt: skip


def test_one_setup_a_pair_is_chosen_by_its_lengths() -> None:
    rows = script.setups(measured())

    assert rows["setup"].nunique() == 2
    assert set(script.chosen(rows, 1024, 1024)["input_tokens_mean"]) == {1000.0}
    assert set(script.chosen(rows, 8192, 1024)["input_tokens_mean"]) == {8000.0}


def test_setups_of_few_loads_and_other_modes_are_left_out() -> None:
    few = measured()[lambda rows: rows["concurrency"] <= 8]

    assert set(script.setups(few)["setup"]) == set()
    assert script.setups(measured().assign(mode="static_batch")).empty


@pytest.mark.skipif(not FACTS.is_dir(), reason="the measurements are not shipped")
def test_page_and_curves_are_those_of_the_measurements() -> None:
    assert script.main([str(FACTS), "--check"]) == 0
