"""Part by part: bound and plan meet at the optimum; programs without parts go to `outer`; Ctrl-C keeps what is there."""

import pytest

from planner.methods import solve_program
from planner.program.groups import Groups
from tests.methods.meeting import EXACT, meets_textbook, meets_the_hand_optimum
from tests.worlds import tiny


def test_tiny_is_proved_to_its_hand_optimum() -> None:
    meets_the_hand_optimum("partwise")


@pytest.mark.parametrize("seed", range(8))
def test_bound_and_plan_meet_at_the_textbook_optimum(seed: int) -> None:
    meets_textbook("partwise", seed)


def test_ctrl_c_keeps_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("planner.methods.partwise._first_plan", interrupted)
    result = solve_program(Groups(tiny()), EXACT, "partwise")

    assert result.limit == "interrupted"
    assert 0 < result.bound_usd <= 2400.0 + 1e-6
