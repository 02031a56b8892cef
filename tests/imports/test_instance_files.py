"""What is written is an ordinary instance that checks out, solves to the optimum worked by hand, and passes its audit."""

import pytest

from planner import pipeline
from planner.errors import InputError, UnsatisfiableError
from planner.imports.buckets import aibrix_problem, melange_problem
from planner.imports.inferno import inferno_problem
from planner.imports.instance_files import plain_names, write_instance
from tests.imports.peer_files import BUCKETS, MATRICES, NAMED, write


def objective_usd(problem, folder) -> float:
    """Returns the audited cost of the proved plan of an imported problem."""
    write_instance(problem, folder / "instance")
    outcome = pipeline.make_plan(folder / "instance", folder / "plan", pipeline.SolveSettings(gap=1e-9, threads=1))
    assert outcome.audit.passed
    assert outcome.plan.facts.status == "optimal"
    return outcome.plan.facts.objective_usd


@pytest.mark.parametrize(("is_continuous", "usd"), [(False, 26.0), (True, 26.0)])
def test_buckets_cost_what_was_worked_by_hand(tmp_path, is_continuous, usd):
    """Buckets need 3.6 + 1 small; or 0.9, 0.25 and 1.25 big. All big: 2.4 -> 3 = 30.

    10 requests/s must be big (1.25 -> 2 = 20 usd, 0.75 spare); the rest is 4.6 small or 1.15 big. Spare takes 3 small worth,
    leaving 1.6 -> 2 small = 6: 26. In slices: 0.45 big or 1.8 small a half of 36, 0.125 or 0.5 a half of 4: one half of 36
    and both of 4 on big (0.7 of 0.75), one half on small, 1.8 -> 2: 26 too.
    """
    problem = melange_problem(write(tmp_path / "b.json", BUCKETS), is_continuous)

    assert objective_usd(problem, tmp_path) == pytest.approx(usd, rel=1e-9)


def test_whole_buckets_cost_more(tmp_path):
    """Cut in one: 36 whole on big (0.9 + 1.25 -> 3 = 30) or on small (3.6 -> 4 = 12 beside 20): 30 with all of it on 3 big."""
    problem = aibrix_problem(write(tmp_path / "b.json", BUCKETS, {"slice_factor": 1}))

    assert objective_usd(problem, tmp_path) == pytest.approx(30.0, rel=1e-9)


@pytest.mark.parametrize(
    ("assignment", "is_unlimited", "usd"),
    [("multi", True, 10.0), ("multi", False, 11.0), ("single", True, 10.0), ("single", False, 15.0)],
)
def test_servers_cost_what_was_worked_by_hand(tmp_path, assignment, is_unlimited, usd):
    """45/s: 2 x two B is 10 usd on 4 cards. With 3 B cards: once, with two A, 11; on one accelerator: 5 A, 15."""
    problem = inferno_problem(write(tmp_path / "n.json", NAMED), assignment, is_unlimited)

    assert objective_usd(problem, tmp_path) == pytest.approx(usd, rel=1e-9)


def test_matrices_cost_what_was_worked_by_hand(tmp_path):
    """Server 1: 3 x 1 = 3, or one of 3. Server 2 pays 2 or 3 a replica: 2 of the second kind 6, or one and one 5. Sum 8."""
    assert objective_usd(inferno_problem(write(tmp_path / "m.json", MATRICES)), tmp_path) == pytest.approx(8.0, rel=1e-9)


def test_one_bucket_needs_no_pool_and_no_traffic_costs_nothing(tmp_path):
    problem = melange_problem(write(tmp_path / "b.json", BUCKETS, {"total_request_rate": 0}))

    assert objective_usd(problem, tmp_path) == 0.0


def test_a_bucket_that_no_type_serves_is_unsatisfiable(tmp_path):
    problem = melange_problem(write(tmp_path / "b.json", BUCKETS, {"gpu_info.big.tputs.1.1": 0}))
    write_instance(problem, tmp_path / "instance")

    with pytest.raises(UnsatisfiableError, match="in02-out02"):
        pipeline.make_plan(tmp_path / "instance", tmp_path / "plan", pipeline.SolveSettings())


def test_names_of_any_kind_become_names_of_ours(tmp_path):
    gpus = {"A|1,2": BUCKETS["gpu_info"]["small"], " /@\n": BUCKETS["gpu_info"]["big"], "日本": BUCKETS["gpu_info"]["big"]}
    problem = melange_problem(write(tmp_path / "a,b|c.json", BUCKETS, {"gpu_info": gpus}))

    assert objective_usd(problem, tmp_path) == pytest.approx(26.0, rel=1e-9)


def test_names_stay_apart():
    assert plain_names(["a", "a-2", "a", "", "x" * 200, "x" * 201]) == ["a", "a-2", "a-3", "unnamed", "x" * 100, "x" * 100 + "-2"]


def test_nothing_is_overwritten(tmp_path):
    problem = melange_problem(write(tmp_path / "b.json", BUCKETS))
    (tmp_path / "kept.txt").write_text("mine")

    with pytest.raises(InputError, match="a new or empty folder"):
        write_instance(problem, tmp_path)
