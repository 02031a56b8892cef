"""The provider share check leaves owned and bought nodes to no provider, unless a limit names them."""

from pathlib import Path

from tests.plan.damage import found_by, told_by
from tests.plan.policy import with_limits


def test_a_provider_over_the_limit_is_found(plan_folder: Path) -> None:
    """By day one of seven nodes is owned (and in q2 one of seven more is bought); by night all of q1 is at the provider."""
    with_limits(plan_folder, {"kind": "provider_share_max", "value": 0.86})

    assert told_by("provider_share", plan_folder).splitlines() == [
        "limit provider_share_max on aws in q1/night: expected at most 0.86 units, found 1 units",
    ]


def test_owned_nodes_count_where_they_are_named(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "provider_share_max", "value": 0.1, "scope": "owned"})

    assert len(found_by("provider_share", plan_folder)) == 2
