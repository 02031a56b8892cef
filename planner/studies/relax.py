"""What to give up where nothing fits: the fewest promises, then the cheapest of that many, confirmed by solving with them."""

import dataclasses
import logging
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.errors import UnsatisfiableError
from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance
from planner.methods import MethodSettings, solve_one_of_many
from planner.options.calibrated import Calibration, load_calibration
from planner.options.prepare import prepare
from planner.pipeline import SolveSettings, read
from planner.plan.summary import money
from planner.program.elastic import Choice, Elastic, Slack
from planner.program.groups import Groups
from planner.solvers import Settings, Solution, Worker
from planner.studies.give_and_take import SHED_SPEND, SPEND_SHARE, Give
from planner.studies.loosened_instance import Edit, delivered, edited
from planner.studies.loosening import FACTORS, Loosened, TooManyError, loosened
from planner.studies.relaxation import Relaxation, keys_of, relaxations

log = logging.getLogger(__name__)

WAYS_MAX = 6
"""Ways out that are told, each of other kinds of promises."""
TRIES_MAX = 10
"""Points of the elastic program that are tried."""
STAGES = ((False, False), (True, False), (False, True))
"""(whether the market is widened, whether traffic may be turned away): later ones only where earlier ones have no way out."""
EDITS_TOLD = 6
"""Edits of a way out that are told to people."""
NO_WAY = "no way out was found among the promises that can be relaxed"
CUT = "the search was ended by the time limit; a longer --time-limit tries more"
LOOSENING_SHARE = 0.5
"""Share of the time left that finding the loosened options may take; the rest is for weighing and confirming them."""
CONFIRM_GAP = 0.01
"""Gap of the plan that confirms a way out."""


@dataclass(frozen=True)
class WayOut:
    """Promises to relax together, and the plan found with them relaxed."""

    relaxations: tuple[Relaxation, ...]
    priced_usd: float
    """By the conventions of `give_and_take`; ranks ways out, says nothing of the market."""
    is_confirmed: bool
    """Whether a plan was found with these promises relaxed and no other."""
    objective_usd: float | None
    bound_usd: float | None

    @property
    def text(self) -> str:
        """The relaxations in one sentence, with what the fleet then costs."""
        words = " and ".join(r.text for r in self.relaxations)
        return words if self.objective_usd is None else f"{words}; the fleet then costs {money(self.objective_usd)}"

    @property
    def edits(self) -> tuple[Edit, ...]:
        """Every edit of the instance that makes it."""
        return tuple(edit for r in self.relaxations for edit in r.edits)

    @property
    def edit_lines(self) -> list[str]:
        """Its edits, a line each, for people; beyond EDITS_TOLD only how many more."""
        told = [f"       {edit}" for edit in self.edits[:EDITS_TOLD]]
        more = len(self.edits) - EDITS_TOLD
        return [*told, f"       and {more} more (--format json tells all)"] if more > 0 else told

    def record(self) -> dict[str, Any]:
        """Returns the way out as plain JSON values."""
        rows = [
            {"promise": r.promise, "kind": r.kind, "text": r.text, "before": r.before, "after": r.after, "unit": r.unit,
             "edits": [str(edit) for edit in r.edits]}
            for r in self.relaxations
        ]  # fmt: skip
        facts = {name: getattr(self, name) for name in ("priced_usd", "is_confirmed", "objective_usd", "bound_usd", "text")}
        return {"relaxations": rows, **facts}


@dataclass(frozen=True)
class Relaxed:
    """The ways out of an instance without a solution, smallest first."""

    ways: tuple[WayOut, ...]
    promises: int
    """Promises that the smallest way out breaks."""
    is_fewest: bool
    """Whether it is proved that fewer are not enough, within the steps and amounts considered."""
    is_wide: bool
    """Whether the market was widened: then no promise of service, supply or policy helps by itself."""
    has_shedding: bool
    """Whether traffic is turned away: then nothing else on the grid helps."""
    unservable: tuple[str, ...]
    """Workloads that no option serves at any step of the grid; the ways out leave them out."""
    untried: str = ""
    """Why not everything was tried, in words; empty where the search came to its end."""

    @property
    def lines(self) -> list[str]:
        """The answer for people."""
        if not self.ways:
            return [f"no way out was found, but not all was tried: {self.untried}" if self.untried else NO_WAY]
        proof = "fewer are not enough" if self.is_fewest else "whether fewer are enough is not proved"
        count = f"{self.promises} promise{'s' * (self.promises != 1)}"
        found = [f"what to give up ({count}; {proof}), cheapest first; any one of these is enough:"]
        if self.is_wide:
            found.insert(0, "no promise of service, supply or policy helps by itself, so more has to be on offer")
        if self.has_shedding:
            found.insert(0, "no other promise helps, so traffic has to be turned away")
        for i, way in enumerate(self.ways, 1):
            found.append(f"  {i}. {way.text}" + ("" if way.is_confirmed else " (not confirmed)"))
            found += way.edit_lines
        if self.unservable:
            found.append(f"left out, as nothing on offer can serve them at any step: {', '.join(self.unservable)}")
        if self.untried:
            found.append(f"there may be other ways out: {self.untried}")
        return found

    def record(self) -> dict[str, Any]:
        """Returns the answer as plain JSON values, with the grid and the conventions of price."""
        grid = {"latency_factors": list(FACTORS), "prices_in_spend": {**SPEND_SHARE, "slo": 1.0, "shed": SHED_SPEND}}
        names = ("promises", "is_fewest", "is_wide", "has_shedding", "unservable", "untried")
        facts = {name: getattr(self, name) for name in names}
        return {**facts, "ways": [way.record() for way in self.ways], "grid": grid, "lines": self.lines}


def relax(instance: Instance, catalog: Catalog, calibration: Calibration, settings: MethodSettings) -> Relaxed:
    """Returns the smallest sets of promises with which an instance has a plan; `settings.time_limit_s` covers it all."""
    deadline = time.monotonic() + settings.time_limit_s
    if any(w.length_buckets > 1 for w in instance.settings.workloads):
        return Relaxed((), 0, False, False, False, (), "none is looked for with length classes; ask again with length_buckets 1")
    untried = ""
    for is_wide, has_shedding in STAGES:
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            return Relaxed((), 0, False, False, False, (), CUT)
        stop = deadline - (1 - LOOSENING_SHARE) * left_s
        try:
            found = loosened(instance, catalog, calibration, is_wide, stop)
        except UnsatisfiableError:
            untried = CUT if time.monotonic() > stop else untried
            continue
        except TooManyError as error:
            untried = str(error)
            continue
        untried = CUT if found.is_cut else untried
        give = _routable(Give(found, instance, has_shedding))
        if give.loosened.unservable and not has_shedding:
            continue
        log.info("looking for ways out%s%s", ", market widened" * is_wide, ", traffic turned away" * has_shedding)
        ways, fewest, is_proved = _ways(give, catalog, calibration, settings, deadline)
        untried = CUT if time.monotonic() > deadline else untried
        if ways:
            proved = is_proved and not found.is_cut
            return Relaxed(tuple(ways), fewest, proved, is_wide, has_shedding, give.loosened.unservable, untried)
    return Relaxed((), 0, False, False, False, (), untried)


def what_to_give_up(path: Path, settings: SolveSettings, overrides: Mapping[str, Any] | None, time_limit_s: float) -> Relaxed:
    """Returns the ways out of an instance by its path, found within a time limit."""
    instance, catalog = read(path, overrides)
    own = instance.settings.tables.calibration
    calibration = load_calibration(instance.folder / own if own else None)
    asked = MethodSettings(settings.solver, settings.gap, time_limit_s, settings.threads, settings.seed)
    return relax(instance, catalog, calibration, asked)


def _routable(give: Give) -> Give:
    """Returns the give with the demand of workloads that no route carries left out."""
    lost = {key[0] for key in give.groups.unroutable}
    if not lost:
        return give
    c = give.loosened.coefficients
    demand = c.demand.assign(requests_per_s=c.demand["requests_per_s"].where(~c.demand["workload"].isin(lost), 0.0))
    left: Loosened = dataclasses.replace(
        give.loosened, coefficients=c.with_tables(demand=demand), unservable=(*give.loosened.unservable, *sorted(lost))
    )
    return dataclasses.replace(give, loosened=left)


def _ways(
    give: Give, catalog: Catalog, calibration: Calibration, settings: MethodSettings, deadline: float
) -> tuple[list[WayOut], int, bool]:
    """Returns the ways out that break the fewest promises, cheapest first, their number and whether it is proved."""
    elastic = give.elastic()
    ways: list[WayOut] = []
    with Worker() as worker:
        first = worker.solve(elastic.counting(), _settings(settings, deadline, 0.9))
        if first.values is None or first.objective is None:
            return [], 0, False
        fewest = max(1, round(first.objective))
        is_proved = first.bound is not None and first.bound > fewest - 1 + 1e-6
        for _ in range(TRIES_MAX):
            if len(ways) >= WAYS_MAX or time.monotonic() > deadline:
                break
            point = worker.solve(elastic.pricing(fewest), _settings(settings, deadline, 0.0))
            if point.values is None:
                break
            way = _told(give, catalog, elastic, point)
            confirmed = way if not way.edits else _confirmed(give, way, catalog, calibration, settings, deadline)
            log.info("way out: %s; %s", way.text, "confirmed" if confirmed.is_confirmed else "not confirmed")
            names = {r.promise for r in way.relaxations}
            if confirmed.is_confirmed:
                ways.append(confirmed)
                kinds = {_likeness(give, promise) for promise in names}
                names = {promise for promise, _ in elastic.choices if _likeness(give, promise) in kinds}
            elif time.monotonic() > deadline and not ways:
                ways.append(way)
            if not names:
                break
            elastic = elastic.without(names, len(way.relaxations) - 1.0)
    return sorted(ways, key=lambda way: (len(way.relaxations), way.priced_usd)), fewest, is_proved


def _likeness(give: Give, promise: str) -> str:
    """Returns what a promise is like: two ways out that are alike but for the seller are told as one."""
    kind, subject = promise.split("|")[:2]
    if kind != "supply":
        return kind
    offer = give.groups.offers[subject]
    return f"supply of {offer['node_type']} in {offer['region']}"


def _settings(settings: MethodSettings, deadline: float, absolute_gap: float) -> Settings:
    left_s = max(1.0, deadline - time.monotonic())
    return Settings(
        solver=settings.solver, time_limit_s=left_s, relative_gap=0.0 if absolute_gap else 1e-4,
        absolute_gap=max(absolute_gap, 1e-6), threads=settings.threads, seed=settings.seed, log=False,
    )  # fmt: skip


def _told(give: Give, catalog: Catalog, elastic: Elastic, point: Solution) -> WayOut:
    assert point.values is not None
    amounts: Sequence[tuple[Slack, float]] = elastic.amounts(point.values)
    broken: list[Choice] = elastic.broken(point.values)
    limits = give.instance.settings.limits
    places = {slack.row: give.instance.limit_position(slack.promise.split("|")[1]) for slack, _ in amounts}
    promised = {row: 0.0 if i is None else limits[i].value for row, i in places.items()}
    shares = {row: elastic.share(row, value, point.values) for row, value in promised.items()}
    told = relaxations(give, catalog, broken, keys_of(give.compiled.problem.row_names, amounts), shares)
    return WayOut(told, float(point.objective or 0.0), False, None, None)


def _confirmed(
    give: Give, way: WayOut, catalog: Catalog, calibration: Calibration, settings: MethodSettings, deadline: float
) -> WayOut:
    """Returns the way out with the plan of the instance in which these promises, and no other, are relaxed."""
    lost = give.loosened.unservable
    instance = edited(give.instance, way.edits)
    if lost:
        instance = _without(instance, lost)
    if time.monotonic() > deadline:
        return way
    try:
        coefficients = delivered(prepare(instance, catalog, calibration).coefficients, way.edits)
    except UnsatisfiableError:
        return way
    groups = Groups(coefficients)
    if groups.unroutable:
        return way
    limit_s = max(1.0, (deadline - time.monotonic()) / 2)
    result = solve_one_of_many(groups, dataclasses.replace(settings, relative_gap=CONFIRM_GAP, time_limit_s=limit_s))
    if result.decision is None or result.objective_usd is None:
        return way
    bound = None if result.bound_usd is None or not math.isfinite(result.bound_usd) else result.bound_usd
    return dataclasses.replace(way, is_confirmed=True, objective_usd=result.objective_usd, bound_usd=bound)


def _without(instance: Instance, lost: Sequence[str]) -> Instance:
    """Returns the instance without some workloads."""
    settings = instance.settings
    kept = tuple(w for w in settings.workloads if w.workload not in lost)
    pools = tuple(p for p in settings.pools if not set(p.workloads) & set(lost))
    tables = {
        name: frame[~frame["workload"].isin(lost)] if "workload" in frame.columns else frame
        for name, frame in instance.tables.items()
    }
    demand = instance.demand[~instance.demand["workload"].isin(lost)]
    return dataclasses.replace(
        instance, settings=settings.model_copy(update={"workloads": kept, "pools": pools}), demand=demand, tables=tables
    )
