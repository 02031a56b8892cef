"""Coefficient tables of the families on traffic: what a workload wishes beside its promises."""

from planner.tables import Column, Table

SERVICE = Table(
    "service",
    (
        Column("workload", "str", description="workload"),
        Column(
            "unserved_usd_per_request", "float", "usd", "price of a request turned away; empty: every request is served",
            nullable=True, minimum=0,
        ),
        Column("priority", "int", description="the lower is turned away first", minimum=0, maximum=9),
        Column("is_interruptible", "bool", description="requests may move between blocks of their period"),
        Column("is_indivisible", "bool", description="all traffic of a block on one option in one region"),
    ),
    ("workload",),
    "Wishes of the workloads that have any.",
)  # fmt: skip
CASCADES = Table(
    "cascades",
    (
        Column("workload", "str", description="workload"),
        Column("model", "str", description="a model that answers first"),
        Column("escalation_share", "float", description="share of requests that go on to a strong model", minimum=0, maximum=1),
    ),
    ("workload", "model"),
    "First models of the workloads that are answered in two steps.",
)
API = Table(
    "api",
    (
        Column("api_offer", "str", description="provider/model"),
        Column("period", "str", description="period"),
        Column("model", "str", description="model"),
        Column("provider", "str", description="seller"),
        Column("input_usd_per_mtok", "float", "usd/1e6 tokens", "prompt tokens", minimum=0),
        Column(
            "cached_input_usd_per_mtok", "float", "usd/1e6 tokens", "prompt tokens from cache; empty: as prompt tokens",
            nullable=True, minimum=0,
        ),
        Column("output_usd_per_mtok", "float", "usd/1e6 tokens", "generated tokens", minimum=0),
        Column("requests_per_s_max", "float", "1/s", "rate cap over all workloads; empty: none", nullable=True, minimum=0),
        Column("tokens_per_s_max", "float", "1/s", "cap on all tokens, in and out; empty: none", nullable=True, minimum=0),
        Column("source", "str", description="kind of the price"),
        Column("source_note", "str", description="where the price comes from", nullable=True),
    ),
    ("api_offer", "period"),
    "Models sold by the token.",
)  # fmt: skip
CALLS = Table(
    "calls",
    (
        Column("workload", "str", description="workload"),
        Column("api_offer", "str", description="API offer that may answer it"),
        Column("input_tokens", "float", "tokens", "mean prompt tokens of a request that are not cached", minimum=0),
        Column("cached_tokens", "float", "tokens", "mean prompt tokens of a request found in the prefix cache", minimum=0),
        Column("output_tokens", "float", "tokens", "mean generated tokens of a request", minimum=0),
    ),
    ("workload", "api_offer"),
    "Which API offers may answer whom, and the tokens of a request.",
)
API_TIERS = Table(
    "api_tiers",
    (
        Column("api_offer", "str", description="API offer"),
        Column("usd_from", "float", "usd", "spent at list price in a period, where the tier begins", minimum=0),
        Column("discount_share", "float", description="off the list price of what is spent in the tier", minimum=0, maximum=1),
    ),
    ("api_offer", "usd_from"),
    "Volume discounts of API offers.",
)
SERVICE_TABLES = (SERVICE, CASCADES, API, CALLS, API_TIERS)
