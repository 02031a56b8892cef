"""A plan: what is deployed, served, rented, ordered and placed, what it costs, and what is proved of it."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import pandas as pd

from planner.errors import Fault, InputError
from planner.plan.handovers import HANDOVERS
from planner.plan.savings_tables import PLAN_USE, PLEDGES
from planner.plan.service_tables import API_TRAFFIC, UNSERVED
from planner.tables import Column, Table

STATUSES = ("optimal", "feasible")
TERMS = (
    "rent", "commitment_charge", "terminal_credit", "egress",
    "unserved",
    "carbon_price", "volume_discount", "switching", "migration", "discounting",
    "api", "api_discount", "savings",
)  # fmt: skip
"""Cost terms of the ledger; their sum is the objective."""
ENGINE_ASSERTED = "engine-asserted"
"""A bound that rests on the solver's word; a certificate would say otherwise."""
BY_PRICES = "prices of what parts share"
"""A bound that parts have at stored prices of the rows they share: `audit --deep` solves each of them again."""


def _text(name: str, description: str) -> Column:
    return Column(name, "str", description=description)


def _dimension(name: str, description: str) -> Column:
    return Column(name, "str", description=f"{description}; empty where it does not apply", nullable=True)


_SLOT = (_text("period", "period"), _text("block", "block of the period"))
_SITE = (_text("option", "option"), _text("place", "region, or region/provider for replicas over several nodes"))

DEPLOYMENTS = Table(
    "deployments",
    (
        _text("pool", "pool of workloads that share the replicas"),
        *_SITE,
        *_SLOT,
        Column("replicas", "int", description="running replicas", minimum=1),
    ),
    ("pool", "option", "place", "period", "block"),
    "Replicas that run in each block.",
)
TRAFFIC = Table(
    "traffic",
    (
        _text("workload", "workload"),
        *_SITE,
        *_SLOT,
        Column("requests_per_s", "float", "1/s", "rate served", is_positive=True),
    ),
    ("workload", "option", "place", "period", "block"),
    "Who serves whose requests.",
)
NODES = Table(
    "nodes",
    (
        _text("offer", "offer"),
        *_SLOT,
        Column("nodes", "int", "nodes", "running (rented, owned) or held (reserved, bought)", minimum=1),
    ),
    ("offer", "period", "block"),
    "Nodes that are there in each block.",
)
ORDERS = Table(
    "orders",
    (
        _text("offer", "committed offer"),
        _text("period", "period of signature"),
        Column("nodes", "int", "nodes", "nodes ordered", minimum=1),
    ),
    ("offer", "period"),
    "Commitments signed.",
)
PLACEMENT = Table(
    "placement",
    (
        *_SLOT,
        _text("node", "numbered node: node type@region/provider/term#number"),
        _text("offer", "offer of the node"),
        _text("replica", "pool|option|place#number; the same name on every node of a replica over several"),
        _text("pool", "pool"),
        _text("option", "option"),
        Column("accelerators", "int", description="accelerators of the node that the replica takes", minimum=1),
    ),
    ("period", "block", "node", "replica"),
    "Every replica on numbered nodes; a node without a row is empty.",
)
LEDGER = Table(
    "ledger",
    (
        Column("term", "str", description="cost term", choices=TERMS),
        _dimension("offer", "offer"),
        _dimension("workload", "workload"),
        _text("period", "period of use, or of signature for commitments"),
        _dimension("block", "block"),
        Column("usd", "float", "usd", "cost; a credit is negative"),
    ),
    ("term", "offer", "workload", "period", "block"),
    "The money, term by term; its sum is the objective.",
)
SCENARIOS = Table(
    "scenarios",
    (
        _text("scenario", "demand scenario"),
        Column("probability", "float", "", "of the scenario", is_positive=True, maximum=1),
        Column("usd", "float", "usd", "cost of the plan if the scenario comes true"),
    ),
    ("scenario",),
    "What the plan costs in each demand scenario; the expectation is the ledger's sum. Empty where there is one.",
)
EXTENSIONS: Mapping[str, Table] = {
    table.name: table for table in (SCENARIOS, UNSERVED, API_TRAFFIC, HANDOVERS, PLEDGES, PLAN_USE)
}
"""Tables that only some plans have rows in; a decision names its frames after them."""
TABLES: Mapping[str, Table] = {
    table.name: table for table in (DEPLOYMENTS, TRAFFIC, NODES, ORDERS, PLACEMENT, LEDGER, *EXTENSIONS.values())
}


@dataclass(frozen=True, eq=False)
class PlanTables:
    """The tables of a plan, each as its declaration says."""

    deployments: pd.DataFrame
    traffic: pd.DataFrame
    nodes: pd.DataFrame
    orders: pd.DataFrame
    placement: pd.DataFrame
    ledger: pd.DataFrame
    scenarios: pd.DataFrame = field(default_factory=SCENARIOS.empty)
    unserved: pd.DataFrame = field(default_factory=UNSERVED.empty)
    api_traffic: pd.DataFrame = field(default_factory=API_TRAFFIC.empty)
    handovers: pd.DataFrame = field(default_factory=HANDOVERS.empty)
    pledges: pd.DataFrame = field(default_factory=PLEDGES.empty)
    plan_use: pd.DataFrame = field(default_factory=PLAN_USE.empty)

    @property
    def total_usd(self) -> float:
        """Sum of the ledger in usd: the plan's objective."""
        return math.fsum(self.ledger["usd"])


@dataclass(frozen=True)
class Assumption:
    """A number nobody measured on which part of the cost rests; `weight_usd` is that part."""

    assumption: str
    value: str
    source: str
    weight_usd: float


@dataclass(frozen=True)
class Provenance:
    """Who computed a plan, with what, when and from which files."""

    planner_version: str
    python: str
    platform: str
    packages: Mapping[str, str]
    """Version by package."""
    created_at: str
    """UTC, ISO 8601."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Solver settings as asked for (time limit, threads, native options)."""
    instance_file: str = ""
    """Name of the YAML file under inputs/instance; filled when the plan is written."""
    overrides: Mapping[str, Any] = field(default_factory=dict)
    """`--set` values laid over the instance; filled when the plan is written."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """sha256 by file of the plan's folder; filled when the plan is written."""


@dataclass(frozen=True)
class Reached:
    """What a plan comes to at one goal asked for, and the bound proved of it, in the goal's unit."""

    goal: str
    objective: float
    bound: float | None
    """The best that any plan can come to: a lower bound, an upper one for a goal of which more is better."""
    unit: str
    gap: float | None
    """abs(objective - bound) / max(abs(objective), 1e-9)."""
    tolerance_share: float
    """How far later goals were allowed to worsen this one."""


@dataclass(frozen=True)
class PlanFacts:
    """What is claimed of a plan: its cost, its proof, how it was found."""

    name: str
    status: str
    """`optimal`: the gap asked for is proved; `feasible` otherwise."""
    objective_usd: float
    """Total of the ledger."""
    bound_usd: float | None
    """No plan costs less; None: nothing is proved, or the goal is another than expected cost."""
    gap: float | None
    """(objective - bound) / objective; for other goals than cost the largest gap of `goals`."""
    gap_asked: float
    wall_s: float
    """Seconds from reading the instance to the audited plan."""
    solver: str
    solver_version: str
    method: str
    seed: int
    limit: str
    """What stopped the search: `none`, or the limit's name (`time`, `gap`, `memory`...)."""
    provenance: Provenance
    assumptions: tuple[Assumption, ...] = ()
    bound_proof: str = ENGINE_ASSERTED
    goal: str = "least_cost"
    goals: tuple[Reached, ...] = ()
    """The stages in order, where the goal is another than least expected cost."""


@dataclass(frozen=True, eq=False)
class Plan:
    """A fleet plan: tables and facts."""

    tables: PlanTables
    facts: PlanFacts


def checked_tables(frames: Mapping[str, pd.DataFrame]) -> PlanTables:
    """Returns the tables of raw frames, checked and sorted by key; raises InputError with every fault."""
    checked: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    for name, declared in TABLES.items():
        if name not in frames and name in EXTENSIONS:
            checked[name] = declared.empty()
            continue
        if name not in frames:
            faults.append(Fault("plan", f"a table {name!r}", "none"))
            continue
        checked[name], found = declared.faults(frames[name], name)
        faults += found
    if faults:
        raise InputError(faults)
    return PlanTables(**{name: _sorted(frame, TABLES[name].key) for name, frame in checked.items()})


NOTHING = 1e-9
"""An objective up to here (in its unit) is 0: rounding leaves as much of sums."""


def gap_of(objective_usd: float, bound_usd: float | None) -> float | None:
    """Returns (objective - bound) / objective; 0 where both are 0 but for rounding, None where nothing is proved.

    >>> gap_of(200.0, 198.0), gap_of(0.0, -2e-12)
    (0.01, 0.0)
    """
    if bound_usd is None or not math.isfinite(bound_usd):
        return None
    if objective_usd == bound_usd or max(abs(objective_usd), abs(bound_usd)) <= NOTHING:
        return 0.0
    return (objective_usd - bound_usd) / max(abs(objective_usd), NOTHING)


def gap_or_infinite(objective_usd: float, bound_usd: float | None) -> float:
    """Returns `gap_of` as a number: infinite where nothing is proved."""
    gap = gap_of(objective_usd, bound_usd)
    return math.inf if gap is None else gap


GAP_NOISE = 1e-9
"""Gaps this much above what was asked for are rounding: a bound that meets its plan may miss it in the last digit."""


def status_of(gap: float | None, gap_asked: float) -> str:
    """Returns `optimal` where the gap asked for is proved, `feasible` otherwise; GAP_NOISE is no gap."""
    return "optimal" if gap is not None and gap <= gap_asked + GAP_NOISE else "feasible"


def facts_record(facts: PlanFacts) -> dict[str, Any]:
    """Returns the facts as plain JSON values."""
    return asdict(facts)


def facts_of(record: Mapping[str, Any], where: str) -> PlanFacts:
    """Returns the facts of a JSON record; raises InputError with every missing, unknown or mistyped key."""
    faults = _faults(record, PlanFacts, where)
    provenance = record.get("provenance", {})
    faults += _faults(provenance, Provenance, f"{where}, provenance")
    assumptions = record.get("assumptions", [])
    if not isinstance(assumptions, list):
        faults.append(Fault(f"{where}, assumptions", "a list", repr(assumptions)[:60]))
        assumptions = []
    for position, row in enumerate(assumptions):
        faults += _faults(row, Assumption, f"{where}, assumptions[{position}]")
    goals = record.get("goals", [])
    for position, row in enumerate(goals):
        faults += _faults(row, Reached, f"{where}, goals[{position}]")
    if faults:
        raise InputError(faults)
    parts = {
        "goals": tuple(Reached(**row) for row in goals),
        "provenance": Provenance(**provenance),
        "assumptions": tuple(Assumption(**row) for row in assumptions),
    }
    return PlanFacts(**{**record, **parts})


LATER = frozenset((PlanFacts, name) for name in ("bound_proof", "goal", "goals"))
"""Facts that plans written before they were known do not state: their defaults are what such plans meant."""
_KINDS: Mapping[str, tuple[type, ...]] = {
    "str": (str,), "float": (int, float), "int": (int,), "float | None": (int, float, type(None)),
}  # fmt: skip


def _faults(record: Any, made: type, where: str) -> list[Fault]:
    """Returns the faults of a JSON object against the fields of a dataclass."""
    if not isinstance(record, Mapping):
        return [Fault(where, "an object", repr(record)[:60])]
    faults = []
    names = [item.name for item in fields(made)]
    for item in fields(made):
        kind = str(getattr(item.type, "__name__", item.type))
        kinds = _KINDS.get(kind, (Mapping,) if kind.startswith("Mapping") else (object,))
        if item.name not in record and (made, item.name) in LATER:
            continue
        if item.name not in record:
            faults.append(Fault(where, f"the key {item.name!r}", "nothing"))
        elif not isinstance(record[item.name], kinds) or isinstance(record[item.name], bool):
            faults.append(Fault(f"{where}, {item.name}", f"a {kind}", repr(record[item.name])[:60]))
        elif isinstance(record[item.name], float) and not math.isfinite(record[item.name]):
            faults.append(Fault(f"{where}, {item.name}", "a finite number", str(record[item.name])))
    faults += [Fault(where, f"only keys {', '.join(names)}", repr(name)) for name in record if name not in names]
    return faults


def _sorted(frame: pd.DataFrame, key: tuple[str, ...]) -> pd.DataFrame:
    return frame.sort_values(list(key), kind="stable", ignore_index=True)
