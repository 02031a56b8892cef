"""The choice of a method: by name, by structure, and the empty program."""

import dataclasses

import pytest

from planner.errors import InputError
from planner.methods import METHODS, MethodSettings, solve_near, solve_one_of_many, solve_program
from planner.methods.choose import choose, suited
from planner.methods.result import Fleet
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from tests.service_worlds import put_off
from tests.sliced_worlds import in_parts, quota_world, sliced
from tests.worlds import offer_row, option_row, price_rows, rate_row, tiny, world


def spanning() -> Groups:
    """Returns a world whose only replica spans two nodes."""
    return Groups(
        world(
            [option_row("wide", "2xT", 4, nodes_per_replica=2)], [rate_row("chat", "wide", 9.0)], [offer_row("od", "2xT", 2)],
            price_rows("od", ["q1"], 4.0), {("chat", "q1", "day"): 5.0}, {("q1", "day"): 100.0},
        )
    )  # fmt: skip


def test_every_program_goes_to_the_outer_approximation():
    """Its cells are read off the arrays, so replicas over nodes are no exception."""
    assert choose(spanning()) == "outer"
    assert choose(Groups(tiny())) == "outer"


def test_parts_or_a_quota_in_one_slot_go_whole_to_the_engine():
    """One cell is the whole program; with more slots there is something to take apart."""
    assert choose(Groups(sliced())) == "textbook"
    assert choose(Groups(quota_world())) == "textbook"
    assert choose(Groups(in_parts(tiny(), {"chat": 3}))) == "outer"


def test_requests_that_may_wait_go_whole_to_the_engine():
    """Day and night together answer what was asked: patterns of one block alone do not add up to it."""
    assert choose(Groups(put_off())) == "textbook"


def test_a_spanning_replica_takes_its_two_nodes():
    """One replica of two nodes at 4 usd/h for 100 h: 800 usd."""
    result = solve_program(spanning(), MethodSettings(relative_gap=1e-7))

    assert result.objective_usd == pytest.approx(800.0)
    assert result.method == "outer"


def test_no_traffic_is_an_empty_plan_at_no_cost():
    """Nothing to serve costs 0 usd, proved."""
    silent = world(
        [option_row("o1", "2xT", 1)], [rate_row("chat", "o1", 5.0)], [offer_row("od", "2xT", 2)], price_rows("od", ["q1"], 4.0),
        {("chat", "q1", "day"): 0.0}, {("q1", "day"): 100.0},
    )  # fmt: skip
    result = solve_program(Groups(silent), MethodSettings())

    assert (result.objective_usd, result.bound_usd) == (0.0, 0.0)
    assert result.decision is not None
    assert result.decision.deployments.empty


def test_an_unknown_method_is_named():
    """The message lists the methods there are."""
    with pytest.raises(InputError, match=", ".join(METHODS)):
        solve_program(Groups(tiny()), MethodSettings(), "magic")


class Sized:
    """What the choice looks at of a search: columns and parts by cell, nodes of the relaxation's fleet, what its cells are."""

    def __init__(self, cells: int, columns: int, nodes: float, is_covering: bool = False, parts: int = 27) -> None:
        self.parts = [(None,) * parts] * cells
        self.oracles = [None] * cells
        self.fleet_nodes = nodes
        self.coverings = [object() if is_covering else None] * cells
        self.columns = columns * cells


@pytest.mark.parametrize(
    ("size", "taken"),
    [
        (Sized(8, 1200, 600), "recourse"), (Sized(8, 1200, 600, is_covering=True), "recourse"),
        (Sized(8, 1200, 60), "recourse"), (Sized(8, 1200, 60, is_covering=True), "partwise"),
        (Sized(8, 1200, 60, parts=9), "partwise"), (Sized(8, 1200, 60, parts=0), "recourse"),
        (Sized(8, 1200, 5, is_covering=True), "partwise"), (Sized(8, 1200, 5, parts=9), "partwise"),
        (Sized(8, 1200, 5), "recourse"), (Sized(24, 500, 230), "outer"), (Sized(24, 500, 5, parts=4), "outer"),
        (Sized(1, 420, 5), "recourse"), (Sized(1, 200, 60), "outer"),
    ],
)  # fmt: skip
def test_the_decomposition_goes_by_fleet_and_cells(size, taken):
    """Large fleets in large cells begin with commitments; few parts are priced one by one, small cells node by node."""
    assert suited(size, size.columns) == taken


def test_ctrl_c_ends_a_study_where_a_plan_would_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    groups, asked = Groups(tiny()), MethodSettings(threads=1)
    compiled = compile_program(build_program(groups))
    result, known = solve_near(compiled, groups, asked, method="outer")
    cut_short = dataclasses.replace(result, limit="interrupted")
    monkeypatch.setattr("planner.methods.choose.outer_near", lambda *_: (cut_short, known))
    monkeypatch.setitem(METHODS, "outer", lambda *_: cut_short)

    assert result.limit == "none"
    assert solve_program(groups, asked, "outer").limit == "interrupted"
    with pytest.raises(KeyboardInterrupt):
        solve_one_of_many(groups, asked, "outer")
    with pytest.raises(KeyboardInterrupt):
        solve_near(compiled, groups, asked, method="outer")


def test_where_an_earlier_plan_is_not_begun_with_that_is_told(caplog: pytest.LogCaptureFixture) -> None:
    fleet = Fleet(["q1", "q2"], {}, {}, {("re", "q1"): 1})
    for method in ("textbook", "outer"):
        solve_program(Groups(tiny()), MethodSettings(threads=1, fleet=fleet), method)

    assert [text for text in caplog.messages if "earlier plan" in text] == [
        "the earlier plan is not begun with: the program goes whole to the engine"
    ]
