"""Tables that a plan has rows in only where savings plans are signed."""

from planner.tables import Column, Table

PLEDGES = Table(
    "pledges",
    (
        Column("savings_plan", "str", description="savings plan"),
        Column("period", "str", description="period of signature"),
        Column("usd_per_hour", "float", "usd/h", "promised for every hour of the term, used or not", is_positive=True),
    ),
    ("savings_plan", "period"),
    "Savings plans signed.",
)
PLAN_USE = Table(
    "plan_use",
    (
        Column("savings_plan", "str", description="savings plan"),
        Column("signed", "str", description="period of its signature"),
        Column("offer", "str", description="offer on demand"),
        Column("period", "str", description="period of use"),
        Column("block", "str", description="block of the period"),
        Column("nodes", "float", "nodes", "nodes that the pledge pays for", is_positive=True),
    ),
    ("savings_plan", "signed", "offer", "period", "block"),
    "What savings plans pay for.",
)
