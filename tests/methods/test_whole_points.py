"""No valid inequality takes a whole point away: every whole point of small worlds keeps it, or many plans do.

The tests of the modules ask what the optima are; here whatever is whole is asked.
"""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from planner.methods.covering import covering
from planner.methods.hull import hull_rows
from planner.methods.hull_master import HullMaster, hull_master, with_hull
from planner.methods.master import LARGEST_UNIT, Master, outer_master, unit
from planner.methods.oracle import Cut, Oracle, Prices, make_oracle, oracle_problem
from planner.methods.parts import PartCut, parts_of
from planner.methods.pools import pooled
from planner.methods.segments import Segments, make_segments
from planner.methods.split import Split
from planner.methods.way_pool import WayPool
from planner.program.compile import Compiled
from planner.program.groups import Groups
from planner.solvers import Problem, Settings, Status, solve_here
from planner.solvers.problem import Floats
from tests.methods.hand_world import guided, split_of, two_regions
from tests.methods.pooled_worlds import pool_of, pooled_world
from tests.methods.test_covering import two_sizes
from tests.methods.test_hull_master import all_cuts
from tests.methods.test_pools import program, roaming
from tests.methods.test_roaming import roaming_part
from tests.policy_worlds import limited
from tests.worlds import random_world

ASK = Settings(relative_gap=1e-9, log=False)


def whole_points(problem: Problem, most: int) -> Iterator[Problem]:
    """Yields a problem with its whole columns fixed at every choice of 0 to `most`."""
    where = np.flatnonzero(problem.is_integer)
    for counts in itertools.product(range(most + 1), repeat=len(where)):
        lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
        lower[where], upper[where] = np.maximum(lower[where], counts), np.minimum(upper[where], counts)
        if np.all(lower <= upper):
            yield dataclasses.replace(problem, column_lower=lower, column_upper=upper).relaxed()


def least_of(row: Floats, problem: Problem, most: int) -> float:
    """Returns the least that a row can be at any whole point; infinite where there is none."""
    asked = (solve_here(one, ASK) for one in whole_points(dataclasses.replace(problem, cost=row), most))
    return min(
        (found.objective for found in asked if found.status == Status.OPTIMAL and found.objective is not None), default=np.inf
    )


def cell_problem(oracle: Oracle) -> Problem:
    """Returns a cell's rows over its kept columns, without nodes."""
    p, cell = oracle.projected, oracle.cell
    return Problem(
        column_starts=p.matrix.indptr.astype(np.int64), row_indices=p.matrix.indices.astype(np.int64), values=p.matrix.data,
        cost=cell.cost[p.kept], row_lower=p.row_lower, row_upper=p.row_upper, column_lower=cell.lower[p.kept],
        column_upper=cell.upper[p.kept], is_integer=cell.is_integer[p.kept],
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_no_whole_point_of_a_covering_cell_breaks_a_hull_row(seed: int) -> None:
    """Two sizes at demands of their own, and a workload that pays for traffic away: prices are any."""
    rng = np.random.default_rng(seed)
    world = two_sizes().coefficients
    sizes = Groups(world.with_tables(demand=world.demand.assign(requests_per_s=float(rng.uniform(1, 25)))))
    for groups in (sizes, two_regions(is_roaming=True, egress_usd=float(rng.uniform(0, 2e-5)))):
        split = split_of(groups)
        oracle = make_oracle(split.cells[0])
        found = covering(oracle)
        assert found is not None
        segments = make_segments(dict.fromkeys(oracle.keys, 3.0), {key: [50] for key in oracle.keys})
        prices = Prices(rng.uniform(0.1, 9.0, len(segments.keys)), np.zeros(0))
        rows, sides = hull_rows(oracle, parts_of(oracle, found), segments, prices)

        assert rows.shape[0] == len(found.demands)
        for row, side in zip(rows.toarray(), sides.tolist(), strict=True):
            assert least_of(row, cell_problem(oracle), 4) >= side - 1e-9


def test_a_hull_row_where_the_cheapest_way_stands_in_two_places() -> None:
    """6/s by replicas of 4/s, 4 usd at home, 1 away, a unit away 1 usd: one in each is 4 + 1 + 2 usd; two in one place are 8."""
    split = split_of(two_regions(is_roaming=True, egress_usd=1 / 360_000))
    oracle = make_oracle(split.cells[0])
    found = covering(oracle)
    assert found is not None
    segments = make_segments(dict.fromkeys(oracle.keys, 3.0), {key: [50] for key in oracle.keys})
    prices = Prices(np.array([8.0 if key[2] == "east" else 2.0 for key in segments.keys]), np.zeros(0))
    rows, _ = hull_rows(oracle, parts_of(oracle, found), segments, prices)
    roams = next(row for row in rows.toarray() if np.count_nonzero(row) == 3)

    assert sorted(roams[roams > 0] * 7) == pytest.approx([1.0, 1.0, 4.0])
    assert least_of(roams, cell_problem(oracle), 3) == pytest.approx(1.0)


LOADS, REPLICAS = [4.2, 3.0], [(0, 0, 1, 4.0), (1, 1, 2, 10.0)]
PARTS = {
    "dear egress, which is no whole column": (roaming_part(LOADS, REPLICAS, egress_usd=30.0), [5.0, 4.0, 0.0]),
    "a shared amount that earns": (roaming_part(LOADS, REPLICAS, egress_amount=1.0), [5.0, 4.0, -0.4]),
    "a replica dearer than the least": (roaming_part(LOADS, REPLICAS), [5.0, 1.0, 0.0]),
    "nothing for nodes in one place": (roaming_part(LOADS, REPLICAS, egress_usd=0.5), [5.0, 0.0, 0.0]),
}


@pytest.mark.parametrize("name", PARTS)
def test_no_whole_point_of_a_part_breaks_its_cut(name: str) -> None:
    part, told_prices = PARTS[name]
    prices = np.array(told_prices)
    problem = part.problem(prices)
    least = least_of(problem.cost, problem, 3)

    row = part.cut(prices, least)
    assert least > 0
    assert least_of(row, problem, 3) == pytest.approx(1.0)
    assert np.all(row[part.is_integer] <= 1.0) == ("earns" not in name)


@pytest.mark.parametrize("seed", range(8))
def test_no_whole_point_of_any_part_breaks_its_cut(seed: int) -> None:
    """Workloads with a minimum of replicas and pools that two share, at what an engine proves."""
    rng = np.random.default_rng(seed)
    for cell in split_of(Groups(random_world(seed))).cells:
        for part in parts_of(make_oracle(cell), None):
            prices = rng.uniform(0.0, 2.0, part.uses.shape[0])
            least = part.priced(solve_here(part.problem(prices), ASK)).least
            if least > 0:
                assert least_of(part.cut(prices, least), part.problem(prices), 4) >= 1.0 - 1e-9


def of_two(seed: int) -> Compiled:
    rng = np.random.default_rng(seed)
    loads, demands = rng.uniform(0.1, 1.0, (2, 3)).round(3), rng.uniform(0.5, 4.0, 2).round(2)
    return program(loads.tolist(), demands.tolist(), [1.0] * 3, [5.0, 6.0, 7.0])


def of_three(seed: int) -> Compiled:
    rng = np.random.default_rng(seed)
    loads, demands = rng.uniform(0.1, 1.0, (3, 2)).round(3), rng.uniform(0.5, 4.0, 3).round(2)
    return program(loads.tolist(), demands.tolist(), [1.0] * 2, [5.0, 6.0])


def of_roaming(seed: int) -> Compiled:
    return roaming(seed, 2, egress_most=8.0 if seed % 2 else None)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("stated", [of_two, of_three, of_roaming])
def test_pools_say_of_every_whole_point_what_the_program_says(stated, seed: int) -> None:
    """Whether it can serve, and at which cost; each by an engine, with replicas fixed."""
    found = pooled(stated(seed))
    most, served = 4 if stated is of_two else 12, 0
    for whole, small in zip(whole_points(found.original.problem, most), whole_points(found.compiled.problem, most), strict=True):
        expected, answer = solve_here(whole, ASK), solve_here(small, ASK)
        assert answer.status == expected.status
        assert answer.objective == (None if expected.objective is None else pytest.approx(expected.objective, rel=1e-7))
        served += expected.status == Status.OPTIMAL

    assert found.compiled is not found.original
    assert served > 0


def plans_of(problem: Problem, seed: int, many: int = 4) -> Iterator[Floats]:
    """Yields plans: the best at random costs of every column."""
    rng = np.random.default_rng(seed)
    for _ in range(many):
        found = solve_here(dataclasses.replace(problem, cost=rng.uniform(0.1, 3.0, problem.columns)), ASK)
        assert found.values is not None
        yield np.where(problem.is_integer, np.rint(found.values), found.values)


def outer_point(master: Master, split: Split, oracles: Sequence[Oracle], segments: Segments, plan: Floats) -> Floats:
    """Returns a plan as a point of an outer master."""
    point, places = np.zeros(master.problem.columns), master.places
    point[places.contracts[split.master_columns]] = plan[split.master_columns]
    for i, oracle in enumerate(oracles):
        cell = oracle.cell
        used = cell.uses @ plan[cell.columns]
        nodes = {cell.links[k].key: int(np.ceil(used[k] / cell.links[k].quantum - 1e-6)) for k in cell.node_links}
        point[places.segments[i]] = segments.image(nodes)[places.numbers[i]]
        sizes = np.clip([unit(found) for found in oracle.amount_ranges], 1.0, LARGEST_UNIT)
        point[places.amounts[i]] = used[cell.amount_links] / sizes
        point[places.cost[i]] = cell.cost @ plan[cell.columns] / master.problem.cost[places.cost[i]]
    return point


@pytest.mark.parametrize("seed", range(8))
def test_every_plan_is_a_point_of_the_outer_master_at_its_cost(seed: int) -> None:
    """Under cuts at random prices, some of them above what the whole cell costs, shared amounts priced too."""
    rng = np.random.default_rng(seed)
    budgeted = limited(two_regions(is_roaming=True, egress_usd=1e-4).coefficients, "budget_usd", 9000.0)
    for coefficients in (random_world(seed), budgeted):
        split, _, oracles, segments = guided(Groups(coefficients))
        cuts = []
        for oracle in oracles:
            asked = [
                Prices(rng.choice([0.3, 1.0, 40.0], len(segments.keys)) * usd, rng.uniform(0, 2, len(oracle.amount_ranges)))
                for usd in (1.0, 20.0, 400.0)
            ]
            bounds = [solve_here(oracle_problem(oracle, segments, prices), ASK).bound for prices in asked]
            cuts.append([Cut(prices, bound) for prices, bound in zip(asked, bounds, strict=True) if bound is not None])
        master = outer_master(split, oracles, segments, cuts)
        for plan in plans_of(split.problem, seed):
            point = outer_point(master, split, oracles, segments, plan)

            assert master.problem.violation(point).largest <= 1e-5
            assert master.problem.objective(point) == pytest.approx(split.problem.objective(plan), rel=1e-7, abs=1e-4)


def with_plan(master: HullMaster, split: Split, pool: WayPool, plan: Floats) -> Problem:
    """Returns a hull master with contracts, uses and own costs of parts fixed at a plan's."""
    lower, upper = master.problem.column_lower.copy(), master.problem.column_upper.copy()
    fixed: list[tuple[int, float]] = [(int(master.contracts[j]), float(plan[j])) for j in split.master_columns]
    for i, oracle in enumerate(pool.oracles):
        kept = plan[oracle.cell.columns][oracle.projected.kept]
        for w, part in enumerate(pool.parts[i]):
            fixed += zip(master.used[i][w].tolist(), (part.uses @ kept[part.columns])[part.links].tolist(), strict=True)
            if master.own_cost[i][w] >= 0:
                fixed.append((master.own_cost[i][w], float(part.cost @ kept[part.columns]) / master.units_usd[i][w]))
    for column, value in fixed:
        lower[column] = upper[column] = value
    return dataclasses.replace(master.problem, column_lower=lower, column_upper=upper)


@pytest.mark.parametrize("is_by_engine", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_every_plan_keeps_the_hull_cuts_of_parts(seed: int, is_by_engine: bool) -> None:
    """As rows of the whole program, and in the hull master, where it costs no more than it does."""
    made = pooled_world(seed, is_by_engine)
    split, pool, cuts = made.split, made.pool, all_cuts(made.found)
    hulled, master = with_hull(split.problem, pool, cuts), hull_master(split, pool, cuts)
    for plan in plans_of(split.problem, seed):
        found = solve_here(with_plan(master, split, pool, plan), ASK)

        assert hulled.violation(plan).largest <= 1e-6
        assert found.status == Status.OPTIMAL
        assert found.objective <= split.problem.objective(plan) * (1 + 1e-7) + 1e-4


def one_plan(problem: Problem, usd: dict[str, float]) -> Floats:
    """Returns the best plan where columns whose names hold some words cost so much a unit, others 1."""
    cost = np.ones(problem.columns)
    for words, price in usd.items():
        cost[[all(word in name for word in words.split()) for name in problem.column_names]] = price
    found = solve_here(dataclasses.replace(problem, cost=cost), ASK)
    assert found.values is not None
    return np.where(problem.is_integer, np.rint(found.values), found.values)


def egress_in_a_budget(a_requests_per_s: float, b_requests_per_s: float) -> Groups:
    """Returns two regions where a unit of `a` away costs 36 usd, which count in a budget; replicas carry 4/s."""
    world = two_regions(is_roaming=True, egress_usd=1e-4).coefficients
    asked = world.demand["workload"].map({"a": a_requests_per_s, "b": b_requests_per_s})
    return Groups(limited(world.with_tables(demand=world.demand.assign(requests_per_s=asked)), "budget_usd", 9000.0))


def test_a_price_of_nodes_is_not_cut_down_where_egress_earns() -> None:
    """The first node in the west at 16,000 usd, all others at 700, egress at -3 usd a usd: 4/s away cost 4 x 36 - 4 x 108 usd.

    One node in the west for both is the least, V = 16,000 - 288 usd: less than its price. Were that cut down to V, this very plan
    would be 288 usd short. (One node more carries 8/s away: 700 - 576 usd.)
    """
    split, _, oracles, segments = guided(egress_in_a_budget(4.0, 4.0))
    (oracle,) = oracles
    is_first = [key[2] == "west" and lower == 0 for key, lower in zip(segments.keys, segments.lower, strict=True)]
    prices = Prices(np.where(is_first, 16000.0, 700.0), np.array([-3.0]))
    bound = solve_here(oracle_problem(oracle, segments, prices), ASK).bound
    assert bound == pytest.approx(15712.0)
    master = outer_master(split, oracles, segments, [[Cut(prices, bound)]])
    plan = one_plan(split.problem, {"serve[a east": 9.0, "rent east": 9.0})

    assert master.problem.violation(outer_point(master, split, oracles, segments, plan)).largest <= 1e-5


def test_a_price_of_a_shared_amount_is_not_cut_down_in_the_hull_master() -> None:
    """4.001/s: one replica at home (200 usd), one away (150), 0.001/s there: 0.036 usd of egress at 1,000 usd and its own cost.

    That is 386 usd, the least (two at home are 400): a usd of egress counts 1,000 / 386 of the cut, and as 1 it would be broken.
    """
    split = split_of(egress_in_a_budget(4.001, 6.0))
    pool = pool_of([make_oracle(cell) for cell in split.cells])
    links = split.cells[0].links
    prices = np.array([{"east": 200.0, "west": 150.0}.get(link.key[-1], 1000.0) for link in links])
    part = next(w for w, part in enumerate(pool.parts[0]) if len(part.links) == 3)
    (one,), _ = pool.price([(0, part, prices)])
    assert one.least == pytest.approx(386.036, rel=1e-5)
    master = hull_master(split, pool, [PartCut(0, part, prices, one.least)])
    plan = one_plan(split.problem, {"deploy[a east": 10.0, "deploy[a west": 0.1, "serve[a west": 100.0})

    assert solve_here(with_plan(master, split, pool, plan), ASK).status == Status.OPTIMAL
