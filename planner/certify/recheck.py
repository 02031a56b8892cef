"""`audit --deep`: a plan's bound proved again by the other engine, as far as the time allows."""

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from planner.certify.answer import Recheck, noise
from planner.certify.arrays import Sheet
from planner.certify.at_prices import least_at
from planner.certify.decomposition import Claims, Cut, claim_faults, is_harder, master, oracle, strange_cells
from planner.certify.facts import Facts, facts_of
from planner.certify.hull import hulled, loosened
from planner.certify.scope import unsupported
from planner.certify.statement import whole_program
from planner.certify.stored import StoredHull, StoredPrices, read_claims, read_hull, read_prices
from planner.certify.tree import grown, start_of
from planner.errors import InputError
from planner.plan.files import read_plan, read_plan_inputs
from planner.plan.plan import PlanTables
from planner.solvers import Problem, Settings, Solution, Status, Worker, dual_bound, solve_many

OTHER = {"highs": "scip", "scip": "highs"}
PASSES = 3
"""Times that cuts not reached are asked again, while there is time for cuts."""
WHOLE_SHARE = 0.5
"""Share of the time for the whole program, where a certificate's cuts alone may not reach its bound."""
RELAXED_SHARE = 0.1
"""Share of the time at most for the relaxation of the whole program, which is a bound of its own."""
RELAXED_LEAST_S = 2.0
"""Seconds that it always gets."""
WIDE_COLUMNS = 20_000
"""Columns from which on the interior point is the sooner way to its duals: L low under 971 hull cuts has 69,700 and takes 28 s;
GLOP takes 65 s, SCIP is not done after 100."""
PRICES_SHARE = 0.6
"""Share of the time for the parts at stored prices."""
PRICES_SHARE_SHORT = 0.1
"""The same where they are not said to prove the whole bound."""
HULL_SHARE, HULL_SHARE_ALONE = 0.4, 0.75
"""Share of the time then left for the hull cuts; the second where nothing is whole in the program that the bound is of."""
LOOSE_SHARE = 0.7
"""Share of the time then left for the program in which contracts or commitments alone are whole."""
START_SHARE = 0.2
"""Share of the time left at most for finding the plan in the certifier's columns."""
WHOLE_LEAST_S = 5.0
"""Seconds under which the whole program is not begun with."""
CUT_SHARE = 0.7
"""Share of the time for cuts; the master has the rest."""


@dataclass(frozen=True, eq=False)
class _Asked:
    """What is to be proved again, with what, by when."""

    f: Facts
    tables: PlanTables
    claimed: float
    hull: StoredHull | None
    engine: str
    deadline: float
    threads: int

    @property
    def left_s(self) -> float:
        return self.deadline - time.monotonic()

    def nothing(self, kind: str) -> Recheck:
        """Returns what is known before anything is proved."""
        return Recheck(kind, self.claimed, None, self.engine, 0, 0, 0.0, "", "")


def recheck(folder: Path, time_limit_s: float, threads: int = 1) -> Recheck:
    """Returns what of a plan's bound another engine proves again within the time; reads the plan's folder alone."""
    began = time.monotonic()
    plan, coefficients = read_plan(folder), read_plan_inputs(folder).coefficients
    facts = plan.facts
    engine = OTHER.get(facts.solver, "highs")
    nothing = Recheck("none", facts.bound_usd, None, "", 0, 0, 0.0, "", "")
    why = unsupported(coefficients, facts.goal)
    if facts.bound_usd is None or why:
        return dataclasses.replace(nothing, reason=f"the certifier does not state {why}" if why else "")
    f, claims, prices = facts_of(coefficients), read_claims(folder), read_prices(folder)
    asked = _Asked(f, plan.tables, facts.bound_usd, read_hull(folder), engine, began + time_limit_s, threads)
    found = _tree(asked) if claims is None and prices is None else _by_files(asked, claims, prices)
    return dataclasses.replace(found, wall_s=time.monotonic() - began, left_out=f.left_out).beside(facts.objective_usd)


def _by_files(asked: _Asked, claims: Claims | None, prices: StoredPrices | None) -> Recheck:
    """Returns what is proved by the relaxation of the whole program, or else by what the plan stored and the whole program."""
    usd = _relaxed_usd(whole_program(asked.f).problem(), RELAXED_SHARE * asked.left_s)
    relaxed = dataclasses.replace(asked.nothing("relaxation"), reproved_usd=usd)
    if relaxed.is_reproved:
        return relaxed
    if claims is None:
        assert prices is not None
        found = _at_prices(asked, prices)
    else:
        found = _decomposition(asked, claims, asked.deadline - WHOLE_SHARE * asked.left_s)
        if not found.is_reproved and not found.contradiction and asked.left_s >= WHOLE_LEAST_S:
            found = _better(found, _tree(asked))
    if found.contradiction or _proved(found) >= _proved(relaxed):
        return found
    return dataclasses.replace(found, kind=relaxed.kind, reproved_usd=relaxed.reproved_usd)


def _at_prices(asked: _Asked, prices: StoredPrices) -> Recheck:
    """Returns what parts prove at stored prices; where that is less than the claim, the whole program has the time left."""
    may_reach = prices.bound_usd >= asked.claimed - noise(asked.claimed)
    if asked.hull is not None and not may_reach:
        return _tree(asked)  # hull cuts at those prices and others prove more
    share = PRICES_SHARE if may_reach else PRICES_SHARE_SHORT
    until = asked.deadline - (1 - share) * asked.left_s
    found = dataclasses.replace(least_at(asked.f, prices.usd, asked.engine, until, asked.threads), stored_usd=prices.bound_usd)
    proved = found.usd if np.isfinite(found.usd) else None
    base = dataclasses.replace(
        asked.nothing("prices"), reproved_usd=proved, cuts=found.parts, cuts_reproved=found.parts_proved, at_prices=found
    )
    if base.is_reproved:
        return base
    odd = found.odd(noise(prices.bound_usd))
    if asked.left_s < WHOLE_LEAST_S:
        left = f"it rests on {OTHER[asked.engine]}'s word, and there was no time left for the whole program"
        return dataclasses.replace(base, reason="; ".join(odd or [left]))
    best = _better(base, _tree(asked))
    why = f"it rests on {OTHER[asked.engine]}'s word" if best is base else best.reason
    return dataclasses.replace(best, at_prices=found, reason="" if best.is_reproved else "; ".join([*odd, why]))


def _is_plain(f: Facts) -> bool:
    """Says whether cells are as stated: no limit, price or rule in the problem that could make one of them dearer."""
    return not (f.left_out or f.limits or f.calls or f.prices.refused or f.parts or f.spot_share)


def _better(cuts: Recheck, whole: Recheck) -> Recheck:
    """Returns the recheck that proves more, or shows the claim to be false."""
    if whole.contradiction or whole.is_reproved or _proved(whole) > _proved(cuts):
        return whole
    return cuts


def _proved(found: Recheck) -> float:
    return -np.inf if found.reproved_usd is None else found.reproved_usd


def _decomposition(asked: _Asked, claims: Claims, deadline: float) -> Recheck:
    f, claimed, engine, threads = asked.f, asked.claimed, asked.engine, asked.threads
    base = asked.nothing("decomposition")
    if strange := strange_cells(f, claims):
        raise InputError(strange)
    faults = claim_faults(f, claims)
    if faults:
        told = f"the certificate does not fit what is stated ({faults[0]})"
        return dataclasses.replace(base, contradiction=str(faults[0])) if _is_plain(f) else dataclasses.replace(base, reason=told)
    asks = _asks(f, claims)
    until = time.monotonic() + CUT_SHARE * (deadline - time.monotonic())
    bounds: dict[int, float] = {}
    for _ in range(PASSES):
        left = [k for k, (cut, _, _) in enumerate(asks) if bounds.get(k, -np.inf) < cut.bound_usd - noise(cut.bound_usd)]
        told = _prove(f, claims, asks, left, bounds, engine, until, threads)
        if told:
            return dataclasses.replace(base, contradiction=told)
    held = [(i, asks[k][0], bound) for k, bound in bounds.items() if bound > 0 for i in asks[k][2]]
    done = [k for k, bound in bounds.items() if bound >= asks[k][0].bound_usd - noise(asks[k][0].bound_usd)]
    reached = sum(len(asks[k][2]) for k in done)
    problem = master(f, claims, held)
    settings = Settings(
        engine, max(2.0, deadline - time.monotonic()), relative_gap=1e-6, threads=1 if engine == "scip" else threads, log=False
    )
    with Worker() as worker:
        answer = worker.solve(problem, settings, lambda p: p.bound is not None and p.bound >= claimed)
    total = sum(len(cells) for _, _, cells in asks)
    missing = [] if reached == total else [f"{total - reached} of {total} cuts were not reached in the time"]
    missing += ["the master was stopped"] if answer.status not in (Status.OPTIMAL, Status.INFEASIBLE) else []
    missing += ["the rest rests on the first engine's word"] if not missing else []
    found = dataclasses.replace(base, reproved_usd=answer.bound, cuts=total, cuts_reproved=reached)
    return found if found.is_reproved else dataclasses.replace(found, reason="; ".join(missing))


def _relaxed_usd(problem: Problem, seconds: float) -> float | None:
    """Returns what the duals of a problem's relaxation prove, where they are found in the time: they need no engine's word."""
    native = {"solver": "ipm"} if problem.columns >= WIDE_COLUMNS else {}
    relaxed = problem.relaxed()
    with Worker() as worker:
        duals = worker.solve(
            relaxed, Settings("highs", max(RELAXED_LEAST_S, seconds), threads=1, log=False, native=native)
        ).row_duals
    usd = -np.inf if duals is None else dual_bound(relaxed, duals)
    return usd if np.isfinite(usd) else None


def _prove(
    f: Facts, claims: Claims, asks: "Sequence[Ask]", wanted: Sequence[int], bounds: dict[int, float], engine: str, until: float,
    threads: int,
) -> str:  # fmt: skip
    """Asks cells until the time is over and keeps what is proved in `bounds`; returns a cut that is false, if one is."""
    step = 2 * threads
    for start in range(0, len(wanted), step):
        left_s = until - time.monotonic()
        if left_s <= 0:
            break
        batch = wanted[start : start + step]
        rounds = -(-len(batch) // threads)
        each_s = min(left_s / rounds, max(1.0, 4 * left_s * threads / (len(wanted) - start)))
        for k, solution in zip(batch, _solved(f, claims, [asks[k] for k in batch], engine, each_s, threads), strict=True):
            cut, source, _ = asks[k]
            is_below = solution.objective is not None and solution.objective < cut.bound_usd - noise(cut.bound_usd)
            if is_below and _is_plain(f):
                where = "/".join(claims.cells[source].slot)
                return f"{where} can be served at {solution.objective or 0.0:.2f} usd, a cut says {cut.bound_usd:.2f}"
            proved = -np.inf if solution.bound is None else min(cut.bound_usd, solution.bound)
            bounds[k] = max(bounds.get(k, -np.inf), float(proved))
    return ""


Ask = tuple[Cut, int, list[int]]
"""(cut, cell to solve, cells that it then holds in)"""


def _asks(f: Facts, claims: Claims) -> list[Ask]:
    """Returns each cut with the easiest of its cells, and alone with those that are not proved to be harder."""
    found: list[Ask] = []
    for cut in claims.cuts:
        cells = list(cut.cells)
        while cells:
            easiest = min(cells, key=lambda i: sum(v for k, v in f.demand.items() if k[1:] == claims.cells[i].slot))
            held = [i for i in cells if i == easiest or is_harder(f, claims.cells[i], claims.cells[easiest])]
            found.append((cut, easiest, held))
            cells = [i for i in cells if i not in held]
    return found


def _solved(f: Facts, claims: Claims, asks: Sequence[Ask], engine: str, seconds: float, threads: int) -> Sequence[Solution]:
    problems = [oracle(f, claims, claims.cells[source], cut.prices) for cut, source, _ in asks]
    settings = Settings(engine, seconds, relative_gap=1e-4, threads=1, log=False)
    return solve_many(problems, settings, processes=min(threads, len(problems)))


def _tree(asked: _Asked) -> Recheck:
    """Returns what is proved of the whole program: under the hull cuts that are stored and proved again, or as it is stated.

    Where a plan says that its bound is of contracts or commitments alone whole, so it is here first: that is much sooner done.
    """
    sheet, base, odd, turns = whole_program(asked.f), asked.nothing("tree"), list[str](), ["all"]
    problem = sheet.problem()
    if asked.hull is not None:
        share = HULL_SHARE_ALONE if asked.hull.whole == "nothing" else HULL_SHARE
        found = hulled(sheet, asked.hull, asked.engine, asked.deadline - (1 - share) * asked.left_s, asked.threads)
        problem, odd, turns = found.problem, found.odd, list(dict.fromkeys([asked.hull.whole, "all"]))
        usd = _relaxed_usd(problem, share * asked.left_s)
        base = dataclasses.replace(base, kind="hull", reproved_usd=usd, cuts=found.cuts, cuts_reproved=found.proved)
    for whole in turns:
        until = asked.deadline if whole == "all" else asked.deadline - (1 - LOOSE_SHARE) * asked.left_s
        is_over = asked.hull is not None and asked.left_s < WHOLE_LEAST_S
        if whole != "nothing" and not (is_over or base.is_reproved or base.contradiction):
            base = _better(base, _turn(asked, sheet, problem, whole, until, base))
    if base.is_reproved or base.contradiction:
        return base
    told = [*odd, *([base.reason] if base.reason else [])]
    return dataclasses.replace(base, reason="; ".join(told or ["the whole program was stopped by the time"]))


def _turn(asked: _Asked, sheet: Sheet, problem: Problem, whole: str, until: float, before: Recheck) -> Recheck:
    """Returns what trees prove of a problem of the sheet's columns in which so much is whole; all else is as before."""
    is_all, base = whole == "all", dataclasses.replace(before, kind="tree", whole=whole, reason="")
    start = start_of(sheet, asked.f, asked.tables, problem, asked.engine, START_SHARE * asked.left_s) if is_all else None
    if start is not None and not asked.f.left_out and problem.objective(start) < asked.claimed - noise(asked.claimed):
        return dataclasses.replace(base, contradiction=f"the plan itself costs {problem.objective(start):.2f} usd")
    stated = loosened(problem, sheet, whole)
    found = grown(stated, start, asked.claimed, noise(asked.claimed), asked.engine, until, asked.threads, not is_all)
    if found.below_usd is None or not is_all:
        return dataclasses.replace(base, reproved_usd=found.usd)
    if asked.f.left_out:
        return dataclasses.replace(base, reproved_usd=found.usd, reason="what is left out may be what raises the cost so far")
    return dataclasses.replace(base, contradiction=f"{asked.engine} finds a plan of {found.below_usd:.2f} usd")
