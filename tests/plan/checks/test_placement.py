"""The placement check follows every replica to its nodes."""

from pathlib import Path

import pytest

from tests.plan.damage import cell, edit, found_by, told_by, without
from tests.plan.worlds import DE_OD, LARGE, OD, OLD, SMALL

CHAT_1 = f"chat|{SMALL}|us-virginia#1"
BIG = f"research|{LARGE}|us-virginia/aws#1"
RESERVED = "8xH100@us-virginia/aws/reserved_1y#"
SLOT = {"period": "q1", "block": "night"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (without(replica=CHAT_1, **SLOT), "on numbered nodes: expected 5 replicas, found 4"),
        (
            cell("replica", f"chat|{SMALL}|germany-frankfurt#1", replica=CHAT_1, **SLOT),
            "at germany-frankfurt in q1/night on numbered nodes: expected 0",
        ),
        (cell("accelerators", 2, replica=CHAT_1, **SLOT), "expected 1 accelerators on 1 node(s), found 2 on 1"),
        (without(replica=BIG, node=RESERVED + "1", **SLOT), "expected 16 accelerators on 2 node(s), found 8 on 1"),
        (cell("node", RESERVED + "2", replica=BIG, **SLOT), "expected 16 accelerators on 2 node(s), found 16 on 1"),
        (
            cell("node", RESERVED + "1", replica=CHAT_1, **SLOT),
            f"node {RESERVED}1 in q1/night: expected at most 8 accelerators, found 9",
        ),
        (
            cell("node", RESERVED + "4", replica=CHAT_1, **SLOT),
            "expected a number from 1 to 3 under the offer's own name, found number 4",
        ),
        (cell("node", "box", replica=CHAT_1, **SLOT), "under the offer's own name, found number nothing"),
        (cell("offer", DE_OD, replica=CHAT_1, **SLOT), "expected a node of an offer of the option's sites at us-virginia"),
    ],
)
def test_a_replica_misplaced_is_found(plan_folder: Path, change: object, said: str) -> None:
    edit(plan_folder, "placement.csv", change)  # type: ignore[arg-type]

    assert said in told_by("placement", plan_folder)


def test_a_node_that_moved_away_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "nodes.csv", without(offer=OD, period="q2", block="day"))

    assert "in q2/day: expected a number from 1 to 0" in told_by("placement", plan_folder)


def test_a_node_taken_off_the_sites_of_an_option_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/sites.csv", without(option=OLD))

    assert f"node of replica chat|{OLD}|us-virginia#1" in told_by("placement", plan_folder)


def test_a_replica_over_two_providers_is_found(plan_folder: Path) -> None:
    """In q2 one node is bought: a replica over it and a reserved one spans two fabrics."""
    label = "8xH100@us-virginia/purchase#1"
    edit(plan_folder, "placement.csv", cell("node", label, replica=BIG, node=RESERVED + "1", period="q2", block="night"))
    edit(plan_folder, "placement.csv", cell("offer", "purchase/8xH100/us-virginia", node=label, replica=BIG))

    assert f"node of replica {BIG} in q2/night" in told_by("placement", plan_folder)


def test_a_sound_plan_has_no_finding(sound_plan: Path) -> None:
    assert found_by("placement", sound_plan) == []
