"""Prices of shared rows by name: the relaxation's, or those of a better bound."""

import time

import numpy as np
import pytest

from planner.methods.crew import Crew
from planner.methods.link_prices import link_prices
from planner.program.groups import Groups
from tests.methods.test_started import begun
from tests.worlds import tiny


def test_they_are_the_relaxations_by_accelerator_until_there_are_better_ones() -> None:
    with Crew(1) as crew:
        search = begun(Groups(tiny()), crew, time.monotonic()).search
    found = link_prices(search)
    duals = {search.split.problem.row_names[row]: usd for row, usd in search.guide.duals.items() if usd}

    assert found.bound_usd == search.guide.bound
    assert {f"{p.family}[{','.join(p.index)}]": 2 * p.usd for p in found.prices} == pytest.approx(duals)

    search.priced = 2000.0, [np.full(len(oracle.cell.links), 7.0) for oracle in search.oracles]
    better = link_prices(search)
    assert better.bound_usd == 2000.0
    assert {p.usd for p in better.prices} == {7.0}
    assert {p.index for p in better.prices} >= {("2xT", "here", "q1", "day")}
