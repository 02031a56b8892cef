"""The LP relaxation of a ladder instance, built straight from the coefficient tables: small enough for every rung.

In the relaxation replicas are no more than the traffic on them needs, so of all options of a workload on a node type in a
region only the one with the fewest nodes per request matters, and `deploy` drops out:

    minimise    rent + commitments - terminal credit + egress
    subject to  sum of shares of a workload over bays = 1            (each slot)
                nodes that the shares need <= rented + held          (each bay and slot)
                held by an offer <= its cap, rented <= its cap; cash <= budget

A test compares its value with the relaxation of the whole program. Replicas over several nodes and minimum replicas,
which no ladder instance has, are refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from planner.options.coefficients import COMMITTED_KINDS, RENTED_KINDS, Coefficients
from planner.solvers import Problem, Settings, Status, solve
from planner.units import SECONDS_PER_HOUR

Offer = str
Slot = tuple[str, str]


@dataclass(frozen=True)
class Answer:
    """An optimum of the relaxation: nodes, shares, cash, and what the caps and the budget are worth."""

    objective_usd: float
    cash_usd: float
    nodes: pd.DataFrame
    """node_type, region, period, block, nodes that the traffic needs"""
    shares: pd.DataFrame
    """workload, region, period, block, requests_per_s"""
    use: Mapping[Offer, float]
    """Most nodes of an offer in any slot."""
    cap_price_usd: Mapping[Offer, float]
    """By offer: usd by which the optimum falls with one more node in every slot in which its cap binds."""
    budget_price: float
    """usd by which the optimum falls with one more usd of budget."""


class Relaxation:
    """Arrays of the relaxation of one problem; `solve` takes a scale of demand, caps and a budget."""

    def __init__(self, coefficients: Coefficients) -> None:
        if (coefficients.options["nodes_per_replica"] > 1).any() or (coefficients.pools["replicas_min"] > 0).any():
            raise ValueError("the ladder's relaxation knows no replicas over several nodes and no minimum replicas")
        self.coefficients = coefficients

    @cached_property
    def routes(self) -> pd.DataFrame:
        """workload, node_type, region: nodes per request/s at the best option, egress per request."""
        c = self.coefficients
        best = c.rates.merge(c.options[["option", "node_type", "gpus"]], on="option")
        bays = c.offers[["node_type", "region", "accelerators"]].drop_duplicates()
        best = best.merge(bays, on="node_type").merge(c.paths[c.paths["is_allowed"]], on=["workload", "region"])
        best = best[best["network_ms"] <= best["network_ms_max"].fillna(np.inf)]
        best["nodes"] = best["gpus"] / (best["accelerators"] * best["requests_per_s"] * c.limit("utilisation_max"))
        keys = ["workload", "node_type", "region"]
        return best.groupby(keys, sort=False, as_index=False)[["nodes", "egress_usd_per_request"]].min()

    @cached_property
    def slots(self) -> pd.DataFrame:
        """period, block, hours, period number."""
        c = self.coefficients
        return c.blocks.merge(c.periods[["period", "position"]], on="period").sort_values("position", kind="stable")

    @cached_property
    def serves(self) -> pd.DataFrame:
        """One row a share: workload, node_type, region, period, block, demand, nodes and egress of the whole demand."""
        frame = self.coefficients.demand.merge(self.routes, on="workload").merge(self.slots, on=["period", "block"])
        frame = frame[frame["requests_per_s"] > 0].reset_index(drop=True)
        frame["egress_usd"] = frame["egress_usd_per_request"] * frame["requests_per_s"] * frame["hours"] * SECONDS_PER_HOUR
        frame["nodes"] *= frame["requests_per_s"]
        return frame

    @cached_property
    def _priced(self) -> pd.DataFrame:
        c = self.coefficients
        used = self.routes[["node_type", "region"]].drop_duplicates()
        return (
            c.offers.merge(used, on=["node_type", "region"]).merge(c.prices, on="offer").merge(c.supply, on=["offer", "period"])
        )

    @cached_property
    def rents(self) -> pd.DataFrame:
        """One row a rented offer and slot: usd and cash of a node, its cap."""
        frame = self._priced[self._priced["kind"].isin(RENTED_KINDS)].merge(self.slots, on="period")
        usd = frame["usd_per_hour"] * frame["hours"]
        return frame.assign(usd=usd, cash=usd)

    @cached_property
    def orders(self) -> pd.DataFrame:
        """One row an order: usd, cash inside the horizon, first and last period number of its nodes."""
        c = self.coefficients
        hours = c.periods.sort_values("position")["hours"].to_numpy()
        mean = float(hours.mean())
        frame = self._priced[self._priced["kind"].isin(COMMITTED_KINDS)].merge(c.periods[["period", "position"]], on="period")
        frame["first"] = frame["position"] + frame["lead_time_periods"]
        frame["last"] = frame["first"] + frame["term_periods"] - 1
        frame = frame[frame["first"] < len(hours)].reset_index(drop=True)
        ends = np.concatenate([[0.0], np.cumsum(hours)])
        inside = ends[np.minimum(frame["last"] + 1, len(hours))] - ends[frame["first"]]
        after = np.maximum(0, frame["last"] + 1 - len(hours)) * mean
        contract = frame["usd_per_hour"] + frame["upfront_usd"] / (inside + after)
        final = c.prices.merge(c.offers[c.offers["kind"] == "on_demand"], on="offer")
        final = final[final["period"] == c.periods.sort_values("position")["period"].iloc[-1]]
        market = final.groupby(["node_type", "region"])["usd_per_hour"].min().rename("market").reset_index()
        frame = frame.merge(market, on=["node_type", "region"], how="left")
        credit = np.fmin(contract, frame["market"]) * after * c.limit("terminal_use_share")
        frame["usd"] = frame["upfront_usd"] + frame["usd_per_hour"] * (inside + after) - credit
        frame["cash"] = frame["upfront_usd"] + frame["usd_per_hour"] * inside
        return frame

    def solve(
        self, scale: float = 1.0, caps: Mapping[Offer, int] | None = None, budget_usd: float | None = None, is_cash: bool = False
    ) -> Answer:
        """Returns the optimum at `scale` x demand under the given caps (others as in the tables) and budget.

        `is_cash` minimises the cash paid inside the horizon in place of the objective.
        """
        arrays = _Arrays(self, scale, caps or {}, budget_usd)
        solution = solve(arrays.problem(is_cash), Settings(relative_gap=0.0, threads=1, log=False))
        point = solution.values  # noqa: PD011
        if solution.status != Status.OPTIMAL or point is None or solution.row_duals is None:
            raise ValueError(f"the relaxation is {solution.status}: {solution.message or solution.limit}")
        return arrays.answer(point, solution.row_duals)


class _Arrays:
    """Columns: shares, rents, orders. Rows: demand, cover, rent caps, holding caps, budget."""

    def __init__(self, relaxation: Relaxation, scale: float, caps: Mapping[Offer, int], budget_usd: float | None) -> None:
        self.serves, self.rents, self.orders = relaxation.serves, relaxation.rents, relaxation.orders
        self.scale, self.budget = scale, budget_usd
        serves, rents, orders = self.serves, self.rents, self.orders
        self.rent_cap = np.fmin(rents["nodes_max"], rents["offer"].map(caps).astype(float)).to_numpy()
        slot = pd.MultiIndex.from_frame(relaxation.slots[["period", "block"]])
        self.demands = pd.MultiIndex.from_frame(serves[["workload", "period", "block"]].drop_duplicates())
        bays = relaxation.routes[["node_type", "region"]].drop_duplicates()
        cover = bays.merge(relaxation.slots[["period", "block", "position"]], how="cross")
        self.covers = pd.MultiIndex.from_frame(cover[["node_type", "region", "period", "block"]])
        held = orders.loc[:, ["offer", "period", "position", "nodes_max"]].drop_duplicates(["offer", "period"])
        self.held = held.reset_index(drop=True)
        self.hold_cap = np.fmin(self.held["nodes_max"], self.held["offer"].map(caps).astype(float)).to_numpy()
        self.matrix = self._matrix(cover, len(slot))

    def _matrix(self, cover: pd.DataFrame, slots: int) -> sparse.csc_matrix:
        serves, rents, orders = self.serves, self.rents, self.orders
        n, k = len(serves), len(serves) + len(rents)
        place = ["node_type", "region", "period", "block"]
        rows = [self.demands.get_indexer(pd.MultiIndex.from_frame(serves[["workload", "period", "block"]]))]
        columns, values = [np.arange(n)], [np.ones(n)]
        base = len(self.demands)
        rows.append(base + self.covers.get_indexer(pd.MultiIndex.from_frame(serves[place])))
        columns.append(np.arange(n))
        values.append(self.scale * serves["nodes"].to_numpy())
        rows.append(base + self.covers.get_indexer(pd.MultiIndex.from_frame(rents[place])))
        columns.append(np.arange(n, k))
        values.append(-np.ones(len(rents)))
        numbered = orders.reset_index(names="order")
        alive = numbered.merge(cover.reset_index(names="row"), on=["node_type", "region"], suffixes=("", "_in"))
        alive = alive[(alive["position_in"] >= alive["first"]) & (alive["position_in"] <= alive["last"])]
        rows.append(base + alive["row"].to_numpy())
        columns.append(k + alive["order"].to_numpy())
        values.append(-np.ones(len(alive)))
        base += len(self.covers)
        rows.append(base + np.arange(len(rents)))
        columns.append(np.arange(n, k))
        values.append(np.ones(len(rents)))
        base += len(rents)
        kept = numbered[["order", "offer", "first", "last"]].merge(self.held.reset_index(names="row"), on="offer")
        kept = kept[(kept["position"] >= kept["first"]) & (kept["position"] <= kept["last"])]
        rows.append(base + kept["row"].to_numpy())
        columns.append(k + kept["order"].to_numpy())
        values.append(np.ones(len(kept)))
        base += len(self.held)
        cash = self.cash
        paid = np.flatnonzero(cash)
        rows.append(np.full(len(paid), base))
        columns.append(paid)
        values.append(cash[paid])
        shape = (base + 1, k + len(orders))
        return sparse.csc_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape)

    @property
    def cash(self) -> np.ndarray:
        """Cash paid inside the horizon by column."""
        return np.concatenate([self.scale * self.serves["egress_usd"], self.rents["cash"], self.orders["cash"]])

    @property
    def cost(self) -> np.ndarray:
        """Objective by column."""
        return np.concatenate([self.scale * self.serves["egress_usd"], self.rents["usd"], self.orders["usd"]])

    def problem(self, is_cash: bool) -> Problem:
        """Returns the arrays as the solvers take them."""
        rows, columns = self.matrix.shape
        upper = np.concatenate(
            [np.ones(len(self.demands)), np.zeros(len(self.covers)), self.rent_cap, self.hold_cap, [self.budget or np.inf]]
        )
        lower = np.concatenate([np.ones(len(self.demands)), np.full(rows - len(self.demands), -np.inf)])
        return Problem(
            column_starts=self.matrix.indptr.astype(np.int64), row_indices=self.matrix.indices.astype(np.int64),
            values=self.matrix.data.astype(float), cost=self.cash if is_cash else self.cost, offset=0.0, row_lower=lower,
            row_upper=upper, column_lower=np.zeros(columns), column_upper=np.full(columns, np.inf),
            is_integer=np.zeros(columns, dtype=bool), row_names=(), column_names=(),
        )  # fmt: skip

    def answer(self, values: np.ndarray, duals: np.ndarray) -> Answer:
        """Returns a solution in the instance's words."""
        n, k = len(self.serves), len(self.serves) + len(self.rents)
        share, rented = values[:n], values[n:k]
        served = self.serves.assign(
            nodes=share * self.serves["nodes"] * self.scale, requests_per_s=share * self.serves["requests_per_s"] * self.scale
        )
        nodes = served.groupby(["node_type", "region", "period", "block"], as_index=False)["nodes"].sum()
        shares = served.groupby(["workload", "region", "period", "block"], as_index=False)["requests_per_s"].sum()
        base = len(self.demands) + len(self.covers)
        held = (self.matrix @ values)[base + len(self.rents) : -1]
        use = pd.concat([self.rents.assign(x=rented)[["offer", "x"]], self.held.assign(x=held)[["offer", "x"]]])
        prices = np.maximum(0.0, -duals[base:-1])
        worth = pd.DataFrame({"offer": [*self.rents["offer"], *self.held["offer"]], "usd": prices}).groupby("offer")["usd"].sum()
        return Answer(
            float(self.cost @ values), float(self.cash @ values), nodes, shares, use.groupby("offer")["x"].max().to_dict(),
            worth[worth > 0].to_dict(), max(0.0, -float(duals[-1])),
        )  # fmt: skip
