"""Held nodes, placement and ledger follow from the decision."""

import pandas as pd

from planner.plan.assemble import held_nodes
from tests.plan.worlds import BUY, ORDERS, RE, coefficients, tables


def test_nodes_are_held_in_every_block_from_delivery_to_expiry() -> None:
    held = held_nodes(pd.DataFrame(ORDERS, columns=["offer", "period", "nodes"]), coefficients())

    assert list(held.itertuples(index=False, name=None)) == [
        (RE, "q1", "day", 3), (RE, "q1", "night", 3), (RE, "q2", "day", 3), (RE, "q2", "night", 3),
        (BUY, "q2", "day", 1), (BUY, "q2", "night", 1),
    ]  # fmt: skip


def test_orders_of_two_periods_add_up_while_both_run() -> None:
    orders = pd.DataFrame([(RE, "q1", 1), (RE, "q2", 2)], columns=["offer", "period", "nodes"])
    held = held_nodes(orders, coefficients())

    assert held["nodes"].tolist() == [1, 1, 3, 3]


def test_no_orders_hold_no_nodes() -> None:
    assert held_nodes(pd.DataFrame({"offer": [], "period": [], "nodes": []}), coefficients()).empty


def test_the_tables_of_a_plan_hold_rented_and_held_nodes_alike() -> None:
    made = tables()

    assert made.nodes["nodes"].sum() == (2 + 1) + (1 + 1) + (1 + 1 + 1) + 3 * 4 + 2
    assert made.orders["nodes"].tolist() == [3, 1]
