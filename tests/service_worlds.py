"""Hand-made worlds of the families on traffic: small enough to say the optimum in a sentence."""

import pandas as pd

from planner.options.coefficients import Coefficients
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

HOURS = {("q1", "day"): 100.0, ("q1", "night"): 100.0}


def plain(day: float = 10.0, night: float = 4.0) -> Coefficients:
    """One workload; a replica carries 0.8 x 5 = 4 requests/s, a node of two costs 4 usd/h: 400 usd a block of 100 h."""
    return world(
        [option_row("o1", "2xT", 1)], [rate_row("chat", "o1", 5.0)], [offer_row("od", "2xT", 2)], price_rows("od", ["q1"], 4.0),
        {("chat", "q1", "day"): day, ("chat", "q1", "night"): night}, HOURS,
    )  # fmt: skip


def service_rows(*rows: dict[str, object]) -> pd.DataFrame:
    """Returns a table `service` of rows in which everything not said is the default."""
    default: dict[str, object] = {"unserved_usd_per_request": None}
    return pd.DataFrame([{**default, **row} for row in rows])


def turned_away() -> Coefficients:
    """The plain world in which a request may be turned away for 0.0002 usd: 72 usd for one request/s over a block."""
    return plain().with_tables(service=service_rows({"workload": "chat", "unserved_usd_per_request": 2e-4}))
