"""Rows added to a plan's program: why not X, and the next best fleets, against enumeration of single-slot worlds."""

import itertools
import math

import numpy as np
import pytest

from planner.methods import MethodSettings
from planner.plan.interval import Proved
from planner.studies.forced import Memory, Program
from planner.studies.runner_up import runner_ups
from planner.studies.why_not import why_not
from tests.oracles.brute_force import Facts, slot_needs
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

EXACT = MethodSettings(relative_gap=1e-7, time_limit_s=60, threads=1)
OFFERS = ("small", "large", "other")


def single_slot(seed: int):
    """One slot, three on-demand offers on two node types, one or two workloads."""
    rng = np.random.default_rng(seed)
    workloads = ["chat", "code"][: rng.integers(1, 3)]
    options = [option_row("one", "2xT", 1), option_row("four", "4xU", 4)]
    rates = [rate_row(w, o, round(float(rng.uniform(2, 5) * n), 2)) for w in workloads for o, n in (("one", 1), ("four", 4))]
    offers = [offer_row("small", "2xT", 2), offer_row("large", "4xU", 4), offer_row("other", "2xT", 2, provider="q")]
    prices = [row for o in OFFERS for row in price_rows(o, ["q1"], round(float(rng.uniform(2, 6)), 2))]
    demand = {(w, "q1", "day"): round(float(rng.uniform(3, 12)), 2) for w in workloads}
    return world(options, rates, offers, prices, demand, {("q1", "day"): 100.0}, nodes_max=3)


def every_fleet(coefficients) -> dict[tuple[int, ...], float]:
    """Returns the cost of every vector of rents (by OFFERS) that serves the slot."""
    facts = Facts.of(coefficients)
    needs = slot_needs(facts, ("q1", "day"))
    bay = {o["offer"]: (o["node_type"], o["region"]) for o in facts.offers}
    found = {}
    for counts in itertools.product(range(4), repeat=3):
        there: dict[tuple[str, str], int] = {}
        for offer, count in zip(OFFERS, counts, strict=True):
            there[bay[offer]] = there.get(bay[offer], 0) + count
        if any(all(there.get(b, 0) >= n for b, n in need.total) for need in needs):
            found[counts] = sum(100.0 * facts.price[o, "q1"][0] * n for o, n in zip(OFFERS, counts, strict=True))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_forcing_an_offer_in_costs_what_enumeration_says(seed):
    coefficients = single_slot(seed)
    fleets = every_fleet(coefficients)
    best = min(fleets.values())
    program = Program.of(coefficients)
    for place, name in enumerate(OFFERS):
        known = min(usd for counts, usd in fleets.items() if counts[place] > 0) - best
        found = why_not(program, name, Proved(best, best), EXACT, Memory())
        assert found.cost.low_usd == pytest.approx(known, abs=0.01)
        assert found.cost.high_usd == pytest.approx(known, abs=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_runner_ups_are_all_sets_of_offers_within_the_share(seed):
    coefficients = single_slot(seed)
    fleets = every_fleet(coefficients)
    best = min(fleets.values())
    least: dict[tuple[str, ...], float] = {}
    for counts, usd in fleets.items():
        used = tuple(o for o, n in zip(OFFERS, counts, strict=True) if n)
        least[used] = min(usd, least.get(used, math.inf))
    wanted = {used: usd for used, usd in least.items() if usd <= best * 1.5}
    found = runner_ups(Program.of(coefficients), Proved(best, best), EXACT, Memory(), 0.5, "offers")

    assert found.is_complete
    assert {tuple(sorted(f.parts, key=OFFERS.index)): f.objective_usd for f in found.fleets} == pytest.approx(wanted, abs=0.01)


def test_fleets_by_kind_differ_in_node_type_or_contract():
    coefficients = single_slot(1)
    best = min(every_fleet(coefficients).values())
    found = runner_ups(Program.of(coefficients), Proved(best, best), EXACT, Memory(), 1.0, "kinds")

    assert len({f.parts for f in found.fleets}) == len(found.fleets)
    assert all(part in ("2xT on_demand", "4xU on_demand") for f in found.fleets for part in f.parts)


def test_a_name_that_is_no_candidate_is_told_so():
    found = why_not(Program.of(single_slot(0)), "8xGone", Proved(1.0, 1.0), EXACT, Memory())

    assert found.cost is None
    assert "no option on it keeps a promise" in found.text
