"""Volume tiers of tokens that the instance does not have are found."""

import shutil
from pathlib import Path

import pytest

from tests.plan.checks.traffic_plans import API_OFFER, bought_in_bulk
from tests.plan.damage import added, cell, edit, found_by, told_by, without

TIERS = "inputs/coefficients/api_tiers.csv"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(bought_in_bulk(), tmp_path / "plan"))


def test_the_instances_tiers_pass(folder: Path) -> None:
    assert found_by("api_tiers", folder) == []


def test_a_tier_that_is_not_the_instances_is_found(folder: Path) -> None:
    edit(folder, TIERS, cell("discount_share", 0.9, discount_share="0.5"))

    assert told_by("api_tiers", folder) == f"discount of {API_OFFER} from 100 usd: expected 0.5, found 0.9"


def test_a_tier_too_many_or_too_few_is_found(folder: Path) -> None:
    edit(folder, TIERS, added(api_offer=API_OFFER, usd_from=10, discount_share=0.1))
    assert told_by("api_tiers", folder) == f"discount of {API_OFFER} from 10 usd: expected nothing, found 0.1"

    edit(folder, TIERS, without(usd_from="10"))
    edit(folder, TIERS, without(discount_share="0.2"))
    assert told_by("api_tiers", folder) == f"discount of {API_OFFER} from 50 usd: expected 0.2, found nothing"
