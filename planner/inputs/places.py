"""Places and providers: the planner's own regions, and how each provider's names map to them."""

from planner.inputs.provenance import PROVENANCE
from planner.tables import Column, Table

CONTINENTS = ("America", "Europe", "Asia", "Oceania", "Africa")
PROVIDER_KINDS = ("hyperscaler", "neocloud", "marketplace")

REGIONS = Table(
    "regions",
    (
        Column("region", "str", "", "the planner's own name of a place, the same for all providers"),
        Column("continent", "str", "", "for policy and price rules", choices=CONTINENTS),
        Column("country", "str", "", "ISO 3166-1 alpha-2"),
        Column("jurisdiction", "str", "", "whose data law holds: US, EU, UK, EEA, ..."),
        Column("latitude", "float", "degree", "north is positive", minimum=-90, maximum=90),
        Column("longitude", "float", "degree", "east is positive", minimum=-180, maximum=180),
        Column("grid_kg_co2_per_kwh", "float", "kg/kWh", "location-based average of the grid", minimum=0),
        Column("electricity_usd_per_kwh", "float", "USD/kWh", "delivered to a large consumer", is_positive=True),
        Column("pue", "float", "", "facility energy over IT energy", minimum=1, maximum=3),
        Column("carbon_source", "str", "", "source of the carbon intensity"),
        Column("electricity_source", "str", "", "source of the electricity price"),
        Column("pue_source", "str", "", "source of the PUE"),
        *PROVENANCE,
    ),
    key=("region",),
    description="Places: where they are, whose law holds, carbon, electricity and PUE.",
)

PROVIDER_REGIONS = Table(
    "provider_regions",
    (
        Column("provider", "str", "", "key of providers"),
        Column("provider_region", "str", "", "the provider's own name"),
        Column("region", "str", "", "key of regions"),
        *PROVENANCE,
    ),
    key=("provider", "provider_region"),
    description="Which of the planner's regions a provider's region lies in.",
)

PROVIDERS = Table(
    "providers",
    (
        Column("provider", "str", "", "name, lower case"),
        Column("name", "str", "", "name in full"),
        Column("headquarters", "str", "", "country of the head office, ISO 3166-1 alpha-2"),
        Column("kind", "str", "", "kind of seller", choices=PROVIDER_KINDS),
        *PROVENANCE,
    ),
    key=("provider",),
    description="Sellers of capacity.",
)
