"""The api check recomputes tokens bought and says who may sell them to whom."""

import shutil
from pathlib import Path

import pytest

from tests.plan.checks.traffic_plans import bought
from tests.plan.damage import cell, edit, failing, told_by


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(bought(), tmp_path / "plan"))


COEFFICIENTS = "inputs/coefficients"


def test_a_sound_plan_passes(folder: Path) -> None:
    assert failing(folder) == set()


def test_tokens_not_paid_for_are_found(folder: Path) -> None:
    """1000 prompt tokens (cached ones have no price of their own) at 0.02 and 200 made at 0.04 usd per 1e6, for 0.5/s."""
    edit(folder, "ledger.csv", cell("usd", 1, term="api", block="day"))

    usd = (1000 * 0.02 + 200 * 0.04) / 1e6 * 0.5 * 3600 * 1095
    assert f"api of deepinfra/llama-3.1-8b in q1/day: expected {usd:.3f} usd, found 1 usd" in told_by("api", folder)


def test_a_price_that_is_not_listed_is_found(folder: Path) -> None:
    edit(folder, f"{COEFFICIENTS}/api.csv", cell("output_usd_per_mtok", 0.01))

    assert "output_usd_per_mtok of deepinfra/llama-3.1-8b in q1: expected 0.04" in told_by("api", folder)


def test_tokens_that_are_not_the_workloads_are_found(folder: Path) -> None:
    edit(folder, f"{COEFFICIENTS}/calls.csv", cell("output_tokens", 20))

    assert "expected 750 + 250 cached, 200 out, found 750 + 250 cached, 20 out" in told_by("api", folder)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("- deepinfra/llama-3.1-8b", "- azure/llama-3.1-8b", "an offer that its api_allow names"),
        ("  prefix_hit_share: 0.25", "  prefix_hit_share: 0.25\n  regions: {jurisdictions: [EU]}", "a seller known to compute"),
        ("  prefix_hit_share: 0.25", "  prefix_hit_share: 0.25\n  regions: {deny: [us-virginia]}", "where its lists permit"),
        (
            "  prefix_hit_share: 0.25",
            "  prefix_hit_share: 0.25\n  quality: {benchmark: quiz, floor: 50}",
            "a score of at least 50 on quiz",
        ),
    ],
)
def test_an_offer_that_the_instance_does_not_admit_is_found(folder: Path, old: str, new: str, told: str) -> None:
    path = folder / "inputs/instance/instance.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))

    assert told in told_by("api", folder)
