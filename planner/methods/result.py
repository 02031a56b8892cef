"""What a method is asked and what it answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from planner.program.extract import Decision
from planner.solvers.settings import Settings


@dataclass(frozen=True)
class Fleet:
    """What an earlier plan runs and signs, for a search to begin with; `periods` in their order."""

    periods: Sequence[str]
    replicas: Mapping[tuple[str, str, str, str, str], int]
    """By pool, option, place, period and block."""
    rents: Mapping[tuple[str, str, str], int]
    """Nodes by offer, period and block."""
    orders: Mapping[tuple[str, str], int]
    """Nodes by offer and period."""

    def like(self, period: str) -> str:
        """Returns the period whose fleet a period is given: its own, else the last."""
        return period if period in self.periods else self.periods[-1]


@dataclass(frozen=True)
class MethodSettings:
    """How long and how exactly to solve, and with what."""

    solver: str = "highs"
    relative_gap: float = 0.01
    time_limit_s: float = 300.0
    threads: int | None = None
    seed: int = 0
    progress: Callable[[float, float, float], None] | None = None
    """Is told (seconds, incumbent, bound) as they improve; infinite where there is none."""
    fleet: Fleet | None = None
    """What to begin with; decompositions use it."""

    def for_solver(self, time_limit_s: float) -> Settings:
        """Returns the solver settings of one solve within this method."""
        return Settings(
            solver=self.solver,
            time_limit_s=max(0.1, time_limit_s),
            relative_gap=self.relative_gap,
            threads=self.threads,
            seed=self.seed,
        )


@dataclass(frozen=True)
class StageBound:
    """What is proved of one stage of the goals: its bound, in the unit of its goal (a weighed sum has none)."""

    goals: tuple[str, ...]
    bound: float | None


@dataclass(frozen=True)
class CutRecord:
    """prices @ u(N) + amounts @ e + cost >= bound_usd for every plan's part in each of the cells."""

    bound_usd: float
    cells: tuple[int, ...]
    prices: tuple[tuple[int, float], ...]
    """(segment, usd), where not 0."""
    amounts: tuple[float, ...] = ()
    """Prices of the cell's continuous links."""


@dataclass(frozen=True)
class Certificate:
    """What proves the bound of a decomposition: everything that another engine needs to prove it again."""

    kind: str
    bound_usd: float
    cells: tuple[tuple[str, str, tuple[str, ...]], ...]
    """(period, block, keys of its node links): each cell, in the order that cuts count them."""
    segments: tuple[tuple[str, float, float], ...]
    """(key, lower, upper]: nodes of a bay in unary, in order."""
    cuts: tuple[CutRecord, ...]


@dataclass(frozen=True)
class LinkPrice:
    """What one more unit of a shared row is worth: an accelerator of the nodes in one place and slot, a usd of a budget."""

    family: str
    index: tuple[str, ...]
    usd: float


@dataclass(frozen=True)
class LinkPrices:
    """Prices of shared rows (0 where none is told) at which the parts that are left cost `bound_usd` at least, together."""

    bound_usd: float
    prices: tuple[LinkPrice, ...]


class Whole(StrEnum):
    """What is whole in the statement of the program that a bound is of: its least cost, all else relaxed."""

    NOTHING = "nothing"
    COMMITMENTS = "commitments"
    CONTRACTS = "contracts"
    """Commitments and rents."""
    ALL = "all"


@dataclass(frozen=True)
class HullCut:
    """What a pool's traffic and replicas cost in a slot, with shared rows at some prices, is `least_usd` at least."""

    period: str
    block: str
    pool: str
    prices: int
    """Position among the prices stored."""
    least_usd: float


@dataclass(frozen=True)
class HullCuts:
    """Rows that a bound rests on, and what is whole beside them."""

    whole: Whole
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    """Shared rows: (family, index)."""
    prices: tuple[tuple[tuple[int, float], ...], ...]
    """(position of a row, usd of one more unit of it), where not 0."""
    cuts: tuple[HullCut, ...]


@dataclass(frozen=True)
class Need:
    """Every plan uses at least `share` times what there is of one of some rows: above 1 there is no plan."""

    rows: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class MethodResult:
    """The best decision found and the bound proved; `status` speaks of the gap asked for.

    `decision` is None where no plan was found: then `status` is `infeasible` or `no_plan`. `bound_usd` is a lower bound on
    the cost of every plan of these coefficients, or None.
    """

    status: str
    decision: Decision | None
    objective_usd: float | None
    bound_usd: float | None
    method: str
    solver: str
    solver_version: str
    limit: str
    wall_s: float
    columns: int
    rows: int
    integers: int
    log: str
    stages: tuple[StageBound, ...] = ()
    """Proofs of the stages asked for, where the goal is another than least expected cost; `bound_usd` then is None."""
    certificate: Certificate | None = None
    """What proves the bound; None where it rests on one engine's word."""
    prices: LinkPrices | None = None
    """Prices from which the bound, or most of it, can be proved again part by part; None where the program was not split."""
    hull: HullCuts | None = None
    """Rows that the bound rests on, one by one provable, and what is whole beside them; None where it rests on none."""
    need: Need | None = None
    """Where it is proved that there is no plan by what every plan would use."""
    short: tuple[tuple[str, float], ...] = ()
    """Where no plan was found because an amount that all share is scarce: its row, and the least share of it met, over 1."""
