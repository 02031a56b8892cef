"""The fabric check counts whole nodes at a provider."""

from pathlib import Path

from tests.plan.damage import cell, edit, found_by, told_by
from tests.plan.worlds import BUY, LARGE, VA


def test_nodes_of_another_provider_do_not_carry_a_replica_over_several(plan_folder: Path) -> None:
    def moved(frame):
        return frame.assign(place=frame["place"].where(frame["option"] != LARGE, f"{VA}/purchase"))

    edit(plan_folder, "deployments.csv", moved)

    told = told_by("fabric", plan_folder)
    assert "over several 8xH100 of purchase in us-virginia in q2/day: expected at most 1 nodes, found 2 nodes" in told
    assert "q1/day: expected at most 0 nodes" in told


def test_more_replicas_than_whole_nodes_are_found(plan_folder: Path) -> None:
    edit(plan_folder, "deployments.csv", cell("replicas", 2, option=LARGE, period="q2", block="night"))

    assert "of aws in us-virginia in q2/night: expected at most 3 nodes, found 4 nodes" in told_by("fabric", plan_folder)


def test_nodes_bought_beside_do_not_matter(plan_folder: Path) -> None:
    edit(plan_folder, "nodes.csv", cell("nodes", 9, offer=BUY, period="q2"))

    assert found_by("fabric", plan_folder) == []
