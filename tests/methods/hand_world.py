"""The hand world of the program's tests, split, with its guide and segments."""

import numpy as np
from scipy.sparse import csr_matrix

from planner.methods import MethodSettings
from planner.methods.covering import covering
from planner.methods.crew import Crew
from planner.methods.guide import Guide, make_guide, price_steps
from planner.methods.hull import hull_rows
from planner.methods.oracle import Oracle, Prices, make_oracle
from planner.methods.parts import parts_of
from planner.methods.segments import Segments, make_segments
from planner.methods.split import Split, split_program
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers.problem import Floats
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

HERE = ("cover", "2xT", "here")
"""Nodes of two accelerators, where worlds have one place."""


def split_of(groups: Groups) -> Split:
    """Returns the split of a program."""
    return split_program(compile_program(build_program(groups)), groups.slots)


def hulled_cell(split: Split) -> tuple[Oracle, Segments, Prices, tuple[csr_matrix, Floats]]:
    """Returns the one cell of a covering program at 1 usd a node, up to 50 of them, with its hull cuts."""
    (cell,) = split.cells
    oracle = make_oracle(cell)
    found = covering(oracle)
    assert found is not None
    segments = make_segments({HERE: 2.0}, {HERE: [50]})
    prices = Prices(np.ones(len(segments.keys)), np.zeros(0))
    return oracle, segments, prices, hull_rows(oracle, parts_of(oracle, found), segments, prices)


def guided(groups: Groups) -> tuple[Split, Guide, list[Oracle], Segments]:
    """Returns split, guide, oracles and segments."""
    split = split_of(groups)
    with Crew(1) as crew:
        guide, _ = make_guide(split, crew, MethodSettings())
    assert guide is not None
    segments = make_segments(guide.nodes_at_most, price_steps(split, guide))
    return split, guide, [make_oracle(cell) for cell in split.cells], segments


def two_regions(is_roaming: bool, egress_usd: float = 0.0) -> Groups:
    """Returns two workloads at home in two regions; roaming, the first may also use the second's."""

    def path(workload: str, region: str, is_allowed: bool, egress: float = 0.0) -> dict[str, object]:
        return {
            "workload": workload,
            "region": region,
            "network_ms": 9.0,
            "is_allowed": is_allowed,
            "egress_usd_per_request": egress,
        }

    return Groups(
        world(
            [option_row("o1", "2xT", 1)], [rate_row("a", "o1", 5.0), rate_row("b", "o1", 5.0)],
            [offer_row("od-e", "2xT", 2, region="east"), offer_row("od-w", "2xT", 2, region="west")],
            price_rows("od-e", ["q1"], 4.0) + price_rows("od-w", ["q1"], 3.0),
            {("a", "q1", "day"): 6.0, ("b", "q1", "day"): 6.0}, {("q1", "day"): 100.0},
            paths=[
                path("a", "east", True), path("a", "west", is_roaming, egress_usd),
                path("b", "west", True), path("b", "east", False),
            ],
        )
    )  # fmt: skip
