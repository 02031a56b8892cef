"""Small worlds with demand scenarios: a newsvendor to solve by hand, and any other world laid out in several futures."""

from collections.abc import Mapping

import pandas as pd

from planner.options.coefficients import Coefficients
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

HOURS = 100.0


def in_scenarios(one: Coefficients, futures: Mapping[str, tuple[float, float]]) -> Coefficients:
    """Returns a world in several futures: (probability, factor on all demand) by scenario."""
    blocks, demand = [], []
    for name, (probability, factor) in futures.items():
        named = one.blocks["block"] + f"@{name}"
        blocks.append(
            one.blocks.assign(block=named, hours=one.blocks["hours"] * probability, scenario=name, probability=probability)
        )
        rates = one.demand["requests_per_s"] * factor
        demand.append(one.demand.assign(block=one.demand["block"] + f"@{name}", scenario=name, requests_per_s=rates))
    return one.with_tables(
        blocks=pd.concat(blocks, ignore_index=True).assign(base_block=list(one.blocks["block"]) * len(futures)),
        demand=pd.concat(demand, ignore_index=True),
    )


def with_limits(one: Coefficients, *rows: tuple[str, str, str, float, str]) -> Coefficients:
    """Returns a world with further rows of `limits`: (limit, kind, scope, value, unit)."""
    frame = pd.DataFrame(rows, columns=["limit", "kind", "scope", "value", "unit"])
    return one.with_tables(limits=pd.concat([one.limits, frame.assign(period="", benchmark="")], ignore_index=True))


def with_goals(one: Coefficients, *goals: tuple[str, float, str]) -> Coefficients:
    """Returns a world with goals: (goal, tolerance or weight, `share` or `weight`)."""
    rows = [(f"goal|{number}", "goal", *goal) for number, goal in enumerate(goals, start=1)]
    return with_limits(one, *rows)


def with_tail(one: Coefficients, weight: float, tail_share: float) -> Coefficients:
    """Returns a world whose goal weighs the mean cost of the worst futures."""
    rows = (("risk|cvar_weight", "risk", "", weight, "share"), ("risk|cvar_tail_share", "risk", "", tail_share, "share"))
    return with_limits(one, *rows)


def tailed() -> Coefficients:
    """The newsvendor with weight 0.4 on the worst fifth of the futures."""
    return with_tail(newsvendor(), 0.4, 0.2)


def with_surges(one: Coefficients, budget: float, share: float) -> Coefficients:
    """Returns a world in which workloads may exceed their forecast by a share, so many of a pool at once."""
    rows = (("risk|robust_budget", "risk", "", budget, "workloads"), ("risk|robust_deviation_share", "risk", "", share, "share"))
    return with_limits(one, *rows)


def trio(rates: tuple[float, float, float] = (4.0, 4.0, 4.0)) -> Coefficients:
    """Three workloads of 4 requests/s in one pool on nodes of one accelerator (4 requests/s each at 0.8), 5 usd/h, 100 h."""
    names = ["chat", "code", "mail"]
    return world(
        [option_row("o1", "1xT", 1)], [rate_row(name, "o1", 5.0) for name in names], [offer_row("od", "1xT", 1)],
        price_rows("od", ["q1"], 5.0), {(n, "q1", "day"): r for n, r in zip(names, rates, strict=True)}, {("q1", "day"): HOURS},
        pool_of=dict.fromkeys(names, "all"),
    )  # fmt: skip


def newsvendor(on_demand_usd_per_hour: float = 5.0) -> Coefficients:
    """One workload, one period of 100 h, nodes of one accelerator that carry 4 requests/s; 1, 2 or 4 nodes are needed.

    That happens with probability 0.5, 0.3 and 0.2 (scenarios low, mid, high). A node reserved for the period costs 3 usd/h in
    every scenario, a node on demand only where it is needed. So the k-th reserved node pays where the chance that k are
    needed, 1, 0.5, 0.2, 0.2, is above 3 / on-demand price.
    """
    base = world(
        [option_row("o1", "1xT", 1)], [rate_row("chat", "o1", 5.0)],
        [offer_row("od", "1xT", 1), offer_row("re", "1xT", 1, "reserved", 1)],
        price_rows("od", ["q1"], on_demand_usd_per_hour) + price_rows("re", ["q1"], 3.0),
        {("chat", "q1", "day"): 4.0}, {("q1", "day"): HOURS},
    )  # fmt: skip
    return in_scenarios(base, {"low": (0.5, 1.0), "mid": (0.3, 2.0), "high": (0.2, 4.0)})
