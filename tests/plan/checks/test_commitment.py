"""The commitment check follows orders from signature over delivery to expiry."""

from pathlib import Path

import pytest

from tests.plan.damage import added, cell, edit, told_by, without
from tests.plan.worlds import BUY, OD, RE


def test_an_order_deleted_leaves_nodes_that_nobody_ordered(plan_folder: Path) -> None:
    edit(plan_folder, "orders.csv", without(offer=RE))

    assert f"nodes held on {RE} in q1/day: expected 0 by the orders alive nodes, found 3 nodes" in told_by(
        "commitment", plan_folder
    )


def test_nodes_missing_in_one_block_are_found(plan_folder: Path) -> None:
    edit(plan_folder, "nodes.csv", without(offer=RE, period="q2", block="night"))

    assert "in q2/night: expected 3 by the orders alive nodes, found 0" in told_by("commitment", plan_folder)


def test_nodes_before_their_delivery_are_found(plan_folder: Path) -> None:
    edit(plan_folder, "nodes.csv", added(offer=BUY, period="q1", block="day", nodes=1))

    assert f"{BUY} in q1/day: expected 0" in told_by("commitment", plan_folder)


def test_nodes_after_their_expiry_are_found(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/offers.csv", cell("term_periods", 1, offer=RE))

    told = told_by("commitment", plan_folder)
    assert f"{RE} in q2/day: expected 0" in told
    assert "q1" not in told


@pytest.mark.parametrize(
    ("offer", "period", "reason"), [(OD, "q1", "kind on_demand"), (BUY, "q2", "arrival in period number 3 of 2")]
)
def test_orders_that_make_no_sense_are_found(plan_folder: Path, offer: str, period: str, reason: str) -> None:
    edit(plan_folder, "orders.csv", added(offer=offer, period=period, nodes=1))

    assert reason in told_by("commitment", plan_folder)
