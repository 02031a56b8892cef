"""Hull cuts hold in every plan whatever is stored, and with them the relaxation proves what a method's bound rests on."""

import dataclasses
import json
import math
import shutil
import time

import numpy as np
import pytest

from planner.certify.arrays import Sheet
from planner.certify.facts import facts_of
from planner.certify.hull import Hulled, hulled, loosened
from planner.certify.recheck import recheck
from planner.certify.statement import COVER, whole_program
from planner.certify.stored import HULL_FILE, StoredCut, StoredHull, hull_of
from planner.errors import InputError
from planner.methods import MethodSettings, solve_program
from planner.methods.result import Whole
from planner.options.coefficients import Coefficients
from planner.pipeline import SolveSettings, make_plan
from planner.plan.files import read_facts
from planner.program.groups import Groups
from planner.solvers import Settings, Status, solve_here
from tests.oracles.brute_force import least_cost_usd
from tests.oracles.coupled_worlds import tight
from tests.plan.damage import edit_facts
from tests.small_instances import write_instance
from tests.worlds import random_world, tiny

EXACT = Settings(relative_gap=1e-9, threads=1, log=False)


def with_cuts(sheet: Sheet, stored: StoredHull, seconds: float = 60.0) -> Hulled:
    return hulled(sheet, stored, "highs", time.monotonic() + seconds, 1)


def at_any(world: Coefficients, rng: np.random.Generator, scale_usd: float, said_usd: float = 1.0) -> StoredHull:
    """Returns a cut of every pool in every slot at random prices, some of them below 0."""
    f = facts_of(world)
    names = list(whole_program(f).names.values())
    prices = [[(name, float(rng.uniform(-0.2, 1.0)) * scale_usd) for name in names] for _ in range(3)]
    cuts = [StoredCut(slot, pool, k, said_usd) for slot in f.slots for pool in sorted(set(f.pool.values())) for k in range(3)]
    return StoredHull("all", prices, cuts)


def test_the_hand_worlds_relaxation_is_whole_under_one_cut_a_slot() -> None:
    """3 + 1 + 5 + 2 replicas of 150 usd each at the price of rented halves of a node; at 0 a cut asks for nothing."""
    f = facts_of(tiny())
    sheet = whole_program(f)
    prices = [[(name, 150.0) for name in sheet.names.values()], [(name, 0.0) for name in sheet.names.values()]]
    cuts = [StoredCut(slot, pool, k, 1.0) for slot in f.slots for pool in sorted(set(f.pool.values())) for k in (0, 1)]
    found = with_cuts(sheet, StoredHull("all", prices, cuts))
    own = sheet.problem()

    assert found.problem.rows - own.rows == len(f.slots)
    assert solve_here(found.problem, EXACT).objective == pytest.approx(least_cost_usd(tiny()))
    low, high = (solve_here(problem.relaxed(), EXACT).objective for problem in (own, found.problem))
    assert low is not None
    assert high is not None
    assert low < high - 1.0


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("scale_usd", [30.0, 300.0, 3000.0])
def test_cuts_at_any_prices_leave_the_least_cost_and_raise_the_relaxation(seed: int, scale_usd: float) -> None:
    world, rng = random_world(seed), np.random.default_rng(seed)
    sheet, optimum_usd = whole_program(facts_of(world)), least_cost_usd(world)
    found = with_cuts(sheet, at_any(world, rng, scale_usd))
    solution = solve_here(found.problem, EXACT)

    if math.isinf(optimum_usd):
        assert solution.status == Status.INFEASIBLE
    else:
        assert solution.objective == pytest.approx(optimum_usd, abs=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_cuts_under_a_budget_leave_the_least_cost(seed: int) -> None:
    (world, optimum_usd), rng = tight(seed), np.random.default_rng(seed)
    found = with_cuts(whole_program(facts_of(world)), at_any(world, rng, 300.0))

    assert solve_here(found.problem, EXACT).objective == pytest.approx(optimum_usd, abs=0.01)


def test_what_a_cut_says_counts_for_nothing() -> None:
    """Cuts that claim a hundred times too much are proved at what they are worth, and told."""
    world = random_world(1)
    sheet = whole_program(facts_of(world))
    honest, loud = (with_cuts(sheet, at_any(world, np.random.default_rng(1), 300.0, said)) for said in (1e-3, 1e9))

    assert np.array_equal(honest.problem.values, loud.problem.values)
    assert loud.proved == 0
    assert loud.odd == [f"{loud.cuts} of {loud.cuts} stored hull cuts count for less than they say"]


def test_cuts_of_what_is_not_stated_and_cuts_without_time_are_left_out() -> None:
    sheet = whole_program(facts_of(tiny()))
    name, slot = next(iter(sheet.names.values())), facts_of(tiny()).slots[0]
    pool = next(iter(facts_of(tiny()).pool.values()))
    prices = [[(name, 100.0)], [((COVER, "moon", "here", *slot), 100.0)]]
    cuts = [StoredCut(slot, pool, 0, 1.0), StoredCut(slot, "nobody", 0, 1.0), StoredCut(slot, pool, 1, 1.0)]
    found = with_cuts(sheet, StoredHull("all", prices, cuts))
    late = with_cuts(sheet, StoredHull("all", prices, cuts), seconds=-1.0)

    assert (found.unknown, found.proved, found.problem.rows) == (2, 1, sheet.problem().rows + 1)
    assert found.odd == ["2 of 3 stored hull cuts are of what is not stated"]
    assert (late.proved, late.late, late.problem.rows) == (0, 1, sheet.problem().rows)
    assert late.odd[1:] == ["1 of 3 stored hull cuts were not proved to the end in the time"]


def test_a_cut_with_entries_that_no_engine_is_exact_beside_is_left_out() -> None:
    """Two replicas on a or b, one more on c that pays 1 usd: 199 usd at least. Where something pays no entry is cut down to 1."""
    sheet, slot = Sheet(), ("q1", "day")
    for node in "abc":
        sheet.column(("d", slot, "chat", node, "here"), most=2.0 if node != "c" else 1.0)
        sheet.column(("rent", node, *slot), 300.0)
        sheet.row({("d", slot, "chat", node, "here"): 1.0, ("rent", node, *slot): -1.0}, most=0.0, name=(COVER, node))
    sheet.row({("d", slot, "chat", node, "here"): 1.0 for node in "ab"}, least=2.0)
    sheet.row({("d", slot, "chat", node, "here"): 1.0 for node in "abc"}, most=3.0)
    cut = StoredCut(slot, "chat", 0, 199.0)
    prices = [[[((COVER, "a"), usd), ((COVER, "b"), 100.0), ((COVER, "c"), -1.0)]] for usd in (1000.0, 9e14)]
    fair, far = (with_cuts(sheet, StoredHull("all", mine, [cut])) for mine in prices)

    assert (fair.proved, far.proved) == (1, 1)
    assert fair.problem.rows == sheet.problem().rows + 1
    assert far.problem.rows == sheet.problem().rows
    assert solve_here(fair.problem, EXACT).objective == pytest.approx(600.0)


def test_prices_that_no_engine_takes_are_refused() -> None:
    sheet = whole_program(facts_of(tiny()))
    slot, pool = facts_of(tiny()).slots[0], next(iter(facts_of(tiny()).pool.values()))
    prices = [[(name, 9e20) for name in sheet.names.values()]]
    with pytest.raises(InputError, match="costs under 1e20 usd"):
        with_cuts(sheet, StoredHull("all", prices, [StoredCut(slot, pool, 0, 1.0)]))


@pytest.mark.parametrize(("whole", "kept"), [("nothing", set()), ("commitments", {"order"}), ("contracts", {"order", "rent"})])
def test_what_is_loosened_keeps_its_contracts_whole(whole: str, kept: set[str]) -> None:
    sheet = whole_program(facts_of(tiny()))
    problem = sheet.problem()
    found = loosened(problem, sheet, whole).is_integer
    names = [name for name in sheet.columns if isinstance(name, tuple)]

    assert {name[0] for name, is_whole in zip(names, found.tolist(), strict=True) if is_whole} == kept
    assert loosened(problem, sheet, "all") is problem


@pytest.mark.parametrize("seed", range(6))
def test_the_cuts_that_a_method_stores_prove_its_bound(seed: int) -> None:
    """With what it says is whole, under the rows proved here: no less than its bound, and no more than the least cost."""
    world = random_world(seed)
    result = solve_program(Groups(world), MethodSettings(relative_gap=1e-6, time_limit_s=20.0, threads=1), "partwise")
    if result.hull is None or result.bound_usd is None:
        pytest.skip("no hull cut was made")
    stored, sheet = hull_of(json.dumps(dataclasses.asdict(result.hull))), whole_program(facts_of(world))
    found = with_cuts(sheet, stored)
    least = solve_here(loosened(found.problem, sheet, stored.whole), EXACT).bound

    assert (found.unknown, found.proved) == (0, found.cuts)
    assert least is not None
    assert result.bound_usd - 1e-5 * abs(result.bound_usd) - 0.01 <= least <= least_cost_usd(world) + 0.01


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """A plan of a small fleet whose bound is that of whole commitments under hull cuts."""
    root = tmp_path_factory.mktemp("hull")
    limits = [{"limit": "cash", "kind": "budget_usd", "value": 900_000_000}]
    wish = write_instance(root / "wish", {"limits": limits, "supply.nodes_max_per_offer": 40}, requests_per_s=300.0)
    make_plan(wish, root / "plan", SolveSettings(method="partwise", gap=1e-6, time_limit_s=10, threads=2))
    return root / "plan"


def test_a_plan_stores_its_hull_cuts_and_is_proved_again_by_them(plan) -> None:
    found = recheck(plan, 60.0, threads=2)

    assert (plan / HULL_FILE).exists()
    assert found.is_reproved, found.lines
    assert found.cuts_reproved == found.cuts > 0
    assert "hull cuts and" in found.lines[0]


@pytest.mark.parametrize("factor", [0.0, 5.0])
def test_cuts_at_worse_prices_never_prove_a_false_claim(plan, tmp_path, factor: float) -> None:
    """The claim is 1 % above the plan itself."""
    folder = shutil.copytree(plan, tmp_path / "plan")
    record = json.loads((folder / HULL_FILE).read_text())
    record["prices"] = [[[row, factor * usd] for row, usd in mine] for mine in record["prices"]]
    record["cuts"] = [{**cut, "least_usd": 10 * cut["least_usd"]} for cut in record["cuts"]]
    (folder / HULL_FILE).write_text(json.dumps(record))
    cost = read_facts(folder).objective_usd
    edit_facts(folder, bound_usd=cost * 1.01, objective_usd=cost * 1.02, gap=0.01 / 1.02)
    found = recheck(folder, 30.0, threads=2)

    assert not found.is_reproved
    assert "usd" in found.contradiction


def test_what_is_whole_is_tried_first_and_then_the_whole_program(plan, tmp_path) -> None:
    """With nothing said to be whole the relaxation falls short, and the whole program proves the rest."""
    folder = shutil.copytree(plan, tmp_path / "plan")
    record = json.loads((folder / HULL_FILE).read_text())
    (folder / HULL_FILE).write_text(json.dumps({**record, "whole": Whole.NOTHING, "cuts": record["cuts"][:1]}))
    found = recheck(folder, 60.0, threads=2)

    assert (found.kind, found.whole, found.cuts) == ("tree", "all", 1)
    assert found.is_reproved, found.lines
