"""Coefficient tables of the families on money, supply and policy."""

from planner.tables import Column, Table

MACHINES = Table(
    "machines",
    (
        Column("node_type", "str", description="node type"),
        Column("power_kw", "float", "kW", "the node at full load with its host, before PUE", minimum=0),
    ),
    ("node_type",),
    "What a node draws.",
)
GRID = Table(
    "grid",
    (
        Column("region", "str", description="region"),
        Column("pue", "float", "", "facility energy over IT energy", minimum=1),
        Column("grid_kg_co2_per_kwh", "float", "kg/kWh", "location-based average of the grid", minimum=0),
    ),
    ("region",),
    "What a kilowatt-hour of a region's nodes takes and emits.",
)
SPOT = Table(
    "spot",
    (
        Column("workload", "str", description="workload"),
        Column("spot_share_max", "float", "", "largest share of its traffic on spot nodes", minimum=0, maximum=1),
    ),
    ("workload",),
    "Workloads that may be served on nodes that can be taken back; the others are not.",
)
PRICE_TIERS = Table(
    "price_tiers",
    (
        Column("offer", "str", description="offer"),
        Column("nodes_from", "int", "nodes", "first node of the tier", minimum=1),
        Column("discount_share", "float", "", "off the price of every node of the tier", minimum=0, maximum=1),
    ),
    ("offer", "nodes_from"),
    "Volume discounts of what is rented in a block, or of one order.",
)
ORDERS_MIN = Table(
    "orders_min",
    (Column("offer", "str", description="offer"), Column("nodes_min", "int", "nodes", "smallest order or rental", minimum=1)),
    ("offer",),
    "Minimum orders.",
)
SAVINGS_PLANS = Table(
    "savings_plans",
    (
        Column("savings_plan", "str", description="plan: seller/name"),
        Column("offer", "str", description="offer on demand that it pays for"),
        Column("term_periods", "int", "periods", "length of the promise, from the period of its signature on", minimum=1),
        Column("discount_share", "float", description="off the price on demand of the period of signature", minimum=0, maximum=1),
        Column("source", "str", description="kind of the discount"),
        Column("source_note", "str", description="where the discount comes from", nullable=True),
    ),
    ("savings_plan", "offer"),
    "Promises to spend an amount in every hour of a term, and the offers that it then pays for at a discount.",
)
POLICY_TABLES = (MACHINES, GRID, SPOT, PRICE_TIERS, ORDERS_MIN, SAVINGS_PLANS)
"""In the order of the fields of Coefficients."""
