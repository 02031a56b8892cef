r"""Pooled headroom: how busy several replicas may be that share a queue, so that nobody waits longer than before one replica.

A replica is taken as one server with exponential service, and the replicas of an option that a pool has in a place and a block
as n such servers with one queue in the order of arrival (M/M/n). With a the mean number of busy replicas and C(n, a) Erlang's
probability of waiting, a request waits longer than t with probability

.. math:: P(W > t) = C(n, a) \, e^{-(n - a) t / service}, \qquad n = 1: \quad C = a

(Gross, Shortle, Thompson and Harris, Fundamentals of Queueing Theory, section 2.3). One replica may be `utilisation_max` = u
busy, so C = u and n - a = 1 - u there. For n replicas the most allowed is

.. math:: R(n) = \max \{a : C(n, a) \le u, \; n - a \ge 1 - u\}

and then P(W > t) is at most that of the one replica for every t: each quantile of the wait is kept, not its mean alone. R(1) = u.

The program cannot take R itself. It takes the best of a few lines through R(N) and R(N + 1) for N = 2, 4, 8, ... and of u n.
R is convex in whole n (more replicas, more headroom for each), so between N and N + 1 such a line is R and elsewhere it is
under it: what is allowed is never more than the curve. A test measures the lines against the curve for n up to 600; beyond, R is
n - beta sqrt(n) with one beta, but for what vanishes (Halfin and Whitt, Operations Research 29, 1981), which is convex.
"""

import pandas as pd

from planner.inputs.instance import Instance
from planner.tables import Column, Table

REPLICAS = (2, 4, 8, 16, 32, 64, 128, 256, 512)
"""Replicas N at which a line meets the curve; beyond the last one its line goes on, ever more under the curve."""
HALVINGS = 60
"""Halvings of the interval that R(n) is searched in; the lower end is taken."""

HEADROOM = Table(
    "headroom",
    (
        Column("replicas", "int", description="replicas at which the line meets the curve, as it does at one more", minimum=1),
        Column(
            "busy_per_replica", "float", description="slope: busy replicas allowed a replica more", is_positive=True, maximum=1
        ),
        Column("busy_less", "float", description="busy replicas to take off: slope x replicas - this are allowed", minimum=0),
    ),
    ("replicas",),
    "How busy several replicas may be beyond utilisation_max each: the best of these lines; empty: no more.",
)


def headroom_table(instance: Instance) -> pd.DataFrame:
    """Returns the lines of an instance that asks for pooled headroom, none otherwise."""
    service = instance.settings.service
    rows = []
    for replicas in REPLICAS if service.pooled_headroom and service.utilisation_max < 1 else ():
        here, next_one = (busy_max(n, service.utilisation_max) for n in (replicas, replicas + 1))
        slope = next_one - here
        rows.append({"replicas": replicas, "busy_per_replica": slope, "busy_less": slope * replicas - here})
    return HEADROOM.check(pd.DataFrame(rows, columns=list(HEADROOM.names)), "headroom")


def busy_max(replicas: int, utilisation_max: float) -> float:
    """Returns R(n): the most busy replicas of n that keep the wait of one replica at `utilisation_max`.

    >>> round(busy_max(1, 0.8), 6), round(busy_max(2, 0.8), 5)
    (0.8, 1.72665)
    """
    low, high = 0.0, replicas - (1.0 - utilisation_max)
    if wait_probability(replicas, high) <= utilisation_max:
        return high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if wait_probability(replicas, middle) <= utilisation_max:
            low = middle
        else:
            high = middle
    return low


def wait_probability(servers: int, busy: float) -> float:
    """Returns Erlang's C(n, a), by the recursion of B over the servers.

    >>> round(wait_probability(2, 1.0), 6)
    0.333333
    """
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = busy * blocked / (number + busy * blocked)
    return blocked / (1 - busy / servers * (1 - blocked)) if busy < servers else 1.0
