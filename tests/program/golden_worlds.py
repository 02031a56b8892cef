"""The world in which each family's golden linear program is written; the others are written in the tiny world."""

from collections.abc import Callable, Mapping

from planner.options.coefficients import Coefficients
from tests.policy_worlds import budgeted
from tests.service_worlds import turned_away
from tests.worlds import showcase

GOLDEN_WORLDS: Mapping[str, Callable[[], Coefficients]] = {
    "eligibility": showcase, "fabric": showcase, "minimum_replicas": showcase, "egress": showcase,
    "budget": budgeted,
    "unserved": turned_away,
}  # fmt: skip
"""Families that say nothing in the tiny world, and where they speak."""
