"""The table of methods: marks over time; what is not search is timed, once; the memory of a run is that of all its processes."""

import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from planner.methods import MethodSettings, solve_program, started, textbook
from planner.program.groups import Groups
from tests.worlds import tiny

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "scripts" / "bench"))

import run_ladder  # noqa: E402

HOLDS = """
import subprocess, sys
held = bytearray(b"x") * {mib} * 2**20
if {deeper}:
    subprocess.run([sys.executable, "-c", {child!r}], check=True)
else:
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_marks_are_the_best_known_by_then() -> None:
    news = [(5.0, 200.0, 100.0), (20.0, 110.0, 100.0), (40.0, 150.0, 109.0)]

    found = run_ladder.marks(news, 60.0)
    assert (found["gap_10s"], found["gap_30s"], found["gap_60s"]) == (50.0, 9.091, 0.909)
    assert found["gap_120s"] is None
    assert (found["s_to_5pct"], found["s_to_1pct"], found["s_to_0.1pct"]) == (40.0, 40.0, None)


def test_the_log_of_the_engine_tells_gaps_over_time() -> None:
    log = """        Src  Proc. InQueue | Expl. | BestBound  BestSol  Gap | Cuts InLp Confl. | LpIters Time
 J       0       0         0   0.00%   -inf            300             Large        0      0      0         0     0.5s
 T       7       0         1  50.00%   90              100             10.00%      12      4      0        55     2.5s
"""
    assert run_ladder.of_log(log, 3.5) == [(1.5, 300.0, float("-inf")), (3.5, 100.0, 90.0)]


def test_a_step_within_a_step_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The outer takes 1 s, 2 s of the inner and 3 s: 6 in all, none of them the inner's; by itself that has its 2."""
    clock = iter([0.0, 6.0, 10.0, 12.0])
    monkeypatch.setattr(run_ladder, "time", SimpleNamespace(monotonic=lambda: next(clock), thread_time=lambda: 0.0))
    spent = run_ladder.Spent()
    inner = spent.timed("inner", lambda: "told")
    outer = spent.timed("outer", inner)

    assert (outer(), inner()) == ("told", "told")
    assert spent.seconds == {"outer": 6.0, "inner": 2.0}


def test_the_seconds_of_a_step_that_fails_count() -> None:
    def fails() -> None:
        time.sleep(0.02)
        raise ValueError("no")

    spent = run_ladder.Spent()
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            spent.timed("step", fails)()

    assert spent.seconds["step"] >= 0.04
    assert spent.cpu_s["step"] < 0.04


@pytest.mark.parametrize(
    ("method", "steps"),
    [("textbook", {"build", "compile", "extract"}), ("outer", {"build", "compile", "condense", "split", "extract"})],
)
def test_every_step_around_a_search_is_timed_where_it_is_called(method: str, steps: set[str]) -> None:
    """And no longer than asked: what was put in their place is gone afterwards."""
    before = dict(vars(started)), dict(vars(textbook))
    spent = run_ladder.Spent()
    with run_ladder.steps_timed(spent):
        found = solve_program(Groups(tiny()), MethodSettings(relative_gap=1e-6, time_limit_s=20, threads=1), method)

    assert found.objective_usd == pytest.approx(2400.0)
    assert set(spent.seconds) == steps
    assert all(took > 0 for took in spent.seconds.values())
    assert (dict(vars(started)), dict(vars(textbook))) == before


def test_the_build_share_is_all_that_is_not_search(capsys: pytest.CaptureFixture[str]) -> None:
    found = run_ladder.one(ROOT / "instances" / "tiny", "outer", 20.0, 1e-4, 1)
    told = {step: float(took) for step, took in re.findall(r"(\w+) ([\d.]+) \(", capsys.readouterr().err)}

    assert list(told) == ["prepare", "build", "compile", "condense", "split", "extract", "tables"]
    assert told["prepare"] > 0
    assert found["build_pct"] == pytest.approx(100 * sum(told.values()) / 20.0, abs=0.3)


def test_memory_is_that_of_a_process_and_of_all_under_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """40 MiB here and 60 in a process below: 100 and what Python itself takes, twice; the larger alone is under 100."""
    monkeypatch.setattr(run_ladder, "LOOK_S", 0.02)
    below = HOLDS.format(mib=60, deeper=False, child="")
    command = [sys.executable, "-c", HOLDS.format(mib=40, deeper=True, child=below)]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running,
        run_ladder.peak_of(running.pid) as peak_gib,
    ):
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        time.sleep(0.3)
        running.communicate("")
    (found,) = peak_gib.values()

    assert 100 <= 1024 * found + 5.12 <= 160  # told in hundredths of a GiB


def made(folder: Path, processes: dict[str, tuple[int, int, int | None]]) -> None:
    """Writes a /proc of processes: parent, resident KiB, proportional KiB (None: not told)."""
    for name, (parent, resident, shared_out) in processes.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "status").write_text(f"Name:\tpython\nPPid:\t{parent}\nVmHWM:\t9 kB\nVmRSS:\t{resident} kB\n")
        if shared_out is not None:
            told = f"00-ff [rollup]\nRss: {resident} kB\nPss: {shared_out} kB\nPss_Dirty: 1 kB\n"
            (folder / name / "smaps_rollup").write_text(told)


GIB = 2**20


@pytest.mark.parametrize(("is_told", "expected"), [(True, {"tree_pss_gib": 3.5}), (False, {"tree_rss_gib": 6.0})])
def test_shared_pages_count_once_where_linux_tells_shares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_told: bool, expected: dict[str, float]
) -> None:
    """Three processes of 2 GiB share pages; a process beside them does not count, one under one of them does."""
    share = {"own": 2 * GIB, "below": GIB, "deeper": GIB // 2} if is_told else dict.fromkeys(("own", "below", "deeper"))
    made(tmp_path, {
        "self": (1, 9, 9 if is_told else None), "70": (1, 2 * GIB, share["own"]), "71": (70, 2 * GIB, share["below"]),
        "75": (71, 2 * GIB, share["deeper"]), "72": (1, 50 * GIB, 50 * GIB if is_told else None),
    })  # fmt: skip
    monkeypatch.setattr(run_ladder, "PROC", tmp_path)
    with run_ladder.peak_of(70) as peak_gib:
        pass

    assert run_ladder.tree(70) == [70, 71, 75]
    assert peak_gib == expected


def test_where_there_is_no_proc_no_memory_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_ladder, "PROC", tmp_path)
    with run_ladder.peak_of(70) as peak_gib:
        pass

    assert peak_gib == {}
    assert run_ladder.memory_kib("70", True) == 0
