"""A bound from prices: by hand, never above the least cost whatever the prices are, and from what a plan stores."""

import dataclasses
import json
import math
import shutil
import time
from types import SimpleNamespace

import numpy as np
import pytest

from planner.certify.arrays import Sheet
from planner.certify.at_prices import AtPrices, least_at, parts_of, priced
from planner.certify.facts import facts_of
from planner.certify.recheck import recheck
from planner.certify.statement import COVER, whole_program
from planner.certify.stored import HULL_FILE, PRICES_FILE, prices_of
from planner.errors import InputError
from planner.methods import MethodSettings, solve_program
from planner.pipeline import SolveSettings, make_plan
from planner.plan.files import read_facts
from planner.plan.plan import BY_PRICES
from planner.program.groups import Groups
from planner.solvers import Settings, Worker, solve_here
from tests.certify.test_families import MAKERS
from tests.oracles.brute_force import least_cost_usd
from tests.oracles.coupled_worlds import tight
from tests.plan.damage import edit_facts
from tests.policy_worlds import limited, powered
from tests.small_instances import write_instance
from tests.uncertain_worlds import in_scenarios
from tests.worlds import random_world, tiny


def least_usd(world, usd) -> AtPrices:
    """Returns what is proved at the prices that a function gives the names of rows."""
    f = facts_of(world)
    names = whole_program(f).names.values()
    return least_at(f, {name: usd(name) for name in names}, "highs", time.monotonic() + 60.0, 1)


@pytest.mark.parametrize(("usd", "bound_usd"), [(0.0, 0.0), (150.0, 1650.0), (200.0, 2200.0 - 50 * 400.0)])
def test_the_hand_world_costs_eleven_replicas_less_what_orders_earn(usd: float, bound_usd: float) -> None:
    """3 + 1 + 5 + 2 replicas; a node reserved from the first period costs 1,200 usd and gives 2 accelerators in 4 slots."""
    found = least_usd(tiny(), lambda _: usd)

    assert found.usd == pytest.approx(bound_usd)
    assert found.parts == found.parts_proved


@pytest.mark.parametrize("usd", [0.0, 150.0, 200.0])
def test_parts_that_no_time_is_left_for_count_as_their_relaxation(usd: float) -> None:
    f = facts_of(tiny())
    prices = dict.fromkeys(whole_program(f).names.values(), usd)
    late = least_at(f, prices, "scip", time.monotonic() - 1.0, 1)
    sheet = whole_program(f)
    loose, worth = priced(sheet.problem(), sheet.names, prices, are_contracts(sheet))

    assert late.parts_proved == 0
    assert late.usd == pytest.approx(worth + solve_here(loose.relaxed(), Settings(log=False)).objective)
    assert late.odd(0.01) == [f"{late.parts} of {late.parts} parts were not proved to the end and count as far as they were"]


@pytest.mark.parametrize("limit_s", [0.5, 3.0, 600.0])
def test_parts_that_use_all_the_time_they_get_end_in_time(limit_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]

    class Slow(Worker):
        def solve(self, problem, settings, progress=None):
            clock[0] += settings.time_limit_s
            return dataclasses.replace(solve_here(problem, Settings(log=False)), bound=None, row_duals=None)

    monkeypatch.setattr("planner.certify.at_prices.Worker", Slow)
    monkeypatch.setattr("planner.certify.at_prices.time", SimpleNamespace(monotonic=lambda: clock[0]))
    f = facts_of(tiny())
    found = least_at(f, dict.fromkeys(whole_program(f).names.values(), 150.0), "highs", limit_s, 1)

    assert limit_s / 2 < clock[0] <= limit_s * (1 + 1e-9)
    assert (found.parts_proved, math.isfinite(found.usd)) == (0, True)


@pytest.mark.parametrize("seed", range(10))
def test_no_prices_prove_more_than_the_least_cost(seed: int) -> None:
    world, rng = random_world(seed), np.random.default_rng(seed)
    optimum_usd = least_cost_usd(world)
    for scale in (30.0, 300.0):
        least = least_usd(world, lambda _, scale=scale: float(rng.uniform(0, scale))).usd
        assert least <= optimum_usd + 1e-6 * (1 + abs(optimum_usd)) or math.isinf(optimum_usd)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("method", ["recourse", "partwise"])
def test_prices_of_a_method_prove_its_bound_from_prices(seed: int, method: str) -> None:
    """Parts may be worth more than what was proved of them on the way, never less."""
    world = random_world(seed)
    result = solve_program(Groups(world), MethodSettings(relative_gap=1e-6, time_limit_s=20.0, threads=1), method)
    if result.prices is None:
        pytest.skip("outer took over and split nothing")
    least = stored(world, result.prices).usd

    assert least >= result.prices.bound_usd - 1e-6 * abs(result.prices.bound_usd) - 0.01
    assert least <= least_cost_usd(world) + 0.01


def stored(world, prices) -> AtPrices:
    """Returns what a method's prices prove once they are stored and read again."""
    read = prices_of(json.dumps(dataclasses.asdict(prices)))
    return least_at(facts_of(world), read.usd, "highs", time.monotonic() + 60.0, 1)


@pytest.mark.parametrize("name", ["budgeted", "provider_share"])
def test_limits_over_contracts_alone_count_though_no_price_of_them_is_stored(name: str) -> None:
    """Beside the contracts they are rows of their own, which no part shares: without them the bound is far below."""
    world = tight(5)[0] if name == "budgeted" else MAKERS[name](5)
    result = solve_program(Groups(world), MethodSettings(relative_gap=1e-6, time_limit_s=20.0, threads=1), "partwise")
    assert result.prices is not None
    assert {price.family for price in result.prices.prices} == {"cover"}

    assert stored(world, result.prices).usd >= result.prices.bound_usd - 1e-6 * result.prices.bound_usd


def test_a_budget_has_a_price_in_each_of_several_futures() -> None:
    world = in_scenarios(tight(3)[0], {"low": (0.5, 0.8), "base": (0.5, 1.0)})
    result = solve_program(Groups(world), MethodSettings(relative_gap=1e-6, time_limit_s=20.0, threads=1), "partwise")
    assert result.prices is not None
    assert "budget" in {price.family for price in result.prices.prices}
    found = stored(world, result.prices)

    assert found.unknown == 0
    assert found.usd >= result.prices.bound_usd - 1e-6 * result.prices.bound_usd


@pytest.mark.parametrize("seed", range(3))
def test_no_prices_prove_more_than_the_least_cost_under_a_budget(seed: int) -> None:
    """Some rows have no price: those over contracts alone then stay."""
    (world, optimum_usd), rng = tight(seed), np.random.default_rng(seed)
    for chance in (0.0, 0.5, 1.0):
        least = least_usd(world, lambda _, c=chance: float(rng.uniform(0, 300)) * float(rng.uniform() < c)).usd
        assert least <= optimum_usd + 1e-6 * (1 + abs(optimum_usd)) or math.isinf(optimum_usd)


def are_contracts(sheet: Sheet) -> np.ndarray:
    return np.array([name[0] in ("rent", "order") for name in sheet.columns])


def test_priced_rows_leave_and_their_right_sides_count() -> None:
    sheet = whole_program(facts_of(tiny()))
    problem = sheet.problem()
    row = next(iter(sheet.names))
    loose, worth = priced(problem, {row: sheet.names[row]}, {sheet.names[row]: 2.0}, are_contracts(sheet))

    assert loose.rows == problem.rows - 1
    assert worth == -2.0 * problem.row_upper[row]


def test_a_limit_over_contracts_stays_where_it_has_no_price_and_ties_them() -> None:
    sheet = whole_program(facts_of(limited(tiny(), "accelerators_max", 7.0, period="q2")))
    problem, is_contract = sheet.problem(), are_contracts(sheet)
    limits = {row: name for row, name in sheet.names.items() if name[0] != COVER}
    free = dict.fromkeys(sheet.names.values(), 1.0) | dict.fromkeys(limits.values(), 0.0)
    kept, _ = priced(problem, sheet.names, free, is_contract)
    taken, worth = priced(problem, limits, dict.fromkeys(limits.values(), 3.0), is_contract)

    assert kept.rows == problem.rows - len(sheet.names) + len(limits)
    assert (taken.rows, worth) == (problem.rows - len(limits), -3.0 * 7.0 * len(limits))
    tied = [part for part in parts_of(kept, is_contract) if 7.0 in part.problem.row_upper]
    assert sum((part.problem.row_upper == 7.0).sum() for part in tied) == len(limits)


def test_prices_below_nothing_count_as_nothing_and_both_they_and_unknown_ones_are_counted() -> None:
    names = list(whole_program(facts_of(tiny())).names.values())
    good = least_at(facts_of(tiny()), {names[0]: 50.0}, "highs", time.monotonic() + 60.0, 1)
    prices = {names[0]: 50.0, names[1]: -1.0, ("fabric", "2xT"): 7.0, ("budget", "x"): 0.0}
    found = least_at(facts_of(tiny()), prices, "highs", time.monotonic() + 60.0, 1)

    assert (found.usd, found.prices, found.unknown, found.below) == (good.usd, 4, 1, 1)
    assert found.odd(0.01) == [
        "1 of 4 stored prices are of rows that are not stated", "1 of 4 stored prices are below 0 and count as 0",
    ]  # fmt: skip
    assert dataclasses.replace(good, stored_usd=good.usd + 9.0).odd(0.01) == [
        f"the stored prices prove {good.usd:.2f} usd, their file says {good.usd + 9.0:.2f}"
    ]


def test_prices_that_no_engine_takes_are_refused() -> None:
    """Carbon counts kilograms by the hundred in each row: at 9e14 usd each."""
    world = limited(powered(tiny(), {"2xT": 1e3}, {"here": (1.0, 1.0)}), "carbon_kg", 1e12)
    with pytest.raises(InputError, match="costs under 1e20 usd"):
        least_usd(world, lambda name: 9e14 if name[0] == "carbon_cap" else 0.0)


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """A plan under a budget whose bound is that of mixed ways: passes leave 0.27 %, they 0.19."""
    root = tmp_path_factory.mktemp("at_prices")
    limits = [{"limit": "cash", "kind": "budget_usd", "value": 900_000_000}]
    wish = write_instance(root / "wish", {"limits": limits, "supply.nodes_max_per_offer": 400}, requests_per_s=30_000.0)
    make_plan(wish, root / "plan", SolveSettings(method="partwise", gap=2e-3, time_limit_s=60, threads=1))
    return root / "plan"


def test_a_plan_stores_prices_and_is_proved_again_by_them(plan) -> None:
    found = recheck(plan, 60.0)

    assert read_facts(plan).bound_proof == BY_PRICES
    assert (found.kind, found.engine, found.contradiction) == ("prices", "scip", "")
    assert found.is_reproved, found.lines
    assert "parts at the stored prices" in found.lines[0]


@pytest.mark.parametrize("kind", ["tree", "hull"])
def test_worse_prices_prove_less_and_the_whole_program_the_rest(plan, tmp_path, kind: str) -> None:
    """By itself, or with the hull cuts that are stored."""
    folder = shutil.copytree(plan, tmp_path / "plan")
    record = json.loads((folder / PRICES_FILE).read_text())
    record["prices"] = [{**row, "usd": 0.5 * row["usd"]} for row in record["prices"]]
    (folder / PRICES_FILE).write_text(json.dumps(record))

    if kind == "tree":
        (folder / HULL_FILE).unlink()

    found = recheck(folder, 60.0)

    assert found.kind == kind
    assert found.at_prices is not None
    assert found.at_prices.usd < found.at_prices.stored_usd
    assert "deep: the stored prices prove" in found.lines[1]


def test_a_bound_that_the_relaxation_reaches_is_proved_by_it(plan, tmp_path) -> None:
    folder = shutil.copytree(plan, tmp_path / "plan")
    low_usd = 0.9 * read_facts(folder).bound_usd
    edit_facts(folder, bound_usd=low_usd, gap=1.0 - low_usd / read_facts(folder).objective_usd)
    found = recheck(folder, 20.0)

    assert (found.kind, found.is_reproved, found.at_prices) == ("relaxation", True, None)
    assert "by duals alone (the relaxation of the whole program; " in found.lines[0]


def test_prices_of_rows_that_nobody_has_are_told(plan, tmp_path) -> None:
    folder = shutil.copytree(plan, tmp_path / "plan")
    record = json.loads((folder / PRICES_FILE).read_text())
    record["prices"] = [{**row, "index": ["a", "b", "c", str(k)]} for k, row in enumerate(record["prices"])]
    (folder / PRICES_FILE).write_text(json.dumps(record))
    found = recheck(folder, 2.0)

    count = len(record["prices"])
    assert found.at_prices.unknown == count
    assert f"{count} of {count} stored prices are of rows that are not stated" in " ".join(found.lines)


def test_a_damaged_file_is_told(plan, tmp_path) -> None:
    folder = shutil.copytree(plan, tmp_path / "plan")
    (folder / PRICES_FILE).write_text(json.dumps({"prices": [{"family": "cover"}]}))
    with pytest.raises(InputError, match=r"link_prices.json, bound_usd: expected the key 'bound_usd', found nothing"):
        recheck(folder, 60.0)
