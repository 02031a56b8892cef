"""Workloads: streams of requests with their lengths, promises, quality floor and the places they may run."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from planner.tables import Column, Table

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^|,\s][^|,\n]*$")]
PENALTY_MOST_USD = 1000.0
"""What a request turned away may cost at most. A price that says never is none: where all requests turned away came to 6e8 times
the fleet's cost, HiGHS 1.15.1 has called a plan optimal that cost twice the least (at 2e8 times all bounds met held)."""
LEAST_ESCALATION_SHARE = 0.0001
"""Less than this, of tiny traffic, engines do not tell from nothing."""


class Entry(BaseModel):
    """A frozen, strict part of an instance file: unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    @field_validator("*", mode="before")
    @classmethod
    def _no_switch_for_a_number(cls, value: object, info: ValidationInfo) -> object:
        annotation = cls.model_fields[str(info.field_name)].annotation
        if isinstance(value, bool) and annotation in (int, float):
            raise ValueError("a number")
        return value


class SloTarget(Entry):
    """One latency promise: a metric's statistic stays at or under `ms`."""

    metric: Literal["ttft", "tpot", "e2e"]
    """Time to first token, time per output token after the first, or end to end."""
    statistic: Literal["mean", "p50", "p95", "p99"] = "p95"
    """A percentile is never checked against a mean; how it is held is stated in docs/model.md."""
    ms: Positive
    """The limit in milliseconds; network time between user and region is inside TTFT and end to end."""


class Lengths(Entry):
    """Token lengths: exactly one of means, a histogram file or a trace file."""

    input_tokens_mean: Positive | None = None
    """Mean prompt tokens (with `output_tokens_mean`)."""
    output_tokens_mean: Positive | None = None
    """Mean generated tokens."""
    histogram: str | None = None
    """CSV beside the instance: input_tokens, output_tokens, weight (bucket means and their shares)."""
    trace: str | None = None
    """CSV beside the instance: one request a row, input_tokens, output_tokens (other columns are ignored)."""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        means = self.input_tokens_mean is not None or self.output_tokens_mean is not None
        if [means, self.histogram is not None, self.trace is not None].count(True) != 1:
            raise ValueError("exactly one of the two means, `histogram` or `trace`")
        if means and (self.input_tokens_mean is None or self.output_tokens_mean is None):
            raise ValueError("both input_tokens_mean and output_tokens_mean")
        return self


class QualityFloor(Entry):
    """The least score of every model that serves the workload, on one benchmark of one reporter."""

    benchmark: Name
    reported_by: Name | None = None
    """Whose scores count; None: the instance's `quality.reported_by`."""
    floor: NonNegative
    """Points on the benchmark's own scale (0..100)."""


class Places(Entry):
    """Where a workload may run; an empty list does not restrict."""

    allow: tuple[Name, ...] = ()
    """Regions that may serve it."""
    deny: tuple[Name, ...] = ()
    """Regions that may not."""
    jurisdictions: tuple[Name, ...] = ()
    """Data residency: only regions under one of these laws (EU, US, JP...)."""


class Cascade(Entry):
    """A cheap model answers first; a share of its requests goes on to a strong one."""

    first: tuple[Name, ...]
    """Models that answer first."""
    escalation_share: Share
    """Share of requests that a strong model must answer again: 0, or 0.0001 and more."""

    @field_validator("escalation_share")
    @classmethod
    def _check_share(cls, share: float) -> float:
        if 0 < share < LEAST_ESCALATION_SHARE:
            raise ValueError(f"0, or {LEAST_ESCALATION_SHARE:g} and more")
        return share


class Workload(Entry):
    """A stream of requests; its rate per period and block stands in the demand table."""

    workload: Name
    description: str = ""
    origin: Name
    """Region where its users are; network time and egress start here."""
    lengths: Lengths | None
    """null: not known; then only the user's own rates can size it, and nothing may be paid by its tokens."""
    slo: tuple[SloTarget, ...]
    """An empty list promises nothing: offline work, at the largest batch that fits."""
    quality: QualityFloor | None = None
    models_allow: tuple[Name, ...] = ()
    """Only these models (empty: any candidate)."""
    models_deny: tuple[Name, ...] = ()
    regions: Places = Places()
    prefix_hit_share: Share = 0.0
    """Share of prompt tokens found in the prefix cache: no prefill work, but KV memory all the same."""
    replicas_min: Annotated[int, Field(ge=0)] = 0
    """Fewest replicas in every block."""
    unserved_usd_per_request: Annotated[float, Field(ge=0, le=PENALTY_MOST_USD)] | None = None
    """Price of a request that is turned away; None: every request is served."""
    slices: Annotated[int, Field(ge=0, le=1000)] = 0
    """Equal parts of a block's traffic, each whole on one option in one place; 0: spread freely."""
    is_indivisible: bool = False
    """All traffic of a block on one option in one region."""
    is_interruptible: bool = False
    """May be put off in blocks that lack capacity."""
    priority: Annotated[int, Field(ge=0, le=9)] = 0
    spot_share_max: Share = 0.0
    """Largest share of its traffic on spot nodes."""
    length_buckets: Annotated[int, Field(ge=1, le=16)] = 1
    """Length classes that are assigned apart, so that long and short requests may go to different options."""
    cascade: Cascade | None = None
    api_allow: tuple[Name, ...] = ()
    """API offers (provider/model) that may serve it by the token."""

    @model_validator(mode="after")
    def _each_promise_once(self) -> Self:
        keys = [(target.metric, target.statistic) for target in self.slo]
        if len(set(keys)) < len(keys):
            raise ValueError("each (metric, statistic) of slo once")
        return self


class Pool(Entry):
    """Workloads that may share replicas: the option runs at the batch and context of the heaviest member."""

    pool: Name
    workloads: tuple[Name, ...] = Field(min_length=2)


DEMAND = Table(
    "demand",
    (
        Column("workload", "str", description="a workload of the instance"),
        Column("period", "str", description="a period of the horizon"),
        Column("block", "str", description="a block of the day"),
        Column("scenario", "str", description="a demand scenario", required=False, default="expected"),
        Column(
            "requests_per_s",
            "float",
            "1/s",
            "mean offered rate in the block: 0, or 0.000001 and more (a request in eleven days)",
            minimum=0.0,
            least_above_zero=1e-6,
        ),
    ),
    ("workload", "period", "block", "scenario"),
    "Offered rate of every workload in every period and block; a missing pair is a fault, zero is said as 0.",
)

HISTOGRAM = Table(
    "lengths",
    (
        Column("input_tokens", "float", "tokens", "mean prompt length of the bucket", minimum=1.0),
        Column("output_tokens", "float", "tokens", "mean generated length of the bucket", minimum=1.0),
        Column("weight", "float", "", "share or count of requests in the bucket", minimum=0.0),
    ),
    (),
    "Input x output histogram of a workload: bucket means and weights (any scale).",
)
