"""SCIP, CP-SAT, GLOP and PDLP in one process of their own."""

import numpy as np
import pytest

from planner.errors import SolverError
from planner.solvers import Limit, Settings
from planner.solvers.ortools import DIALECTS, incumbent_and_bound, refusal

INF = np.inf


@pytest.fixture
def mixed(dense):
    """max 5x + 4y + 3z: 2x + 3y + z <= 5, 4x + y + 2z <= 11, x, y whole, 0 <= z <= 0.5: (2, 0, 0.5) at 11.5."""
    return dense([[2, 3, 1], [4, 1, 2]], [-5, -4, -3], (-INF, [5, 11]), (0, [9, 9, 0.5]), [True, True, False], offset=1.0)


def test_scip_solves_a_hand_solved_mip(or_tools, mixed):
    solution = or_tools.solve(mixed, Settings("scip", relative_gap=0.0))

    assert solution.status == "optimal"
    assert solution.values == pytest.approx([2.0, 0.0, 0.5])
    assert solution.objective == pytest.approx(-10.5)
    assert "SCIP Status" in solution.log
    assert solution.version.startswith("SCIP of OR-Tools")


@pytest.mark.parametrize(("solver", "tolerance"), [("glop", 1e-9), ("pdlp", 1e-5)])
def test_lp_engines_give_the_hand_solved_optimum_and_duals(or_tools, dense, solver, tolerance):
    problem = dense([[1, 1], [1, 0]], [2, 3], ([4, -INF], [INF, 3]), (0, INF), False)
    solution = or_tools.solve(problem, Settings(solver, relative_gap=1e-4))

    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(9.0, rel=tolerance)
    assert solution.row_duals == pytest.approx([3.0, -1.0], abs=10 * tolerance)
    assert solution.node_count is None


def test_cp_sat_solves_a_pure_integer_problem_with_decimal_coefficients(or_tools, dense):
    """min 0.3x + 0.25y: 0.1x + 0.2y >= 0.75, x <= 3: y = 4 at 1.0, or x = 1, y = 4, or x = 3, y = 3 at 1.65."""
    problem = dense([[0.1, 0.2]], [0.3, 0.25], (0.75, INF), (0, [3, 9]), True, offset=2.0)
    solution = or_tools.solve(problem, Settings("cp_sat", relative_gap=0.0, threads=2))

    assert solution.status == "optimal"
    assert solution.values.tolist() == [0.0, 4.0]
    assert (solution.objective, solution.bound) == (pytest.approx(3.0), pytest.approx(3.0))


def test_cp_sat_refuses_continuous_columns_instead_of_a_wrong_optimal(mixed):
    assert "column 2 is continuous" in refusal(mixed, Settings("cp_sat"))
    assert refusal(mixed, Settings("scip")) == ""


@pytest.mark.parametrize("solver", ["glop", "pdlp"])
def test_lp_engines_refuse_whole_columns(or_tools, mixed, solver):
    with pytest.raises(SolverError, match="solves LPs only, and column 0 must be whole"):
        or_tools.solve(mixed, Settings(solver))


def test_scip_stops_at_the_time_limit_with_and_without_an_incumbent(or_tools, cover, market_split):
    settings = Settings("scip", relative_gap=0.0, time_limit_s=0.5)
    held = or_tools.solve(cover(seed=0, columns=100, rows=50), settings)
    empty = or_tools.solve(market_split[0], settings)

    assert (held.status, held.limit) == ("feasible", "time")
    assert held.bound < held.objective
    assert (empty.status, empty.limit, empty.values) == ("no_solution", "time", None)


@pytest.mark.parametrize(
    ("solver", "told"), [("scip", "1/1 feasible solution given"), ("cp_sat", "hint is complete and is feasible")]
)
def test_a_start_reaches_the_engine_as_a_hint(or_tools, market_split, solver, told):
    problem, point = market_split
    solution = or_tools.solve(problem.with_start(point), Settings(solver, relative_gap=0.0, time_limit_s=0.4, threads=1))

    assert (solution.status, solution.limit) == ("feasible", "time")
    assert solution.objective == point.sum()
    assert told in solution.log


def test_scip_takes_threads_seed_and_native_options(or_tools, cover):
    problem = cover(columns=20, rows=8)
    settings = Settings("scip", threads=2, seed=5, relative_gap=0.0)
    limited = Settings("scip", relative_gap=0.0, native={"limits/nodes": 1, "separating/maxroundsroot": 0})

    assert or_tools.solve(problem, settings).status == "optimal"
    assert or_tools.solve(problem, limited).limit is Limit.OTHER
    with pytest.raises(SolverError, match="SCIP does not take the problem"):
        or_tools.solve(problem, Settings("scip", native={"limits/noodles": 1.5}))


def test_parameter_messages_take_native_options_by_dotted_name(or_tools, dense):
    problem = dense([[1.0]], [1], (1, INF), (0, INF), False)
    native = {"termination_criteria.iteration_limit": 1, "verbosity_level": 0}

    assert or_tools.solve(problem, Settings("pdlp", native={"presolve_options.use_glop": True})).status == "optimal"
    assert or_tools.solve(problem, Settings("pdlp", native=native)).status in ("optimal", "feasible", "no_solution")
    with pytest.raises(SolverError, match=r"PDLP does not take the option no\.such"):
        or_tools.solve(problem, Settings("pdlp", native={"no.such": 1}))


def test_a_watcher_sees_scips_table_and_can_stop_it(or_tools, cover):
    seen = []

    def watch(progress):
        seen.append(progress)
        return len(seen) > 3 and progress.incumbent is not None

    solution = or_tools.solve(cover(seed=0, columns=100, rows=50), Settings("scip", relative_gap=0.0, time_limit_s=30.0), watch)
    bounds = [progress.bound for progress in seen if progress.bound is not None]

    assert (solution.status, solution.limit) == ("feasible", "interrupted")
    assert max(bounds) <= solution.bound


@pytest.mark.parametrize("bound", [230.688098086, 9.9999995e8, -1234567.4999, 1.0000005])
def test_a_bound_read_from_scips_seven_digits_is_never_above_the_true_one(bound):
    incumbent, read = incumbent_and_bound({"dualbound": f"{bound:.6e}", "primalbound": "2.320000e+02"})

    assert bound - 2e-6 * abs(bound) <= read <= bound
    assert incumbent == 232.0
    assert incumbent_and_bound({"dualbound": "--", "primalbound": "cutoff"}) == (None, None)


def test_every_dialect_belongs_to_a_registered_solver():
    from planner.solvers import BACKENDS

    assert {name for name, module in BACKENDS.items() if module.endswith(".ortools")} == set(DIALECTS)
