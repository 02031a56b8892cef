"""Pools on replicas alone: fewer columns, the same optimum relaxed and whole, and traffic that keeps every row comes back."""

import dataclasses

import numpy as np
import pytest
from scipy.sparse import csc_matrix

from planner.methods import METHODS, MethodSettings, solve_program
from planner.methods.merge import merge
from planner.methods.pools import FreePool, Pooled, RoamingPool, pooled
from planner.methods.split import rows_of
from planner.program.compile import Compiled
from planner.program.groups import Groups
from planner.solvers import Problem, Settings, solve_here
from tests.methods.test_merge import pooled_origins
from tests.program.optima import compiled

ASK = Settings(relative_gap=1e-9, log=False)


def program(
    loads: list[list[float]], demands: list[float], capacity: list[float], price: list[float],
    away_usd: list[float] | None = None, egress_most: float | None = None,
) -> Compiled:  # fmt: skip
    """Returns a pool by hand: `loads` by workload, then capacity row (0: none there); a replica for each row, at a price.

    Columns: traffic by workload and row, then replicas. `away_usd`: by workload, price of a unit outside the row of its own
    number; `egress_most`: all such units together are no more.
    """
    table = np.array(loads)
    pairs = [(w, i) for w in range(len(table)) for i in range(table.shape[1]) if table[w, i] > 0]
    columns, many = len(pairs) + len(capacity), len(demands)
    rows = np.zeros((many + len(capacity) + (egress_most is not None), columns))
    cost = np.append(np.zeros(len(pairs)), price)
    for j, (w, i) in enumerate(pairs):
        rows[w, j], rows[many + i, j] = 1.0, table[w, i]
        if away_usd and w != i:
            cost[j] = away_usd[w]
        if egress_most is not None and w != i:
            rows[-1, j] = table[w, 0]
    for i, given in enumerate(capacity):
        rows[many + i, len(pairs) + i] = -given
    matrix = csc_matrix(rows)
    matrix.sort_indices()
    more = [] if egress_most is None else [egress_most]
    sides = [-np.inf] * (len(capacity) + len(more))
    names = tuple(f"t{w}{i}" for w, i in pairs) + tuple(f"n{i}" for i in range(len(capacity)))
    problem = Problem(
        column_starts=matrix.indptr.astype(np.int64), row_indices=matrix.indices.astype(np.int64), values=matrix.data, cost=cost,
        row_lower=np.array([*demands, *sides]), row_upper=np.array([*demands, *[0.0] * len(capacity), *more]),
        column_lower=np.zeros(columns), column_upper=np.full(columns, np.inf), is_integer=np.arange(columns) >= len(pairs),
        row_names=tuple(f"r{k}" for k in range(len(rows))), column_names=names,
    )  # fmt: skip
    return Compiled(problem, tuple((name, ()) for name in names))


def checked(found: Pooled) -> None:
    """Asserts that both programs have one optimum, relaxed and whole, and that points come back and forth at their cost."""
    small, whole = found.compiled.problem, found.original.problem
    relaxed = solve_here(whole.relaxed(), ASK)
    assert solve_here(small.relaxed(), ASK).objective == pytest.approx(relaxed.objective, rel=1e-7)
    best, answer = solve_here(whole, ASK), solve_here(small, ASK)
    assert answer.objective == pytest.approx(best.objective, rel=1e-7)
    full = found.restored(answer.values)
    assert whole.violation(full).largest <= 1e-6
    assert whole.objective(full) == pytest.approx(answer.objective, rel=1e-7)
    for point, stated in ((best.values, small), (relaxed.values, small.relaxed())):
        assert stated.violation(found.reduced(point)).largest <= 1e-6
        assert small.objective(found.reduced(point)) == pytest.approx(whole.objective(point), rel=1e-9)


def test_two_workloads_are_rows_on_replicas_at_the_ratios_of_their_loads():
    """Demands 6 and 4; a replica of the second kind carries as much of the first, twice as much of the second.

    The first alone: 2 n0 + 2 n1 >= 6. The second alone: 2 n0 + 4 n1 >= 4. At 1 : 1 both: 2 n0 + 4 n1 >= 10. At 1 : 1/2 (an equal
    load on the second kind): 2 n0 + 2 n1 >= 8.
    """
    found = pooled(program([[0.5, 0.5], [0.5, 0.25]], [6.0, 4.0], [1.0, 1.0], [10.0, 17.0]))
    problem = found.compiled.problem
    rows = rows_of(problem).toarray() / problem.row_lower[:, None]

    assert problem.column_names == ("n0", "n1")
    wanted = [[2 / 10, 4 / 10], [2 / 8, 2 / 8], [2 / 6, 2 / 6], [2 / 4, 4 / 4]]
    assert sorted(rows.tolist()) == [pytest.approx(row) for row in wanted]
    assert {type(pool) for pool in found.pools} == {FreePool}
    checked(found)


@pytest.mark.parametrize("seed", range(20))
def test_free_pools_keep_their_optimum(seed):
    """Two workloads with a mix of their own on each of two to five kinds, some of which serve one alone."""
    rng = np.random.default_rng(seed)
    kinds = int(rng.integers(2, 6))
    loads = rng.uniform(0.1, 1.0, (2, kinds)).round(3) * (rng.random((2, kinds)) < 0.85)
    loads[:, 0] = [0.4, 0.7]
    keep = loads.any(axis=0)
    price = rng.uniform(5, 20, kinds).round(2)[keep].tolist()
    demands = rng.uniform(2, 20, 2).round(2).tolist()
    stated = program(loads[:, keep].tolist(), demands, [1.0] * int(keep.sum()), price)

    found = pooled(stated)

    assert not any(name.startswith("t") for name in found.compiled.problem.column_names)
    checked(found)


@pytest.mark.parametrize("many", [2, 3, 5])
def test_one_capacity_row_is_one_row(many):
    """However many workloads: 0.5 x 6 + 0.25 x 4 ... <= n."""
    loads, demands = [0.5, 0.25, 0.3, 0.2, 0.7][:many], [6.0, 4.0, 3.0, 2.0, 5.0][:many]

    found = pooled(program([[load] for load in loads], demands, [2.0], [10.0]))

    assert found.compiled.problem.rows == 1
    assert found.compiled.problem.row_lower[0] == pytest.approx(np.dot(loads, demands) / 2)
    checked(found)


@pytest.mark.parametrize("seed", range(10))
def test_three_workloads_keep_their_traffic_and_gain_rows_that_cut_nothing(seed):
    """Rows at a grid of prices: both optima stay."""
    rng = np.random.default_rng(seed)
    loads, demands = rng.uniform(0.1, 1.0, (3, 4)).tolist(), rng.uniform(2, 20, 3).tolist()
    stated = program(loads, demands, [1.0] * 4, rng.uniform(5, 20, 4).tolist())

    found = pooled(stated)

    assert found.compiled.problem.columns == stated.problem.columns
    assert found.compiled.problem.rows > stated.problem.rows
    checked(found)


def roaming(seed: int, places: int = 3, egress_most: float | None = None) -> Compiled:
    """Returns a service from several places, each with replicas of its own speed, at one price of load away."""
    rng = np.random.default_rng(seed)
    weight, scale = rng.uniform(0.2, 1.0, places), rng.uniform(0.5, 2.0, places)
    usd = float(rng.choice([0.0, 0.5, 3.0]))
    demands, capacity = rng.uniform(2, 20, places).round(2).tolist(), rng.uniform(1, 4, places).round(2).tolist()
    price, away_usd = rng.uniform(5, 20, places).round(2).tolist(), ((usd + 0.01) * weight).tolist()
    return program(np.outer(weight, scale).tolist(), demands, capacity, price, away_usd, egress_most)


@pytest.mark.parametrize("seed", range(20))
def test_roaming_pools_keep_their_optimum(seed):
    """One row of all and one for each home; one column away for each home; some with a limit on what goes away."""
    places = 2 + seed % 3
    stated = roaming(seed, places, egress_most=2.0 if seed % 2 else None)

    found = pooled(stated)

    assert found.compiled.problem.columns == 2 * places
    assert found.compiled.problem.rows == places + 1 + seed % 2
    assert {type(pool) for pool in found.pools} == {RoamingPool}
    checked(found)


def test_more_away_than_needed_comes_back_as_what_is_needed():
    """6 units at home where one replica carries 4, 3 where two carry 8: two go, whatever the column says."""
    stated = program([[1.0, 1.0], [1.0, 1.0]], [6.0, 3.0], [4.0, 4.0], [10.0, 10.0], [1.0, 1.0])
    found = pooled(stated)
    names = found.compiled.problem.column_names

    full = found.restored(np.array([{"t01": 5.0, "t10": 1.0, "n0": 1.0, "n1": 2.0}[name] for name in names]))

    assert dict(zip(stated.problem.column_names, full.tolist(), strict=True)) == pytest.approx(
        {"t00": 4.0, "t01": 2.0, "t10": 0.0, "t11": 3.0, "n0": 1.0, "n1": 2.0}
    )


def changed(stated: Compiled, **fields: object) -> Compiled:
    """Returns a program with some of its arrays changed."""
    return Compiled(dataclasses.replace(stated.problem, **fields), stated.columns)


def test_what_does_not_fit_stays_as_it_is():
    """Unequal prices away, traffic that earns, a price at home, loads that are no product, a limit that asks for traffic away."""
    stated = roaming(1, 2, egress_most=5.0)
    by_name = {name: j for j, name in enumerate(stated.problem.column_names)}
    earning, at_home = stated.problem.cost.copy(), stated.problem.cost.copy()
    earning[[by_name["t01"], by_name["t10"]]] = -1.0
    at_home[by_name["t00"]] = 0.1
    asking = stated.problem.row_lower.copy()
    asking[-1] = 1.0
    values = stated.problem.values.copy()
    values[stated.problem.column_starts[by_name["t01"]] + 1] *= 1.5
    three = roaming(1, 3)
    dearer = three.problem.cost.copy()
    dearer[[name == "t01" for name in three.problem.column_names].index(True)] += 1.0

    assert pooled(stated).pools
    assert pooled(three).pools
    assert pooled(changed(stated, cost=earning)).compiled.problem.columns == stated.problem.columns
    assert pooled(changed(stated, cost=at_home)).compiled.problem.columns == stated.problem.columns
    assert pooled(changed(stated, row_lower=asking)).compiled.problem.columns == stated.problem.columns
    assert pooled(changed(stated, values=values)).compiled.problem.columns == stated.problem.columns
    assert pooled(changed(three, cost=dearer)).compiled.problem.columns == three.problem.columns


def test_writing_twice_changes_nothing_written():
    """What is on replicas alone is left alone."""
    for stated in (roaming(1), program([[0.5, 0.5], [0.5, 0.25]], [6.0, 4.0], [1.0, 1.0], [10.0, 17.0])):
        once = pooled(stated)
        assert pooled(once.compiled).compiled is once.compiled


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("method", [name for name in METHODS if name != "textbook"])
def test_every_decomposition_answers_as_the_baseline_does(method, seed):
    """Worlds of a pool from two regions with egress: cost, and traffic that meets every demand within what replicas give."""
    coefficients = pooled_origins(seed)
    groups, settings = Groups(coefficients), MethodSettings(relative_gap=1e-6, time_limit_s=30)
    baseline, found = solve_program(groups, settings, "textbook"), solve_program(groups, settings, method)

    assert seed % 3 == 0 or pooled(merge(compiled(coefficients)).compiled).pools
    assert found.objective_usd == pytest.approx(baseline.objective_usd, rel=1e-6)
    served = found.decision.traffic.groupby(["workload", "period", "block"])["requests_per_s"].sum()
    assert served.to_dict() == pytest.approx({key: rate for key, rate in groups.demand.items() if rate > 0}, rel=1e-6)


def test_a_program_without_names_is_written_too():
    """As problems that are sent to processes are."""
    stated = roaming(1)
    unnamed = changed(stated, row_names=(), column_names=())

    assert pooled(unnamed).compiled.problem.columns == pooled(stated).compiled.problem.columns


@pytest.mark.parametrize("is_first", [True, False])
def test_a_workload_that_takes_next_to_nothing_is_served_beside_one_that_takes_all(is_first):
    """Five replicas are full of the first; what tolerances leave carries the second."""
    loads, demands = [[0.5, 0.5], [1e-6, 2e-6]], [10.0, 0.01]
    found = pooled(program(loads if is_first else loads[::-1], demands if is_first else demands[::-1], [1.0, 1.0], [10.0, 11.0]))

    full = found.restored(np.array([5.0, 0.0]))

    assert found.original.problem.violation(full).largest <= 1e-6


def test_a_pool_with_too_wide_a_range_of_loads_stays_as_it_is():
    """An option that carries a billionth of another would be lost beside it."""
    stated = program([[1e-6, 1e3], [1.0, 1.0]], [5.0, 5.0], [1e3, 0.1], [1.0, 1.0])

    assert pooled(stated).compiled is stated


@pytest.mark.filterwarnings("error")
def test_a_priced_pool_with_missing_pairs_is_left_alone_without_a_warning():
    stated = program([[0, 0.5, 0.4], [0.5, 0.25, 0.3], [0.2, 0.2, 0.2]], [6.0, 4.0, 3.0], [1.0] * 3, [10.0, 17.0, 9.0], [0.1] * 3)

    assert pooled(stated).compiled is stated


def test_a_demand_served_beyond_what_it_asks_stays_within_bounds():
    """Nine units away of six asked for count as six."""
    stated = program([[1.0, 1.0], [1.0, 1.0]], [6.0, 3.0], [4.0, 4.0], [10.0, 10.0], [1.0, 1.0])
    loose = changed(stated, row_upper=np.where(np.arange(stated.problem.rows) < 2, np.inf, stated.problem.row_upper))
    found = pooled(loose)
    point = dict.fromkeys(stated.problem.column_names, 0.0) | {"t01": 9.0, "t11": 3.0, "n1": 3.0}

    assert loose.problem.violation(np.array(list(point.values()))).largest <= 1e-9
    assert found.compiled.problem.violation(found.reduced(np.array(list(point.values())))).largest <= 1e-9
