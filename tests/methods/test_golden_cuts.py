"""Valid inequalities as they are written, in worlds that a reader can check by hand: a golden program each.

The programs stand in `golden/`, rewritten by `pytest --accept`. That no inequality takes a whole point away: `test_whole_points`.
"""

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest

from planner.methods.hull_master import hull_master, with_hull
from planner.methods.master import outer_master
from planner.methods.oracle import Cut, Prices, make_oracle, oracle_problem
from planner.methods.parts import PartCut
from planner.methods.pools import pooled
from planner.methods.segments import make_segments
from planner.program.groups import Groups
from planner.solvers import Problem, Settings, solve_here
from tests.methods.hand_world import HERE, hulled_cell, split_of, two_regions
from tests.methods.pooled_worlds import pool_of
from tests.methods.test_covering import two_sizes
from tests.methods.test_pools import program
from tests.program.linear_programs import differences, read_lp

GOLDEN = Path(__file__).parent / "golden"
GOLDENS = (
    "hull_cut", "hull_cut_clipped", "hull_in_master", "hull_in_program", "outer_cut", "pool_of_three", "pool_of_two",
    "roaming_pool",
)  # fmt: skip
ASK = Settings(relative_gap=1e-9, log=False)
PLAIN = str.maketrans({"[": "(", "]": ")", ",": "_"})


def lp_of(problem: Problem, columns: Sequence[str], rows: Sequence[str]) -> str:
    """Returns a program as text, a term, side or bound a line, as the goldens of families are."""
    assert (len(columns), len(rows)) == (problem.columns, problem.rows)
    by_row: list[list[tuple[int, float]]] = [[] for _ in rows]
    for j, (start, end) in enumerate(itertools.pairwise(problem.column_starts.tolist())):
        for row, value in zip(problem.row_indices[start:end].tolist(), problem.values[start:end].tolist(), strict=True):
            by_row[row].append((j, value))

    def terms(entries: Iterable[tuple[int, float]]) -> list[str]:
        return [f"{value:+.12g} {columns[j]}" for j, value in entries if value]

    lines = ["min", "objective:", *terms(enumerate(problem.cost.tolist())), "s.t."]
    for name, entries, lower, upper in zip(rows, by_row, problem.row_lower, problem.row_upper, strict=True):
        assert lower == upper or np.isinf(lower) or np.isinf(upper), "a row has one side here"
        side = f"= {lower:.12g}" if lower == upper else f">= {lower:.12g}" if lower > -np.inf else f"<= {upper:.12g}"
        lines += [f"{name}:", *terms(entries), side]
    ends = zip(problem.column_lower.tolist(), columns, problem.column_upper.tolist(), strict=True)
    lines += ["bounds", *(f"   {lower:.12g} <= {name} <= {upper:+.12g}" for lower, name, upper in ends)]
    return "\n".join([*lines, "general", *(f"  {columns[j]}" for j in np.flatnonzero(problem.is_integer)), "end", ""])


def told(name: str, text: str, is_accepting: bool) -> list[str]:
    """Returns what is not as in the golden program; rewrites it where that is accepted."""
    assert name in GOLDENS
    path = GOLDEN / f"{name}.lp"
    if is_accepting:
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), "no golden LP: look at it, then run pytest --accept"
    return differences(read_lp(path.read_text(encoding="utf-8")), read_lp(text))


def plain(names: Iterable[str]) -> list[str]:
    return [name.translate(PLAIN) for name in names]


def hull_of(groups: Groups) -> str:
    """Returns the one cell of a program at 1 usd a node, with its hull cuts."""
    split = split_of(groups)
    oracle, segments, prices, rows = hulled_cell(split)
    names = [split.problem.column_names[j] for j in oracle.cell.columns[oracle.projected.kept]]
    return lp_of(oracle_problem(oracle, segments, prices, None, rows), [*plain(names), "nodes"], ["demand", "hull", "cover"])


def test_every_golden_program_is_asked_for() -> None:
    assert tuple(sorted(path.stem for path in GOLDEN.glob("*.lp"))) == GOLDENS


def test_the_golden_hull_cut_of_a_covering_cell(is_accepting: bool) -> None:
    """20/s by replicas of 4/s on one accelerator and of 11.2/s on two, of nodes of two at 1 usd: 0.5 usd an accelerator.

    The cheapest way is two large ones: four accelerators, 2 usd. So 0.5 small + 1 large >= 2, divided by 2, and loosened by 1e-9.
    """
    assert told("hull_cut", hull_of(two_sizes()), is_accepting) == []


def test_the_golden_hull_cut_where_one_replica_is_more_than_enough(is_accepting: bool) -> None:
    """3/s: one small replica, 0.5 usd. So 0.5 small + 1 large >= 0.5, by 0.5: 1 small + 2 large >= 1, and 2 is cut down to 1."""
    world = two_sizes().coefficients
    light = Groups(world.with_tables(demand=world.demand.assign(requests_per_s=3.0)))

    assert told("hull_cut_clipped", hull_of(light), is_accepting) == []


def test_the_golden_facets_of_a_pool_of_two(is_accepting: bool) -> None:
    """Demands 6 and 4; a replica of either kind gives 1; a unit of the first takes 0.5 of both, one of the second 0.5 and 0.25.

    At prices (1, 0): 1 / 0.5 n0 + 1 / 0.5 n1 >= 6. At (0, 1): 2 n0 + 4 n1 >= 4. At (1, 0.5), where both cost the second kind 2
    a unit: 2 n0 + max(2, 2) n1 >= 6 + 2. At (1, 1), where both cost the first kind 2: 2 n0 + max(2, 4) n1 >= 10. All by 2.
    """
    problem = pooled(program([[0.5, 0.5], [0.5, 0.25]], [6.0, 4.0], [1.0, 1.0], [10.0, 17.0])).compiled.problem
    rows = ["at_1_and_0", "at_0_and_1", "at_1_and_half", "at_1_and_1"]

    assert told("pool_of_two", lp_of(problem, problem.column_names, rows), is_accepting) == []


def test_the_golden_rows_of_a_pool_of_three(is_accepting: bool) -> None:
    """Demands 4, 6 and 10; units take 1, 0.5 and 1.5 of the first kind, and 1, 1.5 and 0.5 of the second: 1 of them in the mean.

    Prices are thirds of that. At thirds (1, 1, 1): max(1/3, 2/3, 2/9) n0 + max(1/3, 2/9, 2/3) n1 >= 20/3, which is n0 + n1 >= 10.
    At (0, 0, 3): 2/3 n0 + 2 n1 >= 10, n0 + 3 n1 >= 15. At (1, 0, 2): max(1/3, 4/9) n0 + max(1/3, 4/3) n1 >= 24/3, by 4/9 it is
    n0 + 3 n1 >= 18.
    """
    stated = program([[1.0, 1.0], [0.5, 1.5], [1.5, 0.5]], [4.0, 6.0, 10.0], [1.0, 1.0], [10.0, 12.0])
    problem = pooled(stated).compiled.problem
    thirds = [f"at_{a}_{b}_{3 - a - b}" for a in range(4) for b in range(4 - a)]
    rows = ["demand_0", "demand_1", "demand_2", "capacity_0", "capacity_1", *thirds]

    assert told("pool_of_three", lp_of(problem, problem.column_names, rows), is_accepting) == []


def test_the_golden_rows_of_a_roaming_pool(is_accepting: bool) -> None:
    """6 units at home in 0 take 1 each there, 4 at home in 1 half of that; in 1 all takes twice as much; replicas give 4.

    Load at home: 6 and 4 x 0.5 = 2; capacity: 4 n0 and 4 / 2 n1. So 4 n0 + 2 n1 >= 8, 4 n0 + t01 >= 6, 2 n1 + 0.5 t10 >= 2, all
    by 2, and t01 <= 6, t10 <= 4.
    """
    stated = program([[1.0, 2.0], [0.5, 1.0]], [6.0, 4.0], [4.0, 4.0], [10.0, 10.0], [1.0, 0.5])
    problem = pooled(stated).compiled.problem

    assert told("roaming_pool", lp_of(problem, problem.column_names, ["all", "home_0", "home_1"]), is_accepting) == []


def test_the_golden_outer_cut(is_accepting: bool) -> None:
    """The first node at 1 usd, the second at 3, more at 8: 20/s take two, V = 4 usd, and u1 + 3 u2 + 8 (u3 + u4) + cost >= 4.

    Divided by 4, with 8 / 4 cut down to 1, at a side of 1024: 256 u1 + 768 u2 + 1024 u3 + 1024 u4 + 256 cost >= 1024. Images are
    in order (u4 stands for nodes four and five: 2 u3 >= u4), and the cell's accelerators are those of rented nodes.
    """
    split = split_of(two_sizes())
    oracle, segments = make_oracle(split.cells[0]), make_segments({HERE: 1.0}, {HERE: [5]})
    prices = Prices(np.array([1.0, 3.0, 8.0, 8.0]), np.zeros(0))
    bound = solve_here(oracle_problem(oracle, segments, prices), ASK).bound
    assert bound == pytest.approx(4.0)
    problem = outer_master(split, [oracle], segments, [[Cut(prices, 4.0)]]).problem
    columns, rows = ["rent", "cost", "u1", "u2", "u3", "u4"], ["supply", "order_1", "order_2", "order_3", "cut", "cover"]

    assert told("outer_cut", lp_of(problem, columns, rows), is_accepting) == []


def test_the_golden_hull_cut_in_the_hull_master(is_accepting: bool) -> None:
    """20/s at 200 usd an accelerator: four, 800 usd. So 200 used >= 800: used / 4 >= 1, at a side of 1024, loosened by 1e-7."""
    split, pool = split_of(two_sizes()), pool_of([make_oracle(cell) for cell in split_of(two_sizes()).cells])
    prices = np.array([200.0])
    (one,), _ = pool.price([(0, 0, prices)])
    problem = hull_master(split, pool, [PartCut(0, 0, prices, one.least)]).problem

    columns, rows = ["rent", "cost", "nodes", "used"], ["supply", "own_cost", "nodes_used", "hull", "cover"]
    assert told("hull_in_master", lp_of(problem, columns, rows), is_accepting) == []


def test_the_golden_hull_cut_as_a_row_of_the_whole_program(is_accepting: bool) -> None:
    """6/s of `a` on replicas of 4/s; an accelerator costs 200 usd in the east, its home, 150 in the west, a unit away 360.

    (0.001 usd a request, 3,600 s, 100 h.) Two at home, 400 usd, are less than one in each (350 + 2 x 360) and two in the west
    (300 + 6 x 360). So 200 east + 150 west + 360 away >= 400: 0.5 east + 0.375 west + 0.9 away >= 1, loosened by 1e-7.
    """
    split = split_of(two_regions(is_roaming=True, egress_usd=0.001))
    pool = pool_of([make_oracle(cell) for cell in split.cells])
    prices = np.array([200.0 if "east" in link.key else 150.0 for link in split.cells[0].links])
    part = next(w for w, part in enumerate(pool.parts[0]) if len(part.links) == 2)
    (one,), _ = pool.price([(0, part, prices)])
    problem = with_hull(split.problem, pool, [PartCut(0, part, prices, one.least)])
    rows = [*split.problem.row_names, "hull"]

    assert told("hull_in_program", lp_of(problem, plain(split.problem.column_names), plain(rows)), is_accepting) == []
