"""Part by part: bound and plan meet at the optimum; programs without parts go to `outer`; Ctrl-C keeps what is there."""

import numpy as np
import pytest

from planner.methods import partwise as module
from planner.methods.crew import Crew
from planner.methods.hull_master import with_hull
from planner.methods.priced_parts import cuts_of
from planner.methods.started import Started
from planner.solvers import solve_here
from tests.methods.meeting import keeps_the_bound, meets_textbook, meets_the_hand_optimum
from tests.methods.pooled_worlds import ASK, relaxed
from tests.methods.poor_starts import begun, poor_plan


def ready(seed: int, crew: Crew) -> tuple[Started, module.Run]:
    """Returns a search of a random world, and its run with first ways and cuts."""
    started = begun(seed, crew)
    run = module._made_ready(started)
    assert run is not None
    return started, run


def test_tiny_is_proved_to_its_hand_optimum() -> None:
    meets_the_hand_optimum("partwise")


@pytest.mark.parametrize("seed", range(8))
def test_bound_and_plan_meet_at_the_textbook_optimum(seed: int) -> None:
    meets_textbook("partwise", seed)


def test_ctrl_c_keeps_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    keeps_the_bound(monkeypatch, "partwise", "planner.methods.partwise.generate")


@pytest.mark.parametrize("seed", range(6))
def test_the_relaxation_under_the_cuts_of_all_rounds_is_the_bound(seed: int) -> None:
    """No round's cuts are left out, and what the relaxation comes to under the cuts chosen is proved."""
    with Crew(1) as crew:
        started, run = ready(seed, crew)
    rounds = [cuts_of(prices, priced) for prices, priced in zip(run.found.prices, run.found.priced, strict=True)]
    reached = relaxed(run.hulled()).objective

    assert len(rounds) > 1
    assert len(run.cuts) == sum(map(len, rounds))
    assert started.search.bound >= reached * (1 - 1e-6) - 1e-6
    assert reached >= relaxed(with_hull(started.search.split.problem, run.pool, run.cuts)).objective * (1 - 1e-6) - 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_deeper_cuts_beside_commitments_leave_every_plan(seed: int) -> None:
    """The optimum keeps every row before and after; the relaxation under the cuts does not fall and stays under the optimum."""
    with Crew(1) as crew:
        started, run = ready(seed, crew)
        best = solve_here(started.search.split.problem, ASK)
        before = run.hulled()
        run.deepen(best.values)
        after = run.hulled()
    whole = np.where(before.is_integer, np.rint(best.values), best.values)

    assert after.rows >= before.rows
    assert before.violation(whole).largest <= 1e-6
    assert after.violation(whole).largest <= 1e-6
    assert relaxed(before).objective <= relaxed(after).objective * (1 + 1e-7) + 1e-6
    assert relaxed(after).objective <= best.objective * (1 + 1e-6) + 1e-6


@pytest.mark.parametrize("seed", range(3))
def test_ways_go_on_from_a_plan_of_another_method(seed: int) -> None:
    with Crew(2) as crew:
        started = begun(seed, crew)
        started.search.keep(poor_plan(started))
        optimum = solve_here(started.search.split.problem, ASK).objective
        module.ways_beside(started)

    assert started.search.incumbent == pytest.approx(optimum, rel=1e-6, abs=1e-6)
    assert started.search.bound <= optimum * (1 + 1e-6) + 1e-6


def test_without_time_for_ways_the_plan_of_the_passes_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_made_ready", lambda *_: None)
    with Crew(1) as crew:
        started = begun(1, crew)
        started.search.keep(poor_plan(started))
        optimum = solve_here(started.search.split.problem, ASK).objective
        found = module.partwise_from(started)

    assert found.method == "recourse"
    assert found.objective_usd == pytest.approx(optimum, rel=1e-6)
    assert found.bound_usd <= optimum * (1 + 1e-6)
