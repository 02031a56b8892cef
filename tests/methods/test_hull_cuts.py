"""Hull cuts by name: every one of a search's, with its pool, its prices by row and what the bound takes as whole."""

import time

import numpy as np

from planner.methods.crew import Crew
from planner.methods.hull_cuts import hull_cuts
from planner.methods.parts import PartCut
from planner.methods.result import Whole
from planner.program.groups import Groups
from tests.methods.test_started import begun
from tests.worlds import tiny


def test_they_are_named_by_slot_and_pool_and_share_their_prices() -> None:
    with Crew(1) as crew:
        search = begun(Groups(tiny()), crew, time.monotonic()).search
    assert hull_cuts(search) is None

    seven = np.full(len(search.oracles[0].cell.links), 7.0)
    search.hull = [PartCut(0, 0, seven, 50.0), PartCut(0, 0, seven, 60.0), PartCut(1, 0, 0.0 * seven, 70.0)]
    search.prove(search.bound + 1.0, whole=Whole.COMMITMENTS)
    found = hull_cuts(search)

    assert found is not None
    assert found.whole == "commitments"
    assert found.rows == (("cover", ("2xT", "here", "q1", "day")),)
    assert found.prices == (((0, 7.0),), ())
    assert [(cut.period, cut.block, cut.prices, cut.least_usd) for cut in found.cuts] == [
        (*search.oracles[0].cell.slot, 0, 50.0), (*search.oracles[0].cell.slot, 0, 60.0), (*search.oracles[1].cell.slot, 1, 70.0),
    ]  # fmt: skip
    assert {cut.pool for cut in found.cuts} <= set(tiny().pools["pool"])


def test_a_lower_bound_does_not_change_what_the_best_one_takes_as_whole() -> None:
    with Crew(1) as crew:
        search = begun(Groups(tiny()), crew, time.monotonic()).search
    assert search.whole == Whole.NOTHING
    search.prove(search.bound + 1.0, whole=Whole.CONTRACTS)
    search.prove(search.bound - 1.0)

    assert search.whole == Whole.CONTRACTS
