"""The hull master: a lower bound of every plan, at least as good as mixed ways, and its cuts hold for every way."""

import dataclasses
import itertools

import numpy as np
import pytest

from planner.methods.generation import generate
from planner.methods.hull_master import hull_master, separate, tight, with_hull
from planner.methods.parts import PartCut
from planner.program.groups import Groups
from planner.solvers import solve_here
from tests.methods.hand_world import split_of, two_regions
from tests.methods.pooled_worlds import ASK, market_of, pooled, pooled_world, relaxed
from tests.methods.test_covering import two_sizes
from tests.policy_worlds import limited


def all_cuts(found):
    return [
        PartCut(i, w, prices[i], one.least)
        for prices, priced in zip(found.prices, found.priced, strict=True)
        for i, mine in enumerate(priced)
        for w, one in enumerate(mine)
        if one.least > 0
    ]


def rounds(split, pool, cuts, rounds_max):
    """Yields the master under all cuts, its answer and the cuts that break it, round by round until there are none."""
    highest = [np.full(len(oracle.cell.links), 1e5) for oracle in pool.oracles]
    known = list(cuts)
    for _ in range(rounds_max):
        master = hull_master(split, pool, known)
        answer = solve_here(master.problem, ASK)
        new = separate(pool, master, answer.values, highest, 30)
        yield master, answer, new
        known += new
        if not new:
            return


def test_whole_nodes_under_the_hull_reach_the_hand_optimum() -> None:
    """20/s take 4 accelerators: two nodes, 800 usd; the program's own relaxation with the cuts as rows says so too."""
    split, pool, first = pooled(two_sizes())
    found = generate(split, pool, first, market_of(pool), 1e6, relaxed)
    cuts = all_cuts(found)

    assert solve_here(hull_master(split, pool, cuts).problem, ASK).bound == pytest.approx(800.0)
    assert relaxed(with_hull(split.problem, pool, cuts)).objective == pytest.approx(800.0)


@pytest.mark.parametrize("seed", range(20))
def test_rounds_of_separation_raise_a_bound_that_stays_under_the_optimum(seed: int) -> None:
    made = pooled_world(seed)
    pool, found, optimum = made.pool, made.found, made.optimum_usd
    cuts, bounds = all_cuts(found), []
    for _, answer, new in rounds(made.split, pool, cuts, 6):
        bounds.append(answer.bound)
        cuts += new

    assert bounds[0] >= found.bound * (1 - 1e-5) - 1e-6
    assert all(later >= earlier * (1 - 1e-7) - 1e-6 for earlier, later in itertools.pairwise(bounds))
    assert bounds[-1] <= optimum * (1 + 1e-7) + 1e-6
    for cut in cuts:
        for way in pool.known[cut.cell][cut.part].values():
            assert way.usd + cut.prices @ way.uses >= cut.least * (1 - 1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_the_whole_program_with_the_hull_keeps_its_optimum(seed: int) -> None:
    """No cut takes a plan away: parts priced by the engine, so pools of several workloads are among them."""
    made = pooled_world(seed, is_by_engine=True)
    hulled = with_hull(made.split.problem, made.pool, all_cuts(made.found))

    assert relaxed(hulled).objective >= made.found.bound * (1 - 1e-5) - 1e-6
    assert solve_here(hulled, ASK).objective == pytest.approx(made.optimum_usd, rel=1e-6, abs=1e-4)


@pytest.mark.parametrize("room", [1.0, 1.05, 1.5])
@pytest.mark.parametrize("egress_usd", [0.0001, 0.001])
def test_bounds_hold_where_egress_counts_in_a_budget(room: float, egress_usd: float) -> None:
    """The budget is a shared amount with a price of its own: cells' egress and contracts' cash meet in it."""
    free = two_regions(is_roaming=True, egress_usd=egress_usd)
    least_usd = solve_here(split_of(free).problem, ASK).objective
    groups = Groups(limited(free.coefficients, "budget_usd", room * least_usd + 1e-6))
    split, pool, first = pooled(groups)
    found = generate(split, pool, first, market_of(pool), 10 * least_usd, relaxed)
    cuts = all_cuts(found)
    optimum_usd = solve_here(split.problem, ASK).objective

    assert any(oracle.cell.amount_links for oracle in pool.oracles)
    assert 0 < found.bound <= optimum_usd * (1 + 1e-7)
    assert solve_here(hull_master(split, pool, cuts).problem, ASK).bound <= optimum_usd * (1 + 1e-7)
    assert solve_here(with_hull(split.problem, pool, cuts), ASK).objective == pytest.approx(optimum_usd, rel=1e-6)


@pytest.mark.parametrize("egress_usd", [0.00001, 0.001, 0.01])
def test_separation_ends_where_parts_pay_egress(egress_usd: float) -> None:
    """A part's own cost stands in the unit of its dearest cut, and counts in usd where a broken cut is looked for."""
    groups = two_regions(is_roaming=True, egress_usd=egress_usd)
    split, pool, first = pooled(groups)
    found = generate(split, pool, first, market_of(pool), 1e6, relaxed)
    optimum_usd = solve_here(split.problem, ASK).objective
    *_, (master, answer, new) = rounds(split, pool, all_cuts(found), 12)

    assert any(usd > 1.0 for mine in master.units_usd for usd in mine)
    assert new == []
    assert answer.bound == pytest.approx(optimum_usd, rel=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_the_cuts_leant_on_are_enough(seed: int) -> None:
    """Few of the cuts, and the same relaxation as under all of them."""
    made = pooled_world(seed)
    cuts = all_cuts(made.found)
    few, bound = tight(made.split.problem, made.pool, cuts, relaxed)

    assert len(few) < len(cuts)
    assert made.found.bound * (1 - 1e-6) - 1e-6 <= bound <= made.optimum_usd * (1 + 1e-7) + 1e-6
    under = [relaxed(with_hull(made.split.problem, made.pool, some)).objective for some in (few, cuts)]
    assert under[0] == pytest.approx(under[1], rel=1e-6, abs=1e-6)
    assert under[1] == pytest.approx(bound, rel=1e-6, abs=1e-6)


def test_without_duals_all_cuts_are_kept_and_nothing_is_proved() -> None:
    made = pooled_world(1)
    silent = lambda problem: dataclasses.replace(relaxed(problem), row_duals=None)  # noqa: E731
    cuts = all_cuts(made.found)

    assert tight(made.split.problem, made.pool, cuts, silent) == (cuts, -np.inf)


def test_a_cut_that_asks_next_to_nothing_beside_another_of_its_part_is_left_out() -> None:
    """Own costs count in units of the dearest cut: in this one a usd of them would be an entry that no engine takes."""
    split, pool, first = pooled(two_sizes())
    cuts = all_cuts(generate(split, pool, first, market_of(pool), 1e6, relaxed))
    small = [dataclasses.replace(cut, prices=cut.prices * 1e-12, least=cut.least * 1e-12) for cut in cuts]
    before, after = hull_master(split, pool, cuts).problem, hull_master(split, pool, [*cuts, *small]).problem

    assert after.rows == before.rows
    assert np.abs(after.values).max() == np.abs(before.values).max()
