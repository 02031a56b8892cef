"""The coefficient tables: all that the program, the plan and the audit know of a planning problem."""

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from planner.errors import Fault, InputError
from planner.options.extension_tables import EXTENSIONS
from planner.tables import Column, Table

SOURCES = ("measured", "calibrated", "modelled", "datasheet", "list_price", "estimate", "user", "paper", "configuration")
OFFER_KINDS = ("on_demand", "owned", "reserved", "purchase", "spot")
RENTED_KINDS = ("on_demand", "owned", "spot")
"""Offers paid by the hour in use, block by block."""
COMMITTED_KINDS = ("reserved", "purchase")
"""Offers held for a term from a start, used or not."""
EXPECTED = "expected"
"""The scenario of an instance that declares none."""


def _text(name: str, description: str) -> Column:
    return Column(name, "str", description=description)


OPTIONS = Table(
    "options",
    (
        _text("option", "variant x node type x layout"),
        _text("variant", "model@precision"),
        _text("model", "canonical model name"),
        _text("precision", "weight format"),
        _text("kv_precision", "KV cache format"),
        _text("node_type", "node type it runs on"),
        _text("accelerator", "accelerator of the node type"),
        _text("vendor", "vendor of the accelerator"),
        Column("tp", "int", description="tensor-parallel degree", minimum=1),
        Column("pp", "int", description="pipeline-parallel degree", minimum=1),
        Column("ep", "int", description="expert-parallel degree", minimum=1),
        Column("dp", "int", description="data-parallel attention degree", minimum=1),
        _text("role", "aggregated, prefill or decode"),
        Column("gpus", "int", description="accelerators of one replica", minimum=1),
        Column("nodes_per_replica", "int", "nodes", "whole nodes of a replica over several nodes; 1 inside one node", minimum=1),
        Column("weights_gib", "float", "GiB", "weights per accelerator", nullable=True, minimum=0),
        Column("kv_gib", "float", "GiB", "memory for KV cache per accelerator", nullable=True, minimum=0),
        Column(
            "max_batch", "float", "sequences", "most sequences in flight at the mean context of the mix", nullable=True, minimum=0
        ),
        Column("draft", "str", "", "who drafts tokens for speculative decoding; empty: nobody", False, True, ""),
        Column("draft_tokens", "int", "", "tokens drafted a step", False, default=0, minimum=0),
        Column("draft_acceptance", "float", "", "assumed chance that a drafted token is accepted", False, True, maximum=1),
        Column("draft_source", "str", "", "where that chance comes from", False, True, ""),
    ),
    ("option",),
    "What can be deployed.",
)
RATES = Table(
    "rates",
    (
        _text("workload", "workload"),
        _text("option", "option"),
        Column("requests_per_s", "float", "1/s", "one replica at full load under the workload's promises", is_positive=True),
        Column("ttft_ms", "float", "ms", "time to first token at that load, without network", nullable=True, minimum=0),
        Column("tpot_ms", "float", "ms", "time per output token at that load", nullable=True, minimum=0),
        Column("e2e_ms", "float", "ms", "end to end at that load, without network", nullable=True, minimum=0),
        Column("batch", "float", "sequences", "in flight at that load", nullable=True, minimum=0),
        Column(
            "network_ms_max",
            "float",
            "ms",
            "longest network round trip with which the promises hold; empty: any",
            nullable=True,
            minimum=0,
        ),
        _text("bound", "what stops a larger batch"),
        Column("source", "str", description="kind of the number", choices=SOURCES),
    ),
    ("workload", "option"),
    "What one replica of an option does for a workload; a pair that breaks a promise has no row.",
)
OFFERS = Table(
    "offers",
    (
        _text("offer", "offer"),
        _text("node_type", "node type"),
        _text("accelerator", "accelerator"),
        Column("accelerators", "int", description="accelerators of a node", minimum=1),
        _text("region", "region"),
        _text("provider", "provider"),
        _text("vendor", "vendor of the accelerator"),
        Column("kind", "str", description="how it is paid", choices=OFFER_KINDS),
        Column("term_periods", "int", "periods", "length of the commitment; 0: none", minimum=0),
        Column("lead_time_periods", "int", "periods", "from order to first use", minimum=0),
        Column("source", "str", description="kind of the price", choices=SOURCES),
        Column("source_note", "str", description="where the price comes from", nullable=True),
    ),
    ("offer",),
    "What can be rented, reserved or bought.",
)
PRICES = Table(
    "prices",
    (
        _text("offer", "offer"),
        _text("period", "period in which the node-hour is used, or the commitment signed"),
        _text("scenario", "price scenario"),
        Column("usd_per_hour", "float", "usd/h", "a whole node", minimum=0),
        Column("upfront_usd", "float", "usd", "a whole node, at signature, less its residual", minimum=0),
        Column(
            "residual_usd",
            "float",
            "usd",
            "paid beside it at signature and had back at the end of the term",
            required=False,
            default=0.0,
            minimum=0,
        ),
        Column("source", "str", description="kind of the number", choices=SOURCES),
    ),
    ("offer", "period", "scenario"),
    "Prices by period.",
)
SUPPLY = Table(
    "supply",
    (
        _text("offer", "offer"),
        _text("period", "period"),
        Column("nodes_max", "int", "nodes", "most nodes held at any time of the period", minimum=0),
    ),
    ("offer", "period"),
    "Supply caps.",
)
SITES = Table(
    "sites",
    (_text("option", "option"), _text("offer", "offer")),
    ("option", "offer"),
    "Which option runs on which offer's nodes.",
)
SCORES = Table(
    "scores",
    (
        _text("variant", "model@precision"),
        _text("benchmark", "benchmark (reporter)"),
        Column("score", "float", "points", "score after quantisation", minimum=0, maximum=100),
        Column("source", "str", description="kind of the number", choices=SOURCES),
    ),
    ("variant", "benchmark"),
    "Quality of every candidate variant on the benchmarks that floors name.",
)
PATHS = Table(
    "paths",
    (
        _text("workload", "workload"),
        _text("region", "region"),
        Column("network_ms", "float", "ms", "round trip between users and region", minimum=0),
        Column("is_allowed", "bool", description="residency and region lists allow it"),
        Column("egress_usd_per_request", "float", "usd", "network egress", minimum=0),
    ),
    ("workload", "region"),
    "Where each workload may be served.",
)
DEMAND = Table(
    "demand",
    (
        _text("workload", "workload"),
        _text("period", "period"),
        _text("block", "block"),
        _text("scenario", "demand scenario"),
        Column("requests_per_s", "float", "1/s", "offered rate", minimum=0),
    ),
    ("workload", "period", "block", "scenario"),
    "Offered traffic.",
)
PERIODS = Table(
    "periods",
    (
        _text("period", "period"),
        Column("position", "int", description="0 for the first", minimum=0),
        Column("hours", "float", "h", "length", is_positive=True),
    ),
    ("period",),
    "The horizon.",
)
BLOCKS = Table(
    "blocks",
    (
        _text("period", "period"),
        _text("block", "block, in one scenario: `peak@high` where there are several, else the block itself"),
        Column("hours", "float", "h", "hours of the block in the period x probability of its scenario", is_positive=True),
        Column("scenario", "str", description="demand scenario of the block", required=False, default=EXPECTED),
        Column("probability", "float", "", "of the scenario", required=False, default=1.0, is_positive=True, maximum=1),
        Column("base_block", "str", description="block of the instance", required=False, default="", nullable=True),
    ),
    ("period", "block"),
    "Blocks of each period, in each scenario.",
)
POOLS = Table(
    "pools",
    (_text("workload", "workload"), _text("pool", "pool whose replicas it uses; its own name when dedicated"),
     Column("replicas_min", "int", description="fewest replicas of the workload's pool", minimum=0)),
    ("workload",),
    "Who shares replicas with whom.",
)  # fmt: skip
LIMITS = Table(
    "limits",
    (
        _text("limit", "name"),
        _text("kind", "what is limited"),
        Column("scope", "str", description="for whom; empty: all", nullable=True),
        Column("value", "float", description="the limit", minimum=0),
        _text("unit", "unit of the value"),
        Column("period", "str", description="when it holds; empty: see its kind", required=False, nullable=True, default=""),
        Column("benchmark", "str", description="benchmark of a quality limit", required=False, nullable=True, default=""),
    ),
    ("limit",),
    "Scalars that bind the whole plan, and the instance's policy limits.",
)

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        OPTIONS, RATES, OFFERS, PRICES, SUPPLY, SITES, SCORES, PATHS, DEMAND, PERIODS, BLOCKS, POOLS, LIMITS, *EXTENSIONS.values()
    )
}  # fmt: skip


@dataclass(frozen=True)
class Coefficients:
    """The coefficient tables, each checked against its declaration."""

    options: pd.DataFrame
    rates: pd.DataFrame
    offers: pd.DataFrame
    prices: pd.DataFrame
    supply: pd.DataFrame
    sites: pd.DataFrame
    scores: pd.DataFrame
    paths: pd.DataFrame
    demand: pd.DataFrame
    periods: pd.DataFrame
    blocks: pd.DataFrame
    pools: pd.DataFrame
    limits: pd.DataFrame
    service: pd.DataFrame
    cascades: pd.DataFrame
    api: pd.DataFrame
    calls: pd.DataFrame
    api_tiers: pd.DataFrame
    machines: pd.DataFrame
    grid: pd.DataFrame
    spot: pd.DataFrame
    price_tiers: pd.DataFrame
    orders_min: pd.DataFrame
    savings_plans: pd.DataFrame
    slices: pd.DataFrame
    classes: pd.DataFrame
    headroom: pd.DataFrame
    pairs: pd.DataFrame
    latencies: pd.DataFrame

    def scalar(self, name: str, default: float = 0.0) -> float:
        """Returns the value of a scalar that stands among the limits only where an instance sets it, else the default."""
        values = self.limits.loc[self.limits["limit"] == name, "value"]
        return float(values.iloc[0]) if len(values) else default

    def limit(self, name: str) -> float:
        """Returns the value of a scalar limit (`utilisation_max`, `terminal_use_share`); raises KeyError."""
        values = self.limits.loc[self.limits["limit"] == name, "value"]
        if values.empty:
            raise KeyError(f"no limit named {name!r}")
        return float(values.iloc[0])

    def limits_of(self, kind: str) -> list[Mapping[str, Any]]:
        """Returns the policy limits of a kind as rows (limit, scope, period, benchmark, value), in table order."""
        return [dict(row) for row in self._limit_rows if row["kind"] == kind]

    @cached_property
    def _limit_rows(self) -> list[Mapping[str, Any]]:
        return [{str(name): value for name, value in row.items()} for row in self.limits.to_dict("records")]

    def with_tables(self, **tables: pd.DataFrame) -> "Coefficients":
        """Returns a copy with some tables replaced; those and all references between tables are checked, the others stay."""
        current = {one.name: getattr(self, one.name) for one in fields(self)}
        return checked_coefficients({**current, **tables}, sound=frozenset(current) - frozenset(tables))


def checked_coefficients(tables: Mapping[str, pd.DataFrame], sound: Collection[str] = ()) -> Coefficients:
    """Returns the coefficients of raw frames; raises InputError with every fault of every table and reference.

    The tables named in `sound` have been checked before and are taken as they are.
    """
    checked: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    for name, declared in TABLES.items():
        if name not in tables:
            if name in EXTENSIONS:
                checked[name] = declared.empty()
                continue
            faults.append(Fault("coefficients", f"a table {name!r}", "none"))
            continue
        checked[name], found = (tables[name], []) if name in sound else declared.faults(tables[name], name)
        faults += found
    if not faults:
        faults = _reference_faults(checked)
    if faults:
        raise InputError(faults)
    return Coefficients(**{**checked, "blocks": with_base_blocks(checked["blocks"])})


def with_base_blocks(blocks: pd.DataFrame) -> pd.DataFrame:
    """Returns the blocks, each of them its own base where none is named (in one future, and in tables older than futures)."""
    return blocks.assign(base_block=blocks["base_block"].where(blocks["base_block"] != "", blocks["block"]))


SCALARS = ("utilisation_max", "terminal_use_share")
"""Limits that every program reads."""
REFERENCES = (
    ("rates", "option", "options"), ("rates", "workload", "pools"), ("sites", "option", "options"),
    ("sites", "offer", "offers"), ("prices", "offer", "offers"), ("supply", "offer", "offers"),
    ("prices", "period", "periods"), ("supply", "period", "periods"), ("demand", "workload", "pools"),
    ("demand", "period", "periods"), ("blocks", "period", "periods"), ("paths", "workload", "pools"),
    ("service", "workload", "pools"),
    ("slices", "workload", "pools"),
    ("latencies", "workload", "pools"), ("latencies", "option", "options"),
    ("classes", "workload", "pools"), ("pairs", "workload", "pools"), ("savings_plans", "offer", "offers"),
    ("cascades", "workload", "pools"), ("calls", "workload", "pools"),
    ("calls", "api_offer", "api"), ("api_tiers", "api_offer", "api"), ("api", "period", "periods"),
)  # fmt: skip


def _reference_faults(tables: Mapping[str, pd.DataFrame]) -> list[Fault]:
    faults: list[Fault] = []
    for name, column, target in REFERENCES:
        unknown = sorted(set(tables[name][column]) - set(tables[target][column]))
        faults += [Fault(f"{name}, column {column}", f"a {column} of table {target}", repr(v)) for v in unknown[:5]]
    known = set(tables["options"]["option"])
    for column in ("prefill_option", "decode_option"):
        unknown = sorted(set(tables["pairs"][column]) - known)
        faults += [Fault(f"pairs, column {column}", "an option of table options", repr(v)) for v in unknown[:5]]
    for name, noun in (("prices", "price"), ("supply", "cap")):
        known = set(map(tuple, tables[name][["offer", "period"]].to_numpy()))
        wanted = itertools.product(tables["offers"]["offer"], tables["periods"]["period"])
        faults += [Fault(name, f"a {noun} of {key[0]} in {key[1]}", "none") for key in wanted if key not in known]
    faults += [Fault("limits", f"a limit {name}", "none") for name in SCALARS if name not in set(tables["limits"]["limit"])]
    for name, column, source in (("paths", "workload", "pools"), ("blocks", "period", "periods")):
        lacking = sorted(set(tables[source][column]) - set(tables[name][column]))
        faults += [Fault(name, f"a row of {column} {value}", "none") for value in lacking]
    return faults[:20]


def write_coefficients(coefficients: Coefficients, folder: Path) -> None:
    """Writes every table as CSV in a folder."""
    for name, declared in TABLES.items():
        declared.write(getattr(coefficients, name), folder / f"{name}.csv")


def read_coefficients(folder: Path) -> Coefficients:
    """Returns the coefficients of a folder of CSV tables; raises InputError with all faults."""
    tables: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    for name, declared in TABLES.items():
        if name in EXTENSIONS and not (folder / f"{name}.csv").exists():
            continue
        tables[name], found = declared.read_faults(folder / f"{name}.csv")
        faults += found
    if faults:
        raise InputError(faults)
    return checked_coefficients(tables)
