"""Disaggregated serving in the program: worlds by hand, random ones on both engines, the default method against the textbook."""

import math

import pytest

from planner.methods import MethodSettings, solve_program
from planner.program.groups import Groups
from planner.program.rules import RULES
from tests.disaggregated_worlds import apart, random_apart
from tests.program.optima import decided, optima, optimum
from tests.uncertain_worlds import with_surges
from tests.worlds import showcase, tiny

both = pytest.mark.parametrize("solver", ["highs", "scip"])


@both
def test_prompts_and_tokens_apart_halve_the_fleet(solver):
    """8 requests/s: 8 accelerators that do everything, 1600 usd; or two for prompts and two for tokens, 800."""
    assert optimum(apart(has_pairs=False), solver) == pytest.approx(1600.0)
    assert optimum(apart(), solver) == pytest.approx(800.0)


def test_without_the_family_tokens_would_come_from_nowhere():
    """Two decode accelerators would answer 8 requests/s alone: one node, 400 usd."""
    rules = [rule for rule in RULES if rule.name != "disaggregation"]

    assert optima([apart()], rules=rules) == [pytest.approx(400.0)]


def test_what_is_handed_over_is_what_is_answered():
    found = decided(apart())
    handed = found.more["handovers"]

    assert handed.to_dict("records") == [
        {"workload": "chat", "prefill_option": "prompts", "option": "tokens", "place": "here/p", "period": "q1", "block": "day",
         "requests_per_s": pytest.approx(8.0)}
    ]  # fmt: skip
    assert dict(zip(found.deployments["option"], found.deployments["replicas"], strict=True)) == {"prompts": 2, "tokens": 2}
    assert found.traffic["option"].tolist() == ["tokens"], "prefill replicas answer nobody"


@both
def test_both_sides_of_a_pair_stand_on_one_fabric(solver):
    """Replicas of a whole node: 8 requests/s take a node for prompts and one for tokens. At one provider each has none: 1600."""
    split = {"size": 2, "providers": ("p", "q", "r", "s"), "nodes_max": 1}

    assert optimum(apart(size=2, providers=("p",), nodes_max=2), solver) == pytest.approx(800.0)
    assert optimum(apart(**split), solver) == pytest.approx(1600.0)


def test_nodes_of_several_providers_are_devoted_and_of_one_are_not():
    """2 requests/s: an accelerator for prompts, one for tokens, on one node of either provider."""
    assert Groups(apart(2.0)).disaggregation.sharing_of_fabric == {}
    assert set(Groups(apart(2.0, providers=("p", "q"))).disaggregation.sharing_of_fabric) == {
        ("2xT", "here", name, "q1", "day") for name in ("p", "q")
    }
    assert optimum(apart(2.0, providers=("p", "q"))) == pytest.approx(400.0)


def test_robust_demand_counts_on_prefill_replicas_too():
    """8 requests/s that may be 12: three accelerators on each side, so three nodes."""
    assert optimum(with_surges(apart(), 1.0, 0.5)) == pytest.approx(1200.0)


def test_worlds_without_pairs_have_no_column_and_no_row_of_it():
    for given in (tiny(), showcase()):
        groups = Groups(given)
        assert groups.disaggregation.handovers == []
        assert groups.disaggregation.sharing_of_fabric == {}


def agreed(seeds) -> list[float]:
    """Returns the optima of random worlds, which both engines and the default method find alike."""
    worlds = [random_apart(seed) for seed in seeds]
    first, second = optima(worlds), optima(worlds, "scip")
    assert first == pytest.approx(second, rel=1e-6)
    for given, usd in zip(worlds, first, strict=True):
        if math.isfinite(usd):
            result = solve_program(Groups(given), MethodSettings(relative_gap=1e-7), "outer")
            assert result.objective_usd == pytest.approx(usd, rel=1e-6)
            assert result.bound_usd <= usd * (1 + 1e-6)
    return first


def test_engines_and_methods_agree_on_random_worlds():
    assert any(math.isfinite(usd) for usd in agreed(range(1)))


@pytest.mark.slow
def test_engines_and_methods_agree_on_many_random_worlds():
    found = agreed(range(1, 33))

    assert sum(math.isfinite(usd) for usd in found) > 20
