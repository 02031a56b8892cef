"""On the ladder's smallest rung (one region, period and block) every method's plan and bound agree with the proved optimum."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from planner import pipeline
from planner.methods import METHODS
from tests.oracles.watched_bounds import Watch, watched

sys.path.append(str(Path(__file__).parents[2] / "scripts" / "bench"))

import ladder

GAP = 1e-4
PROOF_S, EACH_S = 180.0, 20.0
"""The first method has time to prove the optimum; the others have what shows a difference: one that does not end in it must
still hold a true plan and a true bound."""
OPEN = {("high", 1): 3e-3}
"""Where no method proves GAP in minutes: what the best plan and bound leave open in OPEN_S, and agree within."""
OPEN_S = 60.0
NAMES = ("auto", *METHODS)
RUNGS = [(volume, seed) for volume in ("low", "mid", "high") for seed in (1, 2, 3)]
ROOM = 1e-6
"""Part of a cost that tolerances of engines explain."""


@dataclass(frozen=True)
class Answer:
    """What one method says of an instance."""

    method: str
    status: str
    objective_usd: float
    bound_usd: float
    wall_s: float
    is_audited: bool
    watch: Watch

    @property
    def gap(self) -> float:
        """(objective - bound) / objective."""
        return (self.objective_usd - self.bound_usd) / self.objective_usd


def answer(instance: Path, method: str, out: Path, seconds: float) -> Answer:
    """Returns what `planner solve` makes of an instance by one method in its time."""
    with watched() as watch:
        found = pipeline.make_plan(instance, out, pipeline.SolveSettings(method=method, gap=GAP, time_limit_s=seconds))
    facts = found.plan.facts
    assert facts.bound_usd is not None
    return Answer(method, facts.status, facts.objective_usd, facts.bound_usd, facts.wall_s, found.audit.passed, watch)


def faults(answers: list[Answer], asked: float = GAP) -> list[str]:
    """Returns how answers contradict each other, or leave more than the gap asked for unproved; empty where they do not.

    The optimum is between the highest bound and the cheapest plan, whoever has them: every bound must be under every plan, as
    must those that were offered on the way; plans that are called optimal are within the gap of each other.
    """
    cheapest = min(one.objective_usd for one in answers)
    highest = max(one.bound_usd for one in answers)
    told = [] if cheapest - highest <= asked * cheapest else [f"the optimum is not proved: {highest} to {cheapest} usd"]
    for one in answers:
        own = one.watch.faults(cheapest * (1 + ROOM))
        own += [] if one.is_audited else ["its plan fails the audit"]
        own += [f"a bound of {one.bound_usd} usd, a plan costs {cheapest}"] if one.bound_usd > cheapest * (1 + ROOM) else []
        own += [f"a plan of {one.objective_usd} usd, {highest} proved"] if one.objective_usd < highest * (1 - ROOM) else []
        is_near = max(one.gap, one.objective_usd / cheapest - 1) <= GAP * (1 + GAP)
        own += [f"{one.objective_usd} usd is called optimal, gap {one.gap}"] if one.status == "optimal" and not is_near else []
        told += [f"{one.method}: {text}" for text in own]
    return told


@pytest.mark.slow
@pytest.mark.parametrize(("volume", "seed"), RUNGS)
def test_all_methods_agree_with_the_proved_optimum(volume: str, seed: int, tmp_path: Path) -> None:
    ladder.generate("S", volume, seed, tmp_path / "instance")
    first_s = OPEN_S if (volume, seed) in OPEN else PROOF_S
    seconds = {method: first_s if method == NAMES[0] else EACH_S for method in NAMES}
    answers = [answer(tmp_path / "instance", method, tmp_path / method, seconds[method]) for method in NAMES]

    assert faults(answers, OPEN.get((volume, seed), GAP)) == []


def said(method: str, objective_usd: float, bound_usd: float, status: str = "optimal", is_audited: bool = True) -> Answer:
    """Returns an answer that was made up."""
    return Answer(method, status, objective_usd, bound_usd, 1.0, is_audited, Watch([bound_usd]))


RIGHT = [said("auto", 100.0, 99.995), said("outer", 100.004, 99.998), said("textbook", 120.0, 80.0, "feasible")]


def test_answers_that_agree_are_right() -> None:
    assert faults(RIGHT) == []


@pytest.mark.parametrize(
    ("planted", "told"),
    [
        (said("partwise", 110.0, 100.1, "feasible"), "partwise: a bound of 100.1 usd, a plan costs 100.0"),
        (said("partwise", 99.9, 99.0, "feasible"), "partwise: a plan of 99.9 usd, 99.998 proved"),
        (said("partwise", 100.05, 99.99), "partwise: 100.05 usd is called optimal"),
        (said("partwise", 100.0, 99.9), "partwise: 100.0 usd is called optimal"),
        (said("partwise", 100.0, 99.995, is_audited=False), "partwise: its plan fails the audit"),
        (
            Answer("partwise", "feasible", 100.0, 99.0, 1.0, True, Watch([100.1, 99.0])),
            "partwise: a bound of 100.1 usd was offered",
        ),
        (Answer("partwise", "feasible", 100.0, 99.0, 1.0, True, Watch([], ["contradicts"])), "partwise: warned: contradicts"),
    ],
)
def test_a_wrong_answer_is_told(planted: Answer, told: str) -> None:
    assert any(text.startswith(told) for text in faults([*RIGHT, planted]))


def test_an_optimum_that_nobody_proves_is_told() -> None:
    assert faults([said("auto", 100.0, 90.0, "feasible"), said("outer", 101.0, 99.0, "feasible")]) == [
        "the optimum is not proved: 99.0 to 100.0 usd"
    ]
