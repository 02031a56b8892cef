"""Wishes about money, supply and policy: what may be bought, what it may cost, what must hold."""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from planner.inputs.workloads import Entry, Name, NonNegative, Positive, Share
from planner.tables import Column, Table

Term = Literal["on_demand", "spot", "reserved_1y", "reserved_3y", "savings_plan", "capacity_block", "purchase"]

GoalName = Literal["least_cost", "least_carbon", "most_served"]

LimitKind = Literal[
    "budget_usd", "power_kw", "carbon_kg", "vendor_share_max", "provider_share_max", "region_share_max",
    "accelerator_share_max", "spot_share_max", "spare_replicas", "region_loss_service_share", "options_max",
    "models_max", "mean_quality_floor", "accelerators_max",
]  # fmt: skip


class Period(Entry):
    """A quarter or month: `start` and `end` (exclusive), or plain `hours`."""

    period: Name
    start: dt.date | None = None
    end: dt.date | None = None
    hours: Positive | None = None
    """Length in hours where no dates are given (a study of one hour, say)."""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        dates = self.start is not None and self.end is not None
        if dates == (self.hours is not None) or (self.start is None) != (self.end is None):
            raise ValueError("either start and end, or hours")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("end after start")
        return self


class Block(Entry):
    """A representative slice of each day: peak, shoulder, night."""

    block: Name
    hours_per_day: Annotated[float, Field(gt=0, le=24)]


class Horizon(Entry):
    """The periods decided, in order and without gaps, and the blocks of each."""

    periods: tuple[Period, ...] = Field(min_length=1)
    blocks: tuple[Block, ...] = Field(min_length=1)


class Candidate(Entry):
    """A model that may be deployed and the precisions it may run at."""

    model: Name
    precisions: tuple[Name, ...] = Field(min_length=1)
    is_modelled: bool = True
    """false: a name that the catalog does not have; only the rates table says what serves it."""


class Quality(Entry):
    """How quality is read: whose scores, and what a quantised variant keeps."""

    reported_by: Name | None = None
    """Reporter whose scores count where a floor names none."""
    quantization: Literal["measured_or_default", "default"] = "measured_or_default"
    """Recovery of a quantised variant: its own measurement where there is one, else the class median."""


class Supply(Entry):
    """What may be rented or bought."""

    providers: tuple[Name, ...] = ()
    """Empty: every provider of the catalog."""
    node_types: tuple[Name, ...] = ()
    """Empty: every node type of the catalog."""
    terms: tuple[Term, ...] = ("on_demand", "reserved_1y", "reserved_3y")
    offers_deny: tuple[Name, ...] = ()
    purchase_regions: tuple[Name, ...] = ()
    """Regions with colocation for bought nodes (with the term `purchase`)."""
    nodes_max_per_offer: Annotated[int, Field(ge=0, le=10_000_000)] = 512
    """Supply cap of every offer and period that the supply table does not name."""
    price_change_per_year: dict[Name, Annotated[float, Field(gt=-1, le=1)]] = Field(default_factory=dict)
    """Yearly price change by accelerator, `default` for the rest: an assumption, printed in every output."""
    spot_interruption_share: Share = 0.05
    api_jurisdictions: dict[Name, Name] = Field(default_factory=dict)
    """Law under which an API seller computes, by seller, as its contract says; what is not stated is not known."""


class Deployment(Entry):
    """Which layouts may be used."""

    tp_max: Annotated[int, Field(ge=1, le=72)] = 8
    pp_max: Annotated[int, Field(ge=1, le=16)] = 1
    nodes_per_replica_max: Annotated[int, Field(ge=1, le=16)] = 1
    has_expert_parallel: bool = True
    """Expert-parallel layouts with data-parallel attention for mixture-of-experts models."""
    roles: tuple[Literal["aggregated", "prefill", "decode"], ...] = ("aggregated",)
    """With prefill and decode: pairs of pools that work off prompts and make tokens apart, for workloads without a pool."""
    kv_precision: Literal["auto", "bf16", "fp8"] = "auto"
    batch_max: Annotated[int, Field(ge=1, le=8192)] = 512
    """Most sequences that one engine keeps in flight."""
    engine: Literal["vllm", "sglang", "trtllm"] = "vllm"
    """Engine family whose calibration is taken."""
    speculative: bool = False
    """Options by speculative decoding beside the plain ones, where the catalog's table `drafts` knows the model."""
    confidence: Literal["mid", "low"] = "mid"
    """Throughput taken at the middle or at the low end of its range."""

    @model_validator(mode="after")
    def _both_roles(self) -> Self:
        if not self.roles or len(set(self.roles)) != len(self.roles) or ("prefill" in self.roles) != ("decode" in self.roles):
            raise ValueError("roles, each once, with prefill and decode both or neither")
        return self


class Service(Entry):
    """Headroom: how busy replicas may be on average in a block."""

    utilisation_max: Annotated[float, Field(gt=0, le=1)] = 0.7
    """Cap on the mean load of a replica; until queueing is in the sizing it is what holds percentiles."""
    pooled_headroom: bool = False


class Money(Entry):
    """Money conventions of the plan."""

    currency: Literal["USD"] = "USD"
    discount_rate_per_year: Annotated[float, Field(ge=0, le=1)] = 0.0
    terminal_use_share: Share = 0.5
    """Share of a commitment's hours after the horizon that is expected to be of use; they are credited at it."""
    egress_usd_per_gb: NonNegative = 0.0
    """Price of a gigabyte that leaves a region for users elsewhere."""
    carbon_usd_per_tonne: NonNegative = 0.0
    switching_usd_per_node: NonNegative = 0.0
    migration_usd_per_replica: NonNegative = 0.0


class Limit(Entry):
    """One policy limit: its kind says what is limited and in which unit."""

    limit: Name
    kind: LimitKind
    scope: str = ""
    """Vendor, provider, region, accelerator or pool it holds for; empty: all together."""
    period: str = ""
    """The period it holds in; empty: each period (budget_usd, carbon_kg: the whole horizon)."""
    value: NonNegative
    benchmark: str = ""


class Scenario(Entry):
    """A demand future and its probability."""

    scenario: Name
    probability: Annotated[float, Field(gt=0, le=1)]


class Risk(Entry):
    """Demand uncertainty: scenarios, tail weight, or a robust budget of deviations."""

    scenarios: tuple[Scenario, ...] = ()
    cvar_weight: Share = 0.0
    """Weight of the mean cost of the worst futures in what is minimised; the expected cost has the rest."""
    cvar_tail_share: Annotated[float, Field(gt=0, le=1)] = 0.1
    """Probability of the worst futures."""
    robust_budget: NonNegative = 0.0
    """How many workloads of a pool may have their full deviation in the same block."""
    robust_deviation_share: NonNegative = 0.0
    """Most that a workload may ask for beyond its demand, as a share of it."""

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.robust_budget > 0) != (self.robust_deviation_share > 0):
            raise ValueError("robust_budget and robust_deviation_share, both above 0 or neither")
        return self


class Goal(Entry):
    """What the plan is best at."""

    kind: Literal["least_cost", "least_carbon", "most_served", "lexicographic", "weighted"] = "least_cost"
    order: tuple[GoalName, ...] = ()
    """Goals from the first to the last of a lexicographic order."""
    tolerance_shares: dict[GoalName, Annotated[float, Field(ge=0, lt=1)]] = Field(default_factory=dict)
    """How far later goals may worsen an earlier one of the order, as a share of its value; 0 where not named."""
    weights: dict[GoalName, NonNegative] = Field(default_factory=dict)
    """Weight of each goal in a weighed sum: per usd, per kg of CO2, per request served."""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.kind == "lexicographic") != (len(self.order) > 1) or len(set(self.order)) != len(self.order):
            raise ValueError("an order of two or more different goals with kind lexicographic, and only there")
        if set(self.tolerance_shares) - set(self.order[:-1]):
            raise ValueError("tolerance_shares of goals of the order before the last")
        if (self.kind == "weighted") != any(weight > 0 for weight in self.weights.values()):
            raise ValueError("weights above 0 with kind weighted, and only there")
        return self


class Tables(Entry):
    """Files beside the instance; a path is relative to it, .csv or .parquet."""

    demand: str = "demand.csv"
    supply: str | None = None
    offers: str | None = None
    owned: str | None = None
    prices: str | None = None
    paths: str | None = None
    rates: str | None = None
    scores: str | None = None
    price_tiers: str | None = None
    orders_min: str | None = None
    api_caps: str | None = None
    api_tiers: str | None = None
    catalog: str | None = None
    """Folder of catalog rows that replace or add to the shipped ones."""
    calibration: str | None = None
    """Folder written by `planner calibrate`; its efficiencies replace the shipped ones."""


SUPPLY = Table(
    "supply",
    (
        Column("offer", "str", description="an offer; * for all that match the other columns"),
        Column("node_type", "str", required=False, default="*", description="a node type or *"),
        Column("region", "str", required=False, default="*", description="a region or *"),
        Column("provider", "str", required=False, default="*", description="a provider or *"),
        Column("period", "str", required=False, default="*", description="a period or *"),
        Column("nodes_max", "int", "nodes", "most nodes held at any time of the period", minimum=0),
    ),
    ("offer", "node_type", "region", "provider", "period"),
    "Supply caps of single offers; the last matching row counts.",
)

OFFERS = Table(
    "offers",
    (
        Column("offer", "str", description="a name that no offer of the catalog has"),
        Column("node_type", "str", description="a machine that the catalog does not have; the same in every row of that name"),
        Column("accelerator", "str", description="what stands in it"),
        Column("accelerators", "int", description="how many", minimum=1),
        Column("vendor", "str", description="maker of the accelerator", required=False, default="unstated"),
        Column("region", "str", description="a region of the instance"),
        Column("provider", "str", description="who rents it out"),
        Column("usd_per_hour", "float", "usd/h", "price of a whole node, without trend", is_positive=True),
        Column(
            "power_kw",
            "float",
            "kW",
            "at full load with its host, before PUE; empty: not known",
            required=False,
            nullable=True,
            minimum=0.0,
        ),
        Column("source", "str", description="where the price comes from"),
    ),
    ("offer",),
    "Machines of the user's own knowledge, by the hour: nothing is modelled of them, only the rates table says what they do.",
)

OWNED = Table(
    "owned",
    (
        Column("owned", "str", description="name of the lot"),
        Column("node_type", "str", description="a node type"),
        Column("region", "str", description="where it stands"),
        Column("nodes", "int", "nodes", "how many", minimum=1),
        Column("first_period", "str", required=False, default="", description="first period of use (empty: the first)"),
        Column("last_period", "str", required=False, default="", description="last period before retirement (empty: the last)"),
        Column("age_years", "float", "years", "age at the start of the horizon", required=False, default=0.0, minimum=0.0),
        Column(
            "running_usd_per_hour",
            "float",
            "usd/h",
            "node-hour in use (empty: power x PUE x electricity price)",
            required=False,
            nullable=True,
            minimum=0.0,
        ),
    ),
    ("owned",),
    "Nodes already owned: their price is sunk, a node-hour in use costs its running cost.",
)

PRICES = Table(
    "prices",
    (
        Column("offer", "str", description="an offer"),
        Column("period", "str", description="a period or *", required=False, default="*"),
        Column("usd_per_hour", "float", "usd/h", "price of a whole node", is_positive=True),
        Column("upfront_usd", "float", "usd", "paid once a node at the start", required=False, default=0.0, minimum=0.0),
        Column("source", "str", description="where the price comes from"),
    ),
    ("offer", "period"),
    "The user's own prices; they replace the catalog's for what they name.",
)

PATHS = Table(
    "paths",
    (
        Column("workload", "str", description="a workload"),
        Column("region", "str", description="a region"),
        Column("network_ms", "float", "ms", "round trip between its users and the region", minimum=0.0),
    ),
    ("workload", "region"),
    "Measured network times; they replace the estimate from distance.",
)

RATES = Table(
    "rates",
    (
        Column("workload", "str", description="a workload"),
        Column("variant", "str", description="model@precision"),
        Column("node_type", "str", description="a node type"),
        Column("tp", "int", description="tensor-parallel degree", required=False, default=1, minimum=1),
        Column("pp", "int", description="pipeline-parallel degree", required=False, default=1, minimum=1),
        Column("ep", "int", description="expert-parallel degree", required=False, default=1, minimum=1),
        Column("dp", "int", description="data-parallel attention degree", required=False, default=1, minimum=1),
        Column("requests_per_s", "float", "1/s", "one replica under the workload's promises; 0: not eligible", minimum=0.0),
        Column("ttft_ms", "float", "ms", "at that rate", required=False, nullable=True, minimum=0.0),
        Column("tpot_ms", "float", "ms", "at that rate", required=False, nullable=True, minimum=0.0),
        Column("e2e_ms", "float", "ms", "at that rate", required=False, nullable=True, minimum=0.0),
        Column("batch", "float", "sequences", "in flight at that rate", required=False, nullable=True, minimum=0.0),
        Column("source", "str", description="who measured it and how"),
    ),
    ("workload", "variant", "node_type", "tp", "pp", "ep", "dp"),
    "The user's own rates; they replace the modelled coefficient for what they cover.",
)

SCORES = Table(
    "scores",
    (
        Column("variant", "str", description="model@precision, or a model: then recovery applies"),
        Column("benchmark", "str", description="a benchmark"),
        Column("score", "float", "points", "0..100", minimum=0.0, maximum=100.0),
        Column("source", "str", description="who measured it and how"),
    ),
    ("variant", "benchmark"),
    "The user's own quality scores; they replace the catalog's.",
)

PRICE_TIERS = Table(
    "price_tiers",
    (
        Column("offer", "str", description="an offer"),
        Column("nodes_from", "int", "nodes", "first node of the tier", minimum=1),
        Column("discount_share", "float", "", "off the price of every further node", minimum=0.0, maximum=1.0),
    ),
    ("offer", "nodes_from"),
    "Volume discounts.",
)

ORDERS_MIN = Table(
    "orders_min",
    (
        Column("offer", "str", description="an offer"),
        Column("nodes_min", "int", "nodes", "smallest order", minimum=1),
    ),
    ("offer",),
    "Minimum orders.",
)

API_CAPS = Table(
    "api_caps",
    (
        Column("api_offer", "str", description="an API offer"),
        Column("period", "str", description="a period or *", required=False, default="*"),
        Column("requests_per_s_max", "float", "1/s", "requests of all workloads", required=False, nullable=True, minimum=0.0),
        Column("tokens_per_s_max", "float", "1/s", "all tokens, in and out", required=False, nullable=True, minimum=0.0),
    ),
    ("api_offer", "period"),
    "Rate caps of API offers.",
)

API_TIERS = Table(
    "api_tiers",
    (
        Column("api_offer", "str", description="an API offer"),
        Column("usd_from", "float", "usd", "spent at list price within a period, from which on the discount holds", minimum=0.0),
        Column("discount_share", "float", "", "off the list price of every further token", minimum=0.0, maximum=1.0),
    ),
    ("api_offer", "usd_from"),
    "Volume discounts of API offers, by what is spent on one in a period.",
)

TABLES = {
    "supply": SUPPLY, "offers": OFFERS, "owned": OWNED, "prices": PRICES, "paths": PATHS, "rates": RATES, "scores": SCORES,
    "price_tiers": PRICE_TIERS, "orders_min": ORDERS_MIN, "api_caps": API_CAPS, "api_tiers": API_TIERS,
}  # fmt: skip
