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
    ),
    ("workload",),
    "Wishes of the workloads that have any.",
)  # fmt: skip
