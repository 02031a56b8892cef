"""Worlds in which replicas that share a queue may be busier."""

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.options.headroom import HEADROOM, REPLICAS, busy_max
from tests.service_worlds import plain


def with_headroom(world: Coefficients) -> Coefficients:
    """Returns the world with the lines of its utilisation_max."""
    most = world.limit("utilisation_max")
    rows = []
    for n in REPLICAS if most < 1 else ():
        slope = busy_max(n + 1, most) - busy_max(n, most)
        rows.append({"replicas": n, "busy_per_replica": slope, "busy_less": slope * n - busy_max(n, most)})
    return world.with_tables(headroom=pd.DataFrame(rows, columns=list(HEADROOM.names)))


def pooled(day: float = 8.5, night: float = 0.0) -> Coefficients:
    """The plain world (replicas of 5 requests/s at most 0.8 busy, nodes of two for 400 usd a block) with headroom."""
    return with_headroom(plain(day, night))
