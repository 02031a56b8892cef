"""The study as a reader runs it, with the plans of its bisection made up: they take minutes."""

import runpy
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from planner.studies import break_even as study
from planner.studies.break_even import TRIAL_COLUMNS, BreakEven

SCRIPT = Path(__file__).parents[2] / "scripts" / "studies" / "h200_break_even.py"


def run(monkeypatch: pytest.MonkeyPatch, wins_at: float | None, absent_from: float | None) -> tuple[Any, ...]:
    """Runs the script against a made-up answer and returns what it asked for."""
    asked: list[Any] = []
    trials = pd.DataFrame([(0.6, "wins", 1, 95.0, 94.0, 1 / 95), (0.7, "absent", 0, 100.0, 99.5, 0.005)], columns=TRIAL_COLUMNS)
    answer = BreakEven("8xH200-SXM", wins_at, absent_from, None if absent_from is None else 1234.0, (99.0, 100.0), trials)
    monkeypatch.setattr(study, "break_even", lambda *given, **named: asked.extend(given) or answer)
    runpy.run_path(str(SCRIPT))
    return tuple(asked)


def test_the_answer_is_an_interval_in_dollars_an_hour_with_its_gap(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    coefficients, node_type, settings = run(monkeypatch, 0.5, 0.75)
    told = capsys.readouterr().out
    price = float(told.split("on demand today: ")[1].split(" usd/h")[0])

    assert node_type in set(coefficients.offers["node_type"])
    assert settings.relative_gap <= 0.01
    assert f"at {0.5 * price:.2f} usd/h and below every best fleet has it: proved" in told
    assert f"from {0.75 * price:.2f} usd/h up the plan has none; there it could save 1,234 usd at most" in told
    assert "not determined at this gap (1.05%)" in told


def test_open_ends_are_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run(monkeypatch, None, None)
    told = capsys.readouterr().out

    assert "it wins at no price tried" in told
    assert "the plan has it at every price tried" in told


def test_the_study_fits_on_a_screen() -> None:
    assert len(SCRIPT.read_text(encoding="utf-8").splitlines()) < 40
