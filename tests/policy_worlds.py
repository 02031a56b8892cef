"""Worlds with policy limits, and their proved optima: what the tests of families on money, supply and policy share."""

import math
from collections.abc import Sequence

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Settings, Status, Worker
from tests.worlds import offer_row, option_row, price_rows, rate_row, tiny, world


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
    for one in worlds:
        answer = worker.solve(compile_program(build_program(Groups(one))).problem, settings)
        assert answer.status in (Status.OPTIMAL, Status.INFEASIBLE), answer.message
        found.append(math.inf if answer.status is Status.INFEASIBLE or answer.objective is None else answer.objective)
    return found


def upfront_tiny() -> Coefficients:
    """The tiny world with its reservation paid at signature: 1200 usd a node, nothing by the hour."""
    return repriced(tiny(), "re", 0.0, 1200.0)


def budgeted() -> Coefficients:
    """The tiny world, reservations paid upfront, with 1300 usd of cash in the first period and 2900 usd in all."""
    return limited(limited(upfront_tiny(), "budget_usd", 1300.0, period="q1"), "budget_usd", 2900.0)


def powered(world: Coefficients, kw: dict[str, float], grids: dict[str, tuple[float, float]]) -> Coefficients:
    """Returns the world with the power of its node types and (PUE, kg/kWh) of its regions."""
    return world.with_tables(
        machines=pd.DataFrame([{"node_type": n, "power_kw": one} for n, one in kw.items()]),
        grid=pd.DataFrame([{"region": r, "pue": pue, "grid_kg_co2_per_kwh": kg} for r, (pue, kg) in grids.items()]),
    )


def priced(world: Coefficients, scalar: str, value: float) -> Coefficients:
    """Returns the world with one optional scalar set."""
    row = {"limit": scalar, "kind": "money", "scope": "", "value": value, "unit": "units", "period": "", "benchmark": ""}
    return world.with_tables(limits=pd.concat([world.limits, pd.DataFrame([row])], ignore_index=True))


def twins() -> Coefficients:
    """The tiny world with a second way out: node type 2xU of vendor W at provider q in region there, 6 usd/h.

    2xT draws 10 kW and emits 10 x 1.2 x 0.5 = 6 kg an hour, 2xU 10 x 1.1 x 0.1 = 1.1 kg. All demand fits on either: T costs
    400 usd a slot, or 1200 usd reserved for all four; U costs 600 usd a slot.
    """
    slots = {("q1", "day"): 10.0, ("q1", "night"): 4.0, ("q2", "day"): 20.0, ("q2", "night"): 8.0}
    other = {"vendor": "W"}
    made = world(
        [option_row("o1", "2xT", 1), option_row("o2", "2xU", 1) | other],
        [rate_row("chat", "o1", 5.0), rate_row("chat", "o2", 5.0)],
        [
            offer_row("od", "2xT", 2), offer_row("re", "2xT", 2, "reserved", 2),
            offer_row("far", "2xU", 2, region="there", provider="q") | other,
        ],
        price_rows("od", ["q1", "q2"], 4.0) + price_rows("re", ["q1", "q2"], 3.0) + price_rows("far", ["q1", "q2"], 6.0),
        {("chat", t, b): rate for (t, b), rate in slots.items()},
        dict.fromkeys(slots, 100.0),
    )  # fmt: skip
    return powered(made, {"2xT": 10.0, "2xU": 10.0}, {"here": (1.2, 0.5), "there": (1.1, 0.1)})


SHARES = {
    "vendor_share": ("vendor_share_max", "V"), "provider_share": ("provider_share_max", "p"),
    "region_share": ("region_share_max", "here"), "accelerator_share": ("accelerator_share_max", "T"),
}  # fmt: skip
"""Kind of limit, and the scope that the first node type of `twins` is in, by family."""


def spotty(share: float, interruption: float = 0.2) -> Coefficients:
    """The tiny world with spot nodes at 1 usd/h, which `chat` bears up to a share of its traffic.

    A replica on them carries 4 x (1 - interruption) requests/s.
    """
    made = tiny()
    spot = offer_row("sp", "2xT", 2, "spot")
    cap = [{"offer": "sp", "period": period, "nodes_max": 50} for period in ("q1", "q2")]
    found = made.with_tables(
        offers=pd.concat([made.offers, pd.DataFrame([spot])], ignore_index=True),
        prices=pd.concat([made.prices, pd.DataFrame(price_rows("sp", ["q1", "q2"], 1.0))], ignore_index=True),
        supply=pd.concat([made.supply, pd.DataFrame(cap)], ignore_index=True),
        sites=pd.concat([made.sites, pd.DataFrame([{"option": "o1", "offer": "sp"}])], ignore_index=True),
        spot=pd.DataFrame(
            [{"workload": "chat", "spot_share_max": share}] if share else [], columns=["workload", "spot_share_max"]
        ),
    )
    return priced(found, "spot_interruption_share", interruption)


def tiered(first: int = 2, share: float = 0.75, offer: str = "od") -> Coefficients:
    """The tiny world with a discount on every node of an offer from the `first` on."""
    return tiny().with_tables(price_tiers=pd.DataFrame([{"offer": offer, "nodes_from": first, "discount_share": share}]))


def whole_orders(offer: str, nodes_min: int) -> Coefficients:
    """The tiny world with a minimum order."""
    return tiny().with_tables(orders_min=pd.DataFrame([{"offer": offer, "nodes_min": nodes_min}]))


def yearly() -> Coefficients:
    """The tiny world with blocks of half a year: a node rented for a block costs 17532 usd, reserved 52596 usd upfront."""
    made = repriced(tiny(), "re", 0.0, 3.0 * 4 * 4383.0)
    return made.with_tables(blocks=made.blocks.assign(hours=4383.0), periods=made.periods.assign(hours=8766.0))
