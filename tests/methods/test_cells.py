"""Cells: which regions belong together, what an oracle answers, and when one cell speaks for another."""

import numpy as np
import pytest

from planner.methods.cells import cell_problem, cells, read_pattern, scaled
from planner.methods.segments import make_segments
from planner.program.groups import Groups
from planner.solvers import Settings, solve_here
from tests.worlds import offer_row, option_row, price_rows, rate_row, tiny, world


def two_regions(is_roaming: bool) -> Groups:
    """Returns two workloads at home in two regions; roaming, the first may also use the second's."""

    def path(workload: str, region: str, is_allowed: bool) -> dict[str, object]:
        return {
            "workload": workload,
            "region": region,
            "network_ms": 9.0,
            "is_allowed": is_allowed,
            "egress_usd_per_request": 0.0,
        }

    return Groups(
        world(
            [option_row("o1", "2xT", 1)], [rate_row("a", "o1", 5.0), rate_row("b", "o1", 5.0)],
            [offer_row("od-e", "2xT", 2, region="east"), offer_row("od-w", "2xT", 2, region="west")],
            price_rows("od-e", ["q1"], 4.0) + price_rows("od-w", ["q1"], 3.0),
            {("a", "q1", "day"): 6.0, ("b", "q1", "day"): 6.0}, {("q1", "day"): 100.0},
            paths=[path("a", "east", True), path("a", "west", is_roaming), path("b", "west", True), path("b", "east", False)],
        )
    )  # fmt: skip


def test_regions_that_no_workload_joins_are_cells_of_their_own():
    """Apart they are two cells; one roaming workload makes them one."""
    assert [len(cell.bays) for cell in cells(two_regions(is_roaming=False))] == [1, 1]
    assert [len(cell.bays) for cell in cells(two_regions(is_roaming=True))] == [2]


def test_an_oracle_finds_the_cheapest_nodes_at_any_prices():
    """12 requests/s are 3 replicas in all: 2 of them, or all 3, where nodes are cheaper: west takes both nodes at 1 against 5."""
    groups = two_regions(is_roaming=True)
    (cell,) = cells(groups)
    segments = make_segments(dict.fromkeys(cell.bays, 2.0), {bay: [50] for bay in cell.bays})
    prices = np.where([bay[1] == "west" for bay in segments.bays], 1.0, 5.0)
    problem, columns = cell_problem(cell, segments, prices)
    solution = solve_here(problem, Settings(relative_gap=1e-9, log=False))
    pattern = read_pattern(cell, columns, solution.values)

    assert solution.objective == pytest.approx(2.0)
    assert pattern.nodes == {("2xT", "east"): 0, ("2xT", "west"): 2}
    assert sum(pattern.served.values()) == pytest.approx(12.0)


def test_a_cheaper_later_segment_waits_for_the_earlier_one():
    """Three nodes at 5, then 1 each: 5 + 1 + 1, not 3."""
    groups = Groups(tiny())
    cell = next(c for c in cells(groups) if c.slot == ("q2", "day"))
    segments = make_segments({("2xT", "here"): 2.5}, {("2xT", "here"): [50]})
    prices = np.where(segments.lower < 1, 5.0, 1.0)
    problem, _ = cell_problem(cell, segments, prices)

    assert solve_here(problem, Settings(relative_gap=1e-9, log=False)).objective == pytest.approx(7.0)


def test_a_pattern_of_a_heavier_cell_serves_a_lighter_one():
    """Scaled traffic meets the lighter demand exactly, on replicas that could carry more; the reverse is refused."""
    groups = Groups(tiny())
    parts = {cell.slot: cell for cell in cells(groups)}
    heavy, light = parts["q2", "day"], parts["q1", "night"]
    segments = make_segments({("2xT", "here"): 2.5}, {("2xT", "here"): [50]})
    problem, columns = cell_problem(heavy, segments, np.ones(len(segments.bays)))
    pattern = scaled(read_pattern(heavy, columns, solve_here(problem, Settings(log=False)).values), light)

    assert heavy.covers(light)
    assert not light.covers(heavy)
    assert sum(pattern.served.values()) == pytest.approx(4.0)
    assert sum(pattern.replicas.values()) == 5
