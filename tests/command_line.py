"""Runs the command line in this process as `planner` does: same parsing, same error handling, same exit codes."""

import contextlib
import io
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from planner import pipeline
from planner.cli import main
from planner.inputs.catalog import Catalog, load_catalog
from tests.small_instances import shipped_catalog


@dataclass(frozen=True)
class Said:
    """What a command printed and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON value on stdout; NaN and Infinity are no JSON."""
        return json.loads(self.out, parse_constant=_refused)


def planner(*arguments: str | Path) -> Said:
    """Runs `planner ARGUMENTS`; an exception that main lets through comes out here too, so a traceback fails the test."""
    out, err = io.StringIO(), io.StringIO()
    argv = ["planner", *map(str, arguments)]
    with mock.patch.object(sys, "argv", argv), _one_catalog(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    return Said(code, out.getvalue(), err.getvalue())


def faults(said: Said) -> Sequence[str]:
    """Returns the lines of a message's problems."""
    return [line.removeprefix("  - ") for line in said.err.splitlines() if line.startswith("  - ")]


@contextlib.contextmanager
def _one_catalog() -> Iterator[None]:
    """The shipped catalog is read once for all commands of the session; one with an overlay is read as it is."""

    def load(folder: Path | None = None, overlay: Path | None = None) -> Catalog:
        return shipped_catalog() if folder is None and overlay is None else load_catalog(folder, overlay)

    with mock.patch.object(pipeline, "load_catalog", load):
        yield


def _refused(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
