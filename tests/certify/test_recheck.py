"""A bound is proved again by the other engine; a planted claim is found false, or not proved."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from planner.certify.decomposition import Cell, Claims, Cut, claim_faults, master
from planner.certify.facts import Facts, facts_of
from planner.certify.recheck import recheck
from planner.certify.stored import CERTIFICATE_FILE as FILE
from planner.certify.stored import claims_of
from planner.errors import InputError
from planner.options.coefficients import Coefficients
from planner.pipeline import SolveSettings, make_plan
from planner.plan.files import read_facts, read_plan_inputs
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Settings, Worker, solve_here
from tests.command_line import planner
from tests.methods.hand_world import two_regions
from tests.plan.damage import edit_facts
from tests.small_instances import write_instance

CHANGES = {"workloads.0.slo": [{"metric": "tpot", "statistic": "mean", "ms": 40}], "supply.nodes_max_per_offer": 4}


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    """One instance solved by decomposition and as a tree."""
    root = tmp_path_factory.mktemp("certified")
    wish = write_instance(root / "wish", CHANGES, requests_per_s=300.0)
    for method in ("outer", "textbook"):
        make_plan(wish, root / method, SolveSettings(method=method, gap=1e-4, time_limit_s=60, threads=1))
    return root


@pytest.fixture
def outer(plans, tmp_path) -> Path:
    """A copy of the decomposition's plan that a test may damage."""
    return Path(shutil.copytree(plans / "outer", tmp_path / "outer"))


def changed(folder: Path, **changes: object) -> None:
    record = json.loads((folder / FILE).read_text())
    (folder / FILE).write_text(json.dumps({**record, **changes}))


def test_a_plan_says_how_its_bound_was_proved(plans):
    assert read_facts(plans / "outer").bound_proof == "decomposition"
    assert read_facts(plans / "textbook").bound_proof == "engine-asserted"


def test_a_decomposition_is_proved_again_cut_by_cut(plans):
    found = recheck(plans / "outer", 60.0)

    assert found.engine == "scip"
    assert found.is_reproved, found.lines
    assert found.cuts_reproved == found.cuts > 0
    assert found.lines[0].startswith("deep: the bound")


def test_a_tree_bound_is_repeated_with_the_objective_cut_off(plans):
    found = recheck(plans / "textbook", 60.0)

    assert found.kind == "tree"
    assert found.is_reproved, found.lines


def test_a_cut_that_claims_too_much_is_found_false(outer):
    record = json.loads((outer / FILE).read_text())
    cuts = [{**cut, "bound_usd": cut["bound_usd"] * 1.5} for cut in record["cuts"]]
    changed(outer, cuts=cuts)

    assert "can be served at" in recheck(outer, 60.0).contradiction


def test_a_certificate_without_its_cuts_proves_the_relaxation_alone(outer):
    """Where there is no time for the whole program, which proves the bound with time for it."""
    changed(outer, cuts=[])
    found, later = recheck(outer, 4.0), recheck(outer, 60.0)
    relaxed = compile_program(build_program(Groups(read_plan_inputs(outer).coefficients))).problem.relaxed()

    assert not found.is_reproved
    assert found.reproved_usd < found.claimed_usd
    assert found.reproved_usd == pytest.approx(solve_here(relaxed, Settings(log=False)).objective, rel=1e-6)
    assert (later.kind, later.is_reproved) == ("tree", True)


def test_a_bound_above_every_plan_is_found_false(plans, tmp_path):
    folder = Path(shutil.copytree(plans / "textbook", tmp_path / "tree"))
    cost = read_facts(folder).objective_usd
    edit_facts(folder, bound_usd=cost * 1.01, objective_usd=cost * 1.02, gap=0.01 / 1.02)

    assert recheck(folder, 60.0).contradiction == f"the plan itself costs {cost:.2f} usd"


def test_a_certifier_that_contradicts_the_plan_says_so_and_proves_nothing(plans, monkeypatch):
    """Replicas at half of their use need twice the nodes: more than the plan that is there pays."""

    def strict(coefficients: Coefficients) -> Facts:
        f = facts_of(coefficients)
        return dataclasses.replace(f, utilisation=0.5 * f.utilisation)

    monkeypatch.setattr("planner.certify.recheck.facts_of", strict)
    said = planner("audit", plans / "outer", "--deep", "--time-limit", "20", "--threads", "1")

    assert said.code == 1
    assert "the certifier contradicts itself" in said.out
    assert "proved again" not in said.out


def test_segments_with_a_hole_and_cells_that_overlap_do_not_fit_the_problem(plans):
    f = facts_of(read_plan_inputs(plans / "outer").coefficients)
    record = json.loads((plans / "outer" / FILE).read_text())

    def read(**changes: object) -> Claims:
        claims = claims_of(json.dumps({**record, "cuts": [], **changes}))
        assert claims is not None
        return claims

    assert claim_faults(f, read()) == []
    assert claim_faults(f, read(segments=record["segments"][1:]))
    assert claim_faults(f, read(segments=record["segments"][:-1]))
    assert claim_faults(f, read(cells=[*record["cells"], record["cells"][0]]))


@pytest.mark.parametrize("bound_usd", [1e5, 1e7, 1e8, 2e8, 1e9, 1e11])
@pytest.mark.parametrize("engine", ["highs", "scip"])
def test_a_little_egress_counts_in_a_cut_of_any_size(bound_usd: float, engine: str) -> None:
    """Three nodes and 100 usd of egress fulfil the cut; the fourth node costs 300 usd.

    A cut is loosened by 1e-9 a node, 100 nodes are in reach. Under a side of 1 HiGHS 1.15.1 bought the fourth at 1e8 usd.
    """
    f = facts_of(two_regions(is_roaming=True, egress_usd=0.01).coefficients)
    bays = (("2xT", "east"), ("2xT", "west"))
    cut = Cut(bound_usd, (0,), dict.fromkeys((0, 1), (bound_usd - 100.0) / 3))
    claims = Claims(0.0, (Cell(f.slots[0], bays),), {bay: [(k, 0.0, 50.0)] for k, bay in enumerate(bays)}, (cut,), False)
    problem = master(f, claims, [(0, cut, bound_usd)])

    with Worker() as worker:
        answer = worker.solve(problem, Settings(engine, relative_gap=1e-9, threads=1, log=False))

    assert answer.bound == pytest.approx(max(900.0, 1000.0 - 1e-7 * bound_usd), rel=1e-6)


def test_a_cut_of_next_to_nothing_is_left_out_of_the_master() -> None:
    """Its entry would be 2e15: no engine takes it, and it says nothing beside the other."""
    f = facts_of(two_regions(is_roaming=True, egress_usd=0.01).coefficients)
    bays = (("2xT", "east"), ("2xT", "west"))
    cut = Cut(1e5, (0,), dict.fromkeys((0, 1), 5e4))
    claims = Claims(0.0, (Cell(f.slots[0], bays),), {bay: [(k, 0.0, 50.0)] for k, bay in enumerate(bays)}, (cut,), False)
    trifle = Cut(1e-8, (0,), {})

    found = [
        solve_here(master(f, claims, cuts), Settings(log=False)) for cuts in ([(0, cut, 1e5)], [(0, cut, 1e5), (0, trifle, 1e-8)])
    ]
    assert found[0].bound == found[1].bound == pytest.approx(600.0)


def test_cells_of_a_slot_that_is_not_there_are_malformed(outer):
    record = json.loads((outer / FILE).read_text())
    changed(outer, cells=[*record["cells"], ["q9", "dusk", record["cells"][0][2]]])

    with pytest.raises(InputError, match=r"cells\[\d+\]: expected a slot and node types of the problem, found \('q9', 'dusk'\)"):
        recheck(outer, 20.0)


LIMITS = [
    {"limit": "cash", "kind": "budget_usd", "value": 9_000_000}, {"limit": "air", "kind": "carbon_kg", "value": 2_000_000},
    {"limit": "half", "kind": "accelerators_max", "value": 400},
]  # fmt: skip


def test_a_bound_under_limits_is_proved_again(tmp_path):
    wish = write_instance(tmp_path / "wish", {**CHANGES, "limits": LIMITS}, requests_per_s=300.0)
    make_plan(wish, tmp_path / "plan", SolveSettings(gap=1e-3, time_limit_s=60, threads=1))
    found = recheck(tmp_path / "plan", 60.0)

    assert found.is_reproved, found.lines
    assert found.left_out == ()


@pytest.mark.slow
def test_what_is_left_out_is_said_and_never_makes_a_claim_false(tmp_path):
    """One machine in three is asked to start for much money: the certifier leaves the price of starts out."""
    changes = {**CHANGES, "money.switching_usd_per_node": 50_000.0, "supply.terms": ["on_demand"]}
    wish = write_instance(tmp_path / "wish", changes, requests_per_s=300.0)
    make_plan(wish, tmp_path / "plan", SolveSettings(gap=1e-3, time_limit_s=60, threads=1))
    found = recheck(tmp_path / "plan", 60.0)

    assert found.contradiction == ""
    assert found.lines[-1] == "deep: proved without the price of node starts: that can only raise the least cost"


def test_audit_deep_tells_people_and_programs(plans):
    said = planner("audit", plans / "outer", "--deep", "--time-limit", "60", "--threads", "1")
    record = planner("audit", plans / "textbook", "--deep", "--time-limit", "60", "--format", "json").json

    assert said.code == 0
    assert "is proved again by scip" in said.out
    assert record["deep"]["is_reproved"]
    assert record["passed"]
