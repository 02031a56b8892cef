"""Part by part: bound and plan meet at the optimum; programs without parts go to `outer`; Ctrl-C keeps what is there."""

import pytest

from tests.methods.meeting import keeps_the_bound, meets_textbook, meets_the_hand_optimum


def test_tiny_is_proved_to_its_hand_optimum() -> None:
    meets_the_hand_optimum("partwise")


@pytest.mark.parametrize("seed", range(8))
def test_bound_and_plan_meet_at_the_textbook_optimum(seed: int) -> None:
    meets_textbook("partwise", seed)


def test_ctrl_c_keeps_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    keeps_the_bound(monkeypatch, "partwise", "planner.methods.partwise._first_plan")
