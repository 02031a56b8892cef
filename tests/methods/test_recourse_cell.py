"""A cell beside given commitments: what is held is nearly free, rents are what supply leaves, nobody's nodes a last way."""

import dataclasses

import numpy as np
import pytest

from planner.methods.recourse_cell import contracts_for, near_relaxed, recourse_problem, rent_room, start_of
from planner.methods.split import rows_of
from planner.program.groups import Groups
from planner.solvers import Settings, solve_here
from tests.methods.hand_world import guided
from tests.worlds import random_world, tiny

QUIET = Settings(log=False, relative_gap=1e-9)
KEY = ("cover", "2xT", "here")


def cell_problem(nodes_held: int, room_factor: float = 1.0):
    """Returns (oracle, program) of the tiny world's heaviest slot beside some committed nodes."""
    split, _, oracles, _ = guided(Groups(tiny()))
    oracle = next(o for o in oracles if o.cell.slot == ("q2", "day"))
    room = np.floor(rent_room(split, np.zeros(split.problem.columns)) * room_factor)
    return oracle, recourse_problem(split, rows_of(split.problem), oracle, {KEY: nodes_held}, room, np.zeros(0))


def test_every_node_held_saves_one_rent() -> None:
    """The slot needs the same nodes, held or rented: a node held costs a fiftieth of its rent."""
    oracle, alone = cell_problem(0)
    rented = solve_here(alone, QUIET)
    need = oracle.pattern(rented.values[: len(oracle.projected.kept)]).nodes[KEY]
    price = rented.objective / need

    for held in range(1, need + 1):
        found = solve_here(cell_problem(held)[1], QUIET)
        assert found.objective == pytest.approx(price * (need - held) + 0.02 * price * held)


def test_where_nothing_can_be_rented_nodes_are_nobodys_and_dear() -> None:
    """They cost three times the dearest rent, so they are the last way."""
    oracle, alone = cell_problem(0)
    _, none = cell_problem(0, room_factor=0.0)
    rented, missing = solve_here(alone, QUIET), solve_here(none, QUIET)

    assert missing.objective == pytest.approx(3 * rented.objective)
    assert missing.values[len(oracle.projected.kept) + 1] > 0


@pytest.mark.parametrize("seed", range(6))
def test_a_start_is_a_point_that_costs_what_its_nodes_do(seed: int) -> None:
    """Rounded up, the relaxation starts every cell, whatever is held."""
    split, _, oracles, _ = guided(Groups(random_world(seed)))
    room = rent_room(split, np.zeros(split.problem.columns))
    for oracle in oracles:
        problem = recourse_problem(split, rows_of(split.problem), oracle, {}, room, np.zeros(len(oracle.cell.amount_links)))
        best = solve_here(problem, QUIET)
        pattern = oracle.pattern(best.values[: len(oracle.projected.kept)])
        point = start_of(problem, oracle, pattern)

        assert problem.violation(point).largest <= 1e-9
        assert problem.objective(point) == pytest.approx(best.objective, rel=1e-6, abs=1e-6)


def test_near_the_relaxation_only_few_columns_are_left() -> None:
    """The start's columns stay; without a relaxation there is nothing to be near to."""
    oracle, problem = cell_problem(0)
    relaxed = solve_here(problem.relaxed(), QUIET)
    columns = len(oracle.projected.kept)
    whole = problem.is_integer[:columns]
    near = near_relaxed(problem, relaxed, columns, 1, None)
    started = near_relaxed(problem, relaxed, columns, 1, np.ones(problem.columns))

    assert int((near.column_upper[:columns][whole] > 0).sum()) == 1
    assert np.array_equal(started.column_upper > 0, problem.column_upper > 0)
    assert np.all(started.column_upper <= problem.column_upper)
    assert near_relaxed(problem, dataclasses.replace(relaxed, values=None), columns, 1, None) is None


def test_rents_have_what_commitments_leave_of_supply() -> None:
    """A rent's room is never above its bound, and falls as a commitment takes nodes of the same supply."""
    split, *_ = guided(Groups(tiny()))
    none = np.zeros(split.problem.columns)
    is_rent = np.array([name == "rent" for name in split.names])
    free = rent_room(split, none)

    assert np.all(free[~is_rent] == 0)
    assert np.all(free[is_rent] <= split.upper[is_rent])
    assert free[is_rent].max() > 0


@pytest.mark.parametrize("seed", range(4))
def test_commitments_for_a_relaxed_fleet_are_whole_and_no_dearer_than_renting_it(seed: int) -> None:
    split, guide, oracles, _ = guided(Groups(random_world(seed)))
    relaxed = solve_here(split.problem.relaxed(), QUIET)
    programs = []

    def solve(problem):
        programs.append(problem)
        return solve_here(problem, QUIET)

    contracts = contracts_for(split, oracles, relaxed.values, solve)
    whole = split.problem.is_integer.copy()
    whole[[name == "rent" for name in split.names]] = False
    traffic = sum(float(oracle.cell.cost @ relaxed.values[oracle.cell.columns]) for oracle in oracles)

    assert np.allclose(contracts[whole], np.rint(contracts[whole]), atol=1e-6)
    assert solve_here(programs[0], QUIET).objective >= guide.bound - traffic - 1e-6
