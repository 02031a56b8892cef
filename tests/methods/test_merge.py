"""Merged traffic: a smaller program with the same optimum, relaxed or whole, and the traffic comes back."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.sparse import csc_matrix

from planner.methods import METHODS, MethodSettings, solve_program
from planner.methods.merge import Merged, merge
from planner.methods.split import rows_of
from planner.options.coefficients import Coefficients
from planner.program.compile import Compiled
from planner.program.groups import Groups
from planner.solvers import Problem, Settings, solve_here
from tests.program.optima import compiled
from tests.worlds import offer_row, option_row, price_rows, rate_row, rich_world, world

ASK = Settings(relative_gap=1e-9, log=False)


def pooled_origins(seed: int) -> Coefficients:
    """Returns a world of one pool whose traffic comes from two regions and goes to either, some at a price.

    Three options differ in speed; in some worlds one of them also in what one workload takes beside the other.
    """
    rng = np.random.default_rng(seed)
    hours = {("q1", "day"): 100.0, ("q1", "night"): 60.0}
    speed = {f"o{g}": round(float(rng.uniform(2, 4) * g), 2) for g in (1, 2, 4)}
    heavier = round(float(rng.uniform(1.5, 3)), 2)  # the far ones' requests
    is_unlike = seed % 3 == 0
    rates = [rate_row("near", option, rate) for option, rate in speed.items()]
    rates += [
        rate_row("far", option, rate / (heavier * (1.3 if is_unlike and option == "o4" else 1))) for option, rate in speed.items()
    ]
    paths = [
        {"workload": w, "region": r, "network_ms": 5.0, "is_allowed": True, "egress_usd_per_request": 0.0 if r == home else 1e-4}
        for w, home in (("near", "here"), ("far", "there")) for r in ("here", "there")
    ]  # fmt: skip
    offers = [offer_row(f"od-{r}", "4xT", 4, region=r) for r in ("here", "there")]
    offers.append(offer_row("re", "4xT", 4, "reserved", 2))
    prices = price_rows("od-here", ["q1"], 4.0) + price_rows("od-there", ["q1"], round(float(rng.uniform(2, 6)), 2))
    demand = {(w, t, b): round(float(rng.uniform(2, 40)), 2) for w in ("near", "far") for t, b in hours}
    return world(
        [option_row(f"o{g}", "4xT", g) for g in (1, 2, 4)], rates, offers, prices + price_rows("re", ["q1"], 1.5), demand, hours,
        nodes_max=12, supply={("re", "q1"): 2}, paths=paths, pool_of={"near": "pool", "far": "pool"},
    )  # fmt: skip


def by_hand(loads: Sequence[Sequence[float]], cost: Sequence[float] = (1.0, 2.0, 1.0, 2.0), upper: float = np.inf) -> Compiled:
    """Returns the program of two options with `loads` (by option, then workload), demands 6 and 4, options at 10 and 17 usd.

    Columns: traffic of both workloads on the first option, on the second, then the replicas of both.
    """
    rows = np.array([
        [1, 0, 1, 0, 0, 0], [0, 1, 0, 1, 0, 0], [*loads[0], 0, 0, -1, 0], [0, 0, *loads[1], 0, -1],
    ], dtype=float)  # fmt: skip
    matrix = csc_matrix(rows)
    matrix.sort_indices()
    problem = Problem(
        column_starts=matrix.indptr.astype(np.int64), row_indices=matrix.indices.astype(np.int64), values=matrix.data,
        cost=np.array([*cost, 10.0, 17.0]), row_lower=np.array([6.0, 4.0, -np.inf, -np.inf]),
        row_upper=np.array([6.0, 4.0, 0.0, 0.0]), column_lower=np.zeros(6),
        column_upper=np.array([np.inf, np.inf, np.inf, upper, np.inf, np.inf]),
        is_integer=np.array([False] * 4 + [True] * 2), row_names=("a", "b", "c", "d"),
        column_names=("s0", "s1", "t0", "t1", "m", "n"),
    )  # fmt: skip
    return Compiled(problem, tuple((name, ()) for name in problem.column_names))


def optimum(problem: Problem) -> float:
    """Returns the least cost of a problem."""
    return solve_here(problem, ASK).objective


def test_two_options_of_one_mix_are_one_row():
    """The second is half as loaded: 0.5 S + 0.25 T <= m + 2 n over the traffic of the first, the slower."""
    merged = merge(by_hand([[0.5, 0.25], [0.25, 0.125]]))
    problem = merged.compiled.problem

    assert problem.column_names == ("s0", "s1", "m", "n")
    assert problem.row_names == ("a", "b", "c")
    assert rows_of(problem).toarray()[2].tolist() == [0.5, 0.25, -1.0, -2.0]
    assert optimum(problem) == pytest.approx(6 + 8 + 34)  # traffic, and two of the second option for a load of 3 + 1


def test_traffic_comes_back_by_capacity():
    """One replica of either kind: the second, twice as fast, carries two thirds."""
    merged = merge(by_hand([[0.5, 0.25], [0.25, 0.125]]))

    full = merged.restored(np.array([3.0, 6.0, 1.0, 1.0]))

    assert full == pytest.approx([1.0, 2.0, 2.0, 4.0, 1.0, 1.0])
    assert merged.reduced(full) == pytest.approx([3.0, 6.0, 1.0, 1.0])


def test_a_tolerance_is_no_larger_in_the_rows_merged():
    """The slow option's row stands for both, whichever comes first: a millionth missing there is no more in either."""
    merged = merge(by_hand([[0.5 / 200, 0.25 / 200], [0.5, 0.25]]))
    values = np.array([8.0 * (1 + 2.4e-7), 0.0, 0.0, 4.0])

    assert merged.compiled.problem.column_names == ("t0", "t1", "m", "n")
    room = rows_of(merged.compiled.problem)[2] @ values
    assert rows_of(merged.original.problem)[2:] @ merged.restored(values) == pytest.approx([0.0, room.item()])


@pytest.mark.parametrize(
    "unlike",
    [
        by_hand([[0.5, 0.25], [0.25, 0.2]]),
        by_hand([[0.5, 0.25], [0.25, 0.125]], cost=(1.0, 2.0, 1.0, 3.0)),
        by_hand([[0.5, 0.25], [0.25, 0.125]], upper=2.0),
    ],
    ids=["another mix", "another cost", "a limit"],
)
def test_what_differs_stays_apart(unlike):
    """An option that prefers one workload, traffic at another price, or traffic with a limit is not merged."""
    assert merge(unlike).compiled is unlike


def checked(merged: Merged) -> None:
    """Asserts that both programs have one optimum, relaxed and whole, and that the point comes back as a plan of it."""
    small, whole = merged.compiled.problem, merged.original.problem
    assert optimum(small.relaxed()) == pytest.approx(optimum(whole.relaxed()), rel=1e-9)
    found = solve_here(small, ASK)
    assert found.objective == pytest.approx(optimum(whole), rel=1e-9)
    full = merged.restored(found.values)
    assert whole.violation(full).largest <= 1e-6
    assert whole.objective(full) == pytest.approx(found.objective, rel=1e-9)
    back = merged.reduced(full)
    assert small.violation(back).largest <= 1e-6
    assert small.objective(back) == pytest.approx(found.objective, rel=1e-9)


@pytest.mark.parametrize("seed", range(9))
def test_pools_of_several_regions_keep_their_optimum(seed):
    """All options are merged where they differ in speed alone; two of them where the third is unlike."""
    merged = merge(compiled(pooled_origins(seed)))

    assert {len(rows) for rows in merged.alike} == {2 if seed % 3 == 0 else 3}
    checked(merged)


def test_one_option_in_several_places_is_one_row_too():
    """A pool of two workloads whose replicas span two nodes of one of three providers, by day and by night: one row each."""
    merged = merge(compiled(rich_world(0)))

    assert [len(rows) for rows in merged.alike] == [3, 3]
    checked(merged)


@pytest.mark.parametrize("method", [name for name in METHODS if name != "textbook"])
def test_every_decomposition_answers_as_the_baseline_does(method):
    """The decision is one of the whole program: its traffic meets every demand on replicas that are there."""
    groups = Groups(pooled_origins(1))
    settings = MethodSettings(relative_gap=1e-6, time_limit_s=30)
    baseline, found = solve_program(groups, settings, "textbook"), solve_program(groups, settings, method)

    assert found.objective_usd == pytest.approx(baseline.objective_usd, rel=1e-6)
    assert (found.columns, found.rows) == (baseline.columns, baseline.rows)
    served = found.decision.traffic.groupby(["workload", "period", "block"])["requests_per_s"].sum()
    wanted = {key: rate for key, rate in groups.demand.items() if rate > 0}
    assert served.to_dict() == pytest.approx(wanted, rel=1e-6)


def test_merging_twice_changes_nothing():
    """What is alike is merged at once."""
    once = merge(compiled(pooled_origins(1)))

    assert merge(once.compiled).compiled is once.compiled
    assert once.compiled.columns == tuple(once.original.columns[j] for j in once.kept.tolist())
