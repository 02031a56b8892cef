"""The caps planned with are held against the instance."""

from pathlib import Path

import pytest

from tests.plan.damage import added, cell, edit, found_by, told_by
from tests.plan.worlds import DE_OD, OWNED


@pytest.mark.parametrize(("offer", "given"), [(DE_OD, 1), (OWNED, 1), ("aws/p5/us-virginia/on_demand", 6)])
def test_a_cap_raised_is_found(plan_folder: Path, offer: str, given: int) -> None:
    edit(plan_folder, "inputs/coefficients/supply.csv", cell("nodes_max", 50, offer=offer, period="q1"))

    assert told_by("supply_as_given", plan_folder) == f"supply cap of {offer} in q1: expected {given} nodes, found 50 nodes"


def test_the_last_matching_row_counts_and_wildcards_match(plan_folder: Path) -> None:
    def two_rows(frame):
        frame = frame.assign(region="*", period="*")
        frame = added(offer="*", nodes_max=3, region="us-virginia", period="q1")(frame)
        return added(offer="aws/p5/us-virginia/on_demand", nodes_max=2, region="*", period="q1")(frame)

    edit(plan_folder, "inputs/instance/supply.csv", two_rows)

    told = told_by("supply_as_given", plan_folder)
    assert "aws/p5/us-virginia/on_demand in q1: expected 2 nodes, found 6" in told
    assert "aws/p5/us-virginia/reserved_1y in q1: expected 3 nodes, found 6" in told
    assert "q2" not in told


def test_an_owned_lot_stands_from_its_first_to_its_last_period_and_never_exceeds_itself(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/instance/owned.csv", lambda frame: frame.assign(last_period="q1"))
    edit(plan_folder, "inputs/instance/supply.csv", added(offer=OWNED, nodes_max=9))

    assert [str(f) for f in found_by("supply_as_given", plan_folder)] == [
        f"supply cap of {OWNED} in q2: expected 0 nodes, found 1 nodes"
    ]


def test_nodes_before_the_release_of_their_accelerator_are_found(plan_folder: Path) -> None:
    """H100 released in q1: q1 starts without it, q2 has it; what is owned is there."""
    listed = "accelerator,released_on\nH100,2027-02-01\nA100,2027-02-01\n"
    (plan_folder / "inputs/catalog/accelerators.csv").write_text(listed)
    told = told_by("supply_as_given", plan_folder)

    assert "supply cap of aws/p5/us-virginia/on_demand in q1: expected 0 nodes, found 6 nodes" in told
    assert "in q2" not in told
    assert OWNED not in told
