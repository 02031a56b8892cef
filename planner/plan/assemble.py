"""From a decision to the tables of a plan: held nodes, placement and ledger follow from what was decided."""

from collections.abc import Mapping

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.plan.ledger import contracts, ledger
from planner.plan.placement import place_replicas
from planner.plan.plan import ORDERS, PlanTables, checked_tables
from planner.plan.scenarios import scenario_costs


def plan_tables(
    coefficients: Coefficients,
    deployments: pd.DataFrame,
    traffic: pd.DataFrame,
    rentals: pd.DataFrame,
    orders: pd.DataFrame,
    more: Mapping[str, pd.DataFrame] | None = None,
) -> PlanTables:
    """Returns the tables of a plan; `rentals` are the nodes paid by the hour (offer, period, block, nodes).

    `more` are the frames of extension tables by name; those not given are empty.

    Raises InputError where a table is malformed, UnsatisfiableError where the replicas do not fit on the nodes.
    """
    nodes = pd.concat([rentals, held_nodes(orders, coefficients)], ignore_index=True)
    frames = {"deployments": deployments, "traffic": traffic, "nodes": nodes, "orders": ORDERS.check(orders, "orders")}
    placement = place_replicas(deployments, nodes, coefficients)
    money = ledger(traffic, nodes, orders, coefficients, {"deployments": deployments, **(more or {})})
    scenarios = scenario_costs(money, coefficients)
    return checked_tables({**frames, "placement": placement, "ledger": money, "scenarios": scenarios, **(more or {})})


def held_nodes(orders: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the nodes held on commitments, one row an offer, period and block of the period.

    An order's nodes are there from its signature plus the lead time until its term is over.
    """
    slots = coefficients.blocks.merge(coefficients.periods[["period", "position"]], on="period")
    signed = contracts(orders, coefficients)[["offer", "nodes", "first", "last"]]
    alive = signed.merge(slots[["period", "block", "position"]], how="cross")
    alive = alive[(alive["first"] <= alive["position"]) & (alive["position"] < alive["last"])]
    return alive.groupby(["offer", "period", "block"], as_index=False, sort=True)[["nodes"]].sum()
