"""Ctrl-C ends a command with 130 and a word on what is left, before it runs, while it runs and after its plan is written."""

import pytest

from tests.command_line import planner


def test_ctrl_c_ends_with_130(monkeypatch):
    from planner.cli import commands

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "run_check", interrupted)

    said = planner("check", "tiny")

    assert said.code == 130
    assert "interrupted" in said.err


@pytest.mark.parametrize("where", ["typer.core.TyperGroup.make_context", "planner.cli._run"])
def test_ctrl_c_before_a_command_runs_ends_with_130_too(where, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(where, interrupted)

    said = planner("check", "tiny")

    assert said.code == 130
    assert "interrupted" in said.err
    assert "Traceback" not in said.err


def test_ctrl_c_while_the_plan_is_audited_says_that_the_plan_is_there(tmp_path, monkeypatch):
    from planner.plan import audit

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(audit, "audit_plan", interrupted)
        said = planner("solve", "tiny", "--out", str(tmp_path / "plan"), "--threads", "1")

    assert said.code == 130
    assert f"planner audit {tmp_path / 'plan'}" in said.err
    assert planner("audit", str(tmp_path / "plan")).code == 0
