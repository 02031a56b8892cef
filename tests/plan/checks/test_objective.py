"""The objective check holds the claim against the money and the bound."""

from pathlib import Path

import pytest

from planner.plan.files import read_facts
from tests.plan.damage import cell, edit, edit_facts, found_by, told_by
from tests.plan.worlds import OWNED


def test_an_objective_edited_is_found_twice_over(plan_folder: Path) -> None:
    edit_facts(plan_folder, objective_usd=read_facts(plan_folder).objective_usd - 1)

    told = told_by("objective", plan_folder)
    assert "objective_usd against the total of the ledger" in told
    assert "objective_usd against the cost recomputed from prices" in told


def test_a_ledger_edited_together_with_the_objective_is_found_by_the_recomputed_cost(plan_folder: Path) -> None:
    edit(plan_folder, "ledger.csv", cell("usd", 400.0, term="rent", offer=OWNED, period="q1"))
    edit_facts(plan_folder, objective_usd=read_facts(plan_folder).objective_usd - 5000)

    told = told_by("objective", plan_folder)
    assert "recomputed from prices" in told
    assert "total of the ledger" not in told


def test_a_bound_above_the_objective_is_found(plan_folder: Path) -> None:
    objective = read_facts(plan_folder).objective_usd
    edit_facts(plan_folder, bound_usd=objective + 10, gap=-10 / objective)

    assert "bound_usd: expected at most the objective" in told_by("objective", plan_folder)


def test_a_gap_that_does_not_follow_from_the_bound_is_found(plan_folder: Path) -> None:
    edit_facts(plan_folder, gap=0.001)

    assert told_by("objective", plan_folder) == "gap: expected 0.005, found 0.001"


@pytest.mark.parametrize(("status", "asked"), [("optimal", 0.001), ("feasible", 0.01), ("perfect", 0.01)])
def test_a_status_that_does_not_follow_from_the_gap_is_found(plan_folder: Path, status: str, asked: float) -> None:
    edit_facts(plan_folder, status=status, gap_asked=asked)

    assert "status at gap 0.005" in told_by("objective", plan_folder)


@pytest.mark.parametrize("status", ["optimal", "feasible"])
def test_where_gap_and_what_was_asked_differ_by_rounding_either_status_is_right(plan_folder: Path, status: str) -> None:
    """The gap is 0.005, as exactly as these numbers can be divided."""
    edit_facts(plan_folder, status=status, gap_asked=0.005 - 5e-10)

    assert found_by("objective", plan_folder) == []


def test_a_plan_without_a_bound_is_feasible_and_has_no_gap(plan_folder: Path) -> None:
    edit_facts(plan_folder, bound_usd=None, gap=None, status="feasible")

    assert found_by("objective", plan_folder) == []


def test_a_claim_of_optimality_without_a_bound_is_found(plan_folder: Path) -> None:
    edit_facts(plan_folder, bound_usd=None, gap=None)

    assert "status at gap none where 0.01 was asked: expected feasible, found optimal" in told_by("objective", plan_folder)
