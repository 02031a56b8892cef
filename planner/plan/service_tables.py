"""Tables that a plan has rows in only where workloads may be turned away."""

from planner.tables import Column, Table

_SLOT = (Column("period", "str", description="period"), Column("block", "str", description="block of the period"))

UNSERVED = Table(
    "unserved",
    (
        Column("workload", "str", description="workload"),
        *_SLOT,
        Column("requests_per_s", "float", "1/s", "rate turned away", is_positive=True),
    ),
    ("workload", "period", "block"),
    "Requests that nobody serves, paid for at their workload's price.",
)
API_TRAFFIC = Table(
    "api_traffic",
    (
        Column("workload", "str", description="workload"),
        Column("api_offer", "str", description="provider/model"),
        *_SLOT,
        Column("requests_per_s", "float", "1/s", "rate bought", is_positive=True),
    ),
    ("workload", "api_offer", "period", "block"),
    "Requests answered by the token.",
)
