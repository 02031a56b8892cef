"""Errors: each class owns its exit code, faults are told all at once."""

import inspect

import pytest

from planner import errors
from planner.errors import AuditError, Fault, InputError, NoPlanError, PlannerError, SolverError, UnsatisfiableError

EXIT_CODES = {InputError: 2, UnsatisfiableError: 3, NoPlanError: 4, AuditError: 5, SolverError: 1, PlannerError: 1}


@pytest.mark.parametrize("kind", EXIT_CODES, ids=lambda kind: kind.__name__)
def test_each_error_has_its_exit_code(kind):
    assert kind.exit_code == EXIT_CODES[kind]


def test_every_error_of_the_module_is_a_planner_error():
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Exception)]

    assert all(issubclass(kind, PlannerError) for kind in kinds)


def test_a_fault_reads_as_a_sentence():
    assert str(Fault("demand.csv, line 3", "a number >= 0", "-10")) == "demand.csv, line 3: expected a number >= 0, found -10"


def test_all_faults_are_told_one_a_line():
    error = InputError([Fault("a", "b", "c"), Fault("d", "e", "f")])

    assert str(error) == "2 problem(s) in the input:\n  - a: expected b, found c\n  - d: expected e, found f"
    assert error.faults == (Fault("a", "b", "c"), Fault("d", "e", "f"))


def test_unsatisfiable_says_that_no_fleet_can():
    assert str(UnsatisfiableError([Fault("a", "b", "c")])).startswith("1 reason(s) why no fleet can keep these promises:")


def test_one_fault_is_an_error_of_one():
    assert InputError.single("a", "b", "c").faults == (Fault("a", "b", "c"),)
