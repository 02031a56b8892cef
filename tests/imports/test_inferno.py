"""Files of llm-inferno in both shapes: cents, bundles of cards, limits; and what is wrong with a file."""

import pytest

from planner.errors import InputError
from planner.imports.inferno import inferno_problem
from tests.imports.peer_files import MATRICES, NAMED, write


def test_cents_become_usd_and_bundles_count_their_cards(tmp_path):
    problem = inferno_problem(write(tmp_path / "n.json", NAMED))

    assert {m.machine: (m.accelerator, m.accelerators, m.usd_per_hour) for m in problem.machines} == {
        "1 of A": ("A", 1, 3.0), "1 of 4xA": ("A", 4, 10.0), "2 of B": ("B", 2, 5.0)
    }  # fmt: skip
    assert [(s.stream, s.requests_per_s, s.tokens) for s in problem.streams] == [("Gold-m", 45.0, (100.0, 10.0))], (
        "no idle server"
    )
    assert problem.accelerators_max == {"A": 8, "B": 3}
    assert (problem.slices, problem.is_shared) == (0, False)


def test_single_is_one_part_and_unlimited_has_no_cards(tmp_path):
    problem = inferno_problem(write(tmp_path / "n.json", NAMED), "single", is_unlimited=True)

    assert (problem.slices, problem.accelerators_max) == (1, None)


def test_matrices_have_no_unit_and_are_taken_as_usd(tmp_path):
    problem = inferno_problem(write(tmp_path / "m.json", MATRICES))

    assert {m.machine: (m.accelerator, m.accelerators, m.usd_per_hour) for m in problem.machines} == {
        "1 of accelerator-1": ("type-1", 1, 1.0), "1 of accelerator-2": ("type-2", 1, 3.0),
        "2 of accelerator-1": ("type-1", 2, 2.0),
    }  # fmt: skip
    assert [(s.stream, s.requests_per_s) for s in problem.streams] == [("server-1", 3.0), ("server-2", 5.0)]
    assert problem.accelerators_max == {"type-1": 8, "type-2": 4}


def test_a_matrix_of_types_says_the_cards_of_each_accelerator(tmp_path):
    changes = {"acceleratorTypesMatrix": [[1, 4], [0, 0]]}
    problem = inferno_problem(write(tmp_path / "m.json", MATRICES, changes))

    assert {m.machine: (m.accelerator, m.accelerators) for m in problem.machines}["1 of accelerator-2"] == ("type-1", 4)
    assert problem.accelerators_max == {"type-1": 8}


@pytest.mark.parametrize(
    ("record", "changes", "told"),
    [
        (NAMED, {"candidates": None}, "the key 'candidates'"),
        (NAMED, {"candidates": []}, "a list with something in it"),
        (NAMED, {"candidates.0.acc": "Z"}, "a server and an accelerator of the file"),
        (NAMED, {"candidates.0.server": 5}, "candidates[0].server: expected a name"),
        (NAMED, {"candidates.1.acc": "A"}, "each server and accelerator once"),
        (NAMED, {"candidates.0.numInstancesPerReplica": 0}, "a whole number >= 1"),
        (NAMED, {"candidates.0.ratePerReplica_req_s": "10"}, "ratePerReplica_req_s"),
        (NAMED, {"candidates.1.arrivalRate_req_s": 46}, "45 as in the server's other candidates"),
        (NAMED, {"servers.0.load.arrivalRate": 60}, "arrivals of 1/s in its candidates"),
        (NAMED, {"servers.1.name": "Gold-m"}, "each server once"),
        (NAMED, {"servers.0.load": None}, "the key 'load'"),
        (NAMED, {"accelerators.1.name": "A"}, "each accelerator once"),
        (NAMED, {"accelerators.0.cost": -1}, "accelerators[0].cost"),
        (NAMED, {"capacity.1.type": "C"}, "a count of cards of type B, or --unlimited"),
        (NAMED, {"capacity.0.count": 1.5}, "capacity[0].count: expected a whole number"),
        (MATRICES, {"ratePerReplica": [[1, 2]]}, "ratePerReplica: expected 2 x 2 numbers, found 1 x 2"),
        (MATRICES, {"numServers": 3}, "numServers: expected 2, the length of the lists"),
        (MATRICES, {"arrivalRates": None}, "the key 'arrivalRates'"),
        (MATRICES, {"unitsAvail": [8]}, "a count of cards of type type-2"),
        (MATRICES, {"unitsAvail": "many"}, "unitsAvail: expected a list"),
        (MATRICES, {"numInstancesPerReplica.0.0": 0}, "a whole number >= 1 where a replica has a rate"),
        (MATRICES, {"acceleratorTypesMatrix": [[1, 1], [0, 1]]}, "one whole number of cards of one type"),
        (MATRICES, {"acceleratorTypesMatrix": "diagonal"}, "acceleratorTypesMatrix"),
        (MATRICES, {"ratePerReplica": [[0, 0], [0, 0]]}, "a rate > 0 of some server"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, record, changes, told):
    with pytest.raises(InputError) as raised:
        inferno_problem(write(tmp_path / "n.json", record, changes))

    assert told in str(raised.value)
