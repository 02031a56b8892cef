"""The round of parts by crew and by cluster: the same is asked of both, and a proof that differs is told."""

import dataclasses
import sys
from concurrent.futures import Future
from pathlib import Path

import pytest

from planner.methods.crew import Crew, given
from planner.methods.priced_parts import WAY_HIGHS
from planner.solvers import Settings
from tests.methods.hand_world import split_of
from tests.methods.pooled_worlds import ASK
from tests.worlds import tiny

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "bench"))

import dask_round  # noqa: E402
import ladder  # noqa: E402

from planner.program.groups import Groups  # noqa: E402


class Inline:
    """A client that works at once, in this process; `times`: by how much its engines prove too much."""

    def __init__(self, times: float = 1.0) -> None:
        self.times, self.asked = times, []

    def submit(self, work, problem, asked, pure: bool) -> Future:
        """Does it."""
        self.asked.append(asked)
        found, done = work(problem, asked), Future()
        done.set_result(dataclasses.replace(found, bound=found.bound * self.times))
        return done


def test_a_cluster_is_asked_what_the_crew_is() -> None:
    """The tiny world's optimum is 2,400 usd."""
    client, asked = Inline(), Settings(relative_gap=1e-5, time_limit_s=7.0, threads=1, log=False, native=WAY_HIGHS)
    (found,) = dask_round.DaskCrew(client, 2).solve([(given(split_of(Groups(tiny())).problem), asked)])

    assert found.objective == pytest.approx(2400.0)
    assert client.asked == [{**vars_of(asked), "native": dict(WAY_HIGHS)}]


def vars_of(settings: Settings) -> dict[str, object]:
    """Returns the fields of settings."""
    return {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}


@pytest.fixture(scope="module")
def rung(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ladder's smallest, whose pools an engine prices."""
    out = tmp_path_factory.mktemp("ladder") / "S"
    ladder.generate("S", "low", 1, out, has_budget=False)
    return out


@pytest.mark.parametrize(("times", "differ"), [(1.0, 0.0), (1.01, 0.01)])
def test_a_round_compares_what_both_prove(times: float, differ: float, rung: Path) -> None:
    """At the relaxation's prices and at the market's."""
    rows = dask_round.compared(dask_round.begun(rung), dask_round.DaskCrew(Inline(times), 1), 1, 2)

    assert [row["prices"] for row in rows] == [0.0, 1.0]
    assert all(row["programs"] > 0 for row in rows)
    assert max(row["differ"] for row in rows) == pytest.approx(differ, rel=0.02, abs=1e-9)


def test_watchers_are_not_for_a_cluster() -> None:
    crew = dask_round.DaskCrew(Inline(), 1)

    with crew, pytest.raises(AssertionError):
        crew.submit((given(split_of(Groups(tiny())).problem), ASK), watcher=lambda _: False)
    assert isinstance(crew, Crew)
