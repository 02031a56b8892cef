"""Orders and rentals under the minimum are found."""

from pathlib import Path

from tests.plan.damage import added, edit, found_by, told_by
from tests.plan.worlds import BUY, OD, RE

TABLE = "inputs/coefficients/orders_min.csv"


def test_an_order_under_the_minimum_is_found(plan_folder: Path) -> None:
    edit(plan_folder, TABLE, added(offer=BUY, nodes_min=2))

    assert told_by("orders_min", plan_folder) == f"nodes of {BUY} ordered in q1: expected none or at least 2 nodes, found 1 nodes"


def test_a_rental_under_the_minimum_is_found(plan_folder: Path) -> None:
    edit(plan_folder, TABLE, added(offer=OD, nodes_min=2))

    assert (
        told_by("orders_min", plan_folder) == f"nodes of {OD} rented in q2/day: expected none or at least 2 nodes, found 1 nodes"
    )


def test_an_order_at_the_minimum_passes(plan_folder: Path) -> None:
    edit(plan_folder, TABLE, added(offer=RE, nodes_min=3))

    assert found_by("orders_min", plan_folder) == []
