"""Worlds for parts and quotas, solved by hand: traffic of 45 requests/s on machines of one and of four accelerators."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.options.coefficients import TABLES as COEFFICIENT_TABLES
from planner.options.coefficients import Coefficients, checked_coefficients
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

HOUR = {("hour", "all"): 1.0}


def with_rows(coefficients: Coefficients, name: str, rows: list[dict[str, object]]) -> Coefficients:
    """Returns coefficients with rows added to one table."""
    frame = getattr(coefficients, name)
    tables = {key: getattr(coefficients, key) for key in COEFFICIENT_TABLES}
    return checked_coefficients({**tables, name: pd.concat([frame, pd.DataFrame(rows)], ignore_index=True)})


def in_parts(coefficients: Coefficients, parts: Mapping[str, int]) -> Coefficients:
    """Returns coefficients whose workloads are made of equal parts."""
    return with_rows(coefficients, "slices", [{"workload": name, "parts": count} for name, count in parts.items()])


def with_quota(coefficients: Coefficients, value: float, scope: str = "", period: str = "") -> Coefficients:
    """Returns coefficients with a limit on the accelerators held."""
    row = {"limit": "cards", "kind": "accelerators_max", "scope": scope, "value": value, "unit": "accelerators", "period": period}
    return with_rows(coefficients, "limits", [row])


def two_machines(small: tuple[float, float] = (10.0, 3.0), big: tuple[float, float] = (40.0, 10.0)) -> Coefficients:
    """45 requests/s; a machine of one accelerator and one of four, each (requests/s, usd/h).

    With the defaults, 40 go on one big machine and 5 on one small one: 13 usd. In one part: 2 big (20) or 5 small (15).
    """
    return world(
        [option_row("small", "1xT", 1), option_row("big", "4xT", 4)],
        [rate_row("chat", "small", small[0]), rate_row("chat", "big", big[0])],
        [offer_row("s", "1xT", 1), offer_row("b", "4xT", 4)],
        price_rows("s", ["hour"], small[1]) + price_rows("b", ["hour"], big[1]),
        {("chat", "hour", "all"): 45.0}, HOUR, utilisation_max=1.0,
    )  # fmt: skip


def sliced() -> Coefficients:
    """Two workloads in a pool, one of them in 3 parts."""
    both = world(
        [option_row("small", "1xT", 1), option_row("big", "4xT", 4)],
        [rate_row(w, o, rate) for w in ("chat", "code") for o, rate in (("small", 10.0), ("big", 40.0))],
        [offer_row("s", "1xT", 1), offer_row("b", "4xT", 4)],
        price_rows("s", ["hour"], 3.0) + price_rows("b", ["hour"], 10.0),
        {("chat", "hour", "all"): 45.0, ("code", "hour", "all"): 6.0}, HOUR, utilisation_max=1.0,
        pool_of={"chat": "both", "code": "both"},
    )  # fmt: skip
    return in_parts(both, {"chat": 3})


def quota_world() -> Coefficients:
    """Two machines of one kind of accelerator, rented and reserved, of which at most 9 may be held."""
    base = world(
        [option_row("small", "1xT", 1), option_row("big", "4xT", 4)],
        [rate_row("chat", "small", 10.0), rate_row("chat", "big", 40.0)],
        [offer_row("s", "1xT", 1), offer_row("b", "4xT", 4, "reserved", 1)],
        price_rows("s", ["hour"], 3.0) + price_rows("b", ["hour"], 10.0),
        {("chat", "hour", "all"): 45.0}, HOUR, utilisation_max=1.0,
    )  # fmt: skip
    return with_quota(base, 9.0, scope="T")


def random_buckets(seed: int, workloads_max: int = 5, parts_max: int = 5, is_all_sliced: bool = False) -> Coefficients:
    """Returns a random problem of workloads in parts that share replicas of 2 or 3 machine types, some ineligible."""
    rng = np.random.default_rng(seed)
    names = [f"w{i}" for i in range(rng.integers(2, workloads_max + 1))]
    machines = [f"1xM{j}" for j in range(rng.integers(2, 4))]
    rates = [
        rate_row(w, f"o-{m}", round(float(rng.uniform(1, 12)), 2))
        for w in names for j, m in enumerate(machines) if j == 0 or rng.random() < 0.8
    ]  # fmt: skip
    base = world(
        [option_row(f"o-{m}", m, 1) for m in machines], rates, [offer_row(m, m, 1) for m in machines],
        [row for m in machines for row in price_rows(m, ["hour"], round(float(rng.uniform(0.5, 6)), 2))],
        {(w, "hour", "all"): round(float(rng.uniform(0.5, 9)), 2) for w in names}, HOUR, nodes_max=100, utilisation_max=1.0,
        pool_of=dict.fromkeys(names, "shared") if rng.random() < 0.8 else None,
    )  # fmt: skip
    return in_parts(base, {w: int(rng.integers(1, parts_max + 1)) for w in names if is_all_sliced or rng.random() < 0.85})
