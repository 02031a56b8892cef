"""Worlds with policy limits, and their proved optima: what the tests of families on money, supply and policy share."""

import math
from collections.abc import Sequence

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Settings, Status, Worker
from tests.worlds import tiny


def limited(world: Coefficients, kind: str, value: float, scope: str = "", period: str = "", name: str = "") -> Coefficients:
    """Returns the world with one policy limit more."""
    row = {
        "limit": name or f"{kind}-{scope}-{period}", "kind": kind, "scope": scope, "value": value, "unit": "units",
        "period": period, "benchmark": "",
    }  # fmt: skip
    return world.with_tables(limits=pd.concat([world.limits, pd.DataFrame([row])], ignore_index=True))


def repriced(world: Coefficients, offer: str, usd_per_hour: float, upfront_usd: float = 0.0) -> Coefficients:
    """Returns the world with one offer at another price in every period."""
    is_it = world.prices["offer"] == offer
    prices = world.prices.assign(
        usd_per_hour=world.prices["usd_per_hour"].where(~is_it, usd_per_hour),
        upfront_usd=world.prices["upfront_usd"].where(~is_it, upfront_usd),
    )
    return world.with_tables(prices=prices)


def optima(worker: Worker, solver: str, worlds: Sequence[Coefficients]) -> list[float]:
    """Returns the proved least cost of each world by one engine, in usd; infinity where there is no plan."""
    settings = Settings(solver=solver, relative_gap=1e-9, absolute_gap=1e-9, threads=1, log=False)
    found = []
    for world in worlds:
        answer = worker.solve(compile_program(build_program(Groups(world))).problem, settings)
        assert answer.status in (Status.OPTIMAL, Status.INFEASIBLE), answer.message
        found.append(math.inf if answer.status is Status.INFEASIBLE or answer.objective is None else answer.objective)
    return found


def upfront_tiny() -> Coefficients:
    """The tiny world with its reservation paid at signature: 1200 usd a node, nothing by the hour."""
    return repriced(tiny(), "re", 0.0, 1200.0)


def budgeted() -> Coefficients:
    """The tiny world, reservations paid upfront, with 1300 usd of cash in the first period and 2900 usd in all."""
    return limited(limited(upfront_tiny(), "budget_usd", 1300.0, period="q1"), "budget_usd", 2900.0)
