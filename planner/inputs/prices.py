"""Prices of capacity and of tokens: rent, purchase, colocation, API; every price is dated and says its source."""

from planner.inputs.provenance import PROVENANCE
from planner.tables import Column, Table

TERMS = ("on_demand", "spot", "reserved_1y", "reserved_3y", "capacity_block")


def _money(name: str, unit: str, meaning: str, nullable: bool = False) -> Column:
    return Column(name, "float", unit, meaning, nullable=nullable, is_positive=True)


_PRICE_DATE = Column("price_date", "date", "", "day the price was valid; the note says where it is estimated")

OFFERS = Table(
    "offers",
    (
        Column("offer", "str", "", "provider/instance_type/region/term"),
        Column("provider", "str", "", "key of providers"),
        Column("instance_type", "str", "", "the provider's own name"),
        Column("node_type", "str", "", "key of node_types"),
        Column("region", "str", "", "key of regions"),
        Column("provider_region", "str", "", "the provider's own name of the region"),
        Column("term", "str", "", "contract", choices=TERMS),
        _money("usd_per_hour", "USD/h", "price of the whole node"),
        _money("usd_per_hour_low", "USD/h", "low end: cheapest zone of a spot price, or of an estimate", nullable=True),
        _money("usd_per_hour_high", "USD/h", "high end: dearest zone of a spot price, or of an estimate", nullable=True),
        _PRICE_DATE,
        *PROVENANCE,
    ),
    key=("offer",),
    description="Node types for rent, one file a provider; the price is that of the whole node.",
)

PURCHASES = Table(
    "purchases",
    (
        Column("node_type", "str", "", "key of node_types"),
        _money("capex_usd", "USD", "price of the node"),
        _money("capex_low_usd", "USD", "low end"),
        _money("capex_high_usd", "USD", "high end"),
        Column("network_capex_usd", "float", "USD", "share of fabric, switches and cables", minimum=0),
        Column("useful_life_years", "float", "year", "years of service", is_positive=True),
        Column("residual_share", "float", "", "value left at the end of life", minimum=0, maximum=1),
        Column("maintenance_share_per_year", "float", "1/year", "support and spares over capex", minimum=0, maximum=1),
        Column("lead_time_weeks", "float", "week", "from order to service", minimum=0),
        _PRICE_DATE,
        *PROVENANCE,
    ),
    key=("node_type",),
    description="Node types for sale: capital, life, residual, maintenance, lead time.",
)

COLOCATION = Table(
    "colocation",
    (
        Column("region", "str", "", "key of regions"),
        _money("usd_per_kw_month", "USD/kW/month", "rent of space and cooling; energy is paid apart"),
        *PROVENANCE,
    ),
    key=("region",),
    description="Rent of data-centre space for owned nodes, without energy.",
)

API_PRICES = Table(
    "api_prices",
    (
        Column("api_offer", "str", "", "provider/model"),
        Column("provider", "str", "", "seller of tokens; not a key of providers"),
        Column("model", "str", "", "key of models"),
        Column("input_usd_per_mtok", "float", "USD/1e6 tokens", "input tokens", minimum=0),
        Column("cached_input_usd_per_mtok", "float", "USD/1e6 tokens", "input from cache", nullable=True, minimum=0),
        Column("output_usd_per_mtok", "float", "USD/1e6 tokens", "output tokens", minimum=0),
        _PRICE_DATE,
        *PROVENANCE,
    ),
    key=("api_offer",),
    description="Models by the token, latest row a seller and model.",
)

SAVINGS_PLANS = Table(
    "savings_plans",
    (
        Column("savings_plan", "str", "", "provider/name"),
        Column("provider", "str", "", "key of providers; every offer on demand of it is covered"),
        Column("accelerator", "str", "", "key of accelerators, or * for all that no other row of the plan names"),
        Column("term_years", "float", "year", "length of the promise", is_positive=True),
        Column("discount_share", "float", "", "off the price on demand of the day of signature", minimum=0, maximum=0.99),
        Column("discount_share_low", "float", "", "low end", minimum=0, maximum=0.99),
        Column("discount_share_high", "float", "", "high end", minimum=0, maximum=0.99),
        *PROVENANCE,
    ),
    key=("savings_plan", "accelerator"),
    description="Promises to spend an amount in every hour of a term, which pays for nodes on demand at a discount.",
)

PRICE_HISTORY = Table(
    "price_history",
    (
        Column("provider", "str", "", "key of providers"),
        Column("instance_type", "str", "", "the provider's own name"),
        Column("provider_region", "str", "", "the provider's own name of the region"),
        Column("price_date", "date", "", "first day on which this price was seen"),
        Column("term", "str", "", "contract", choices=TERMS),
        _money("usd_per_hour", "USD/h", "price of the whole node"),
        *PROVENANCE,
    ),
    key=("provider", "instance_type", "provider_region", "price_date", "term"),
    description="Dates on which list prices changed: evidence for price scenarios, not an offer.",
)
