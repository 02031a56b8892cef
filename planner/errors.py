"""Errors a person can act on: what was expected, what was found, where; each class owns its exit code."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, told so that it can be mended without reading code.

    `where` names file, line (or row) and column; `expected` and `found` are short noun phrases.
    """

    where: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.where}: expected {self.expected}, found {self.found}"


class PlannerError(Exception):
    """Every error the planner raises on purpose; `exit_code` is what the command line returns."""

    exit_code: ClassVar[int] = 1


class FaultsError(PlannerError):
    """A PlannerError that carries all its faults and tells them at once, one a line."""

    headline: ClassVar[str] = "problems found"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        lines = "\n".join(f"  - {fault}" for fault in self.faults)
        super().__init__(f"{len(self.faults)} {self.headline}:\n{lines}")


class InputError(FaultsError):
    """Wrong usage or malformed data (exit 2)."""

    exit_code = 2
    headline = "problem(s) in the input"

    @classmethod
    def single(cls, where: str, expected: str, found: str) -> "InputError":
        """Returns the error of one fault."""
        return cls([Fault(where, expected, found)])


class UnsatisfiableError(FaultsError):
    """Well-formed, but no fleet can keep the promises asked for (exit 3)."""

    exit_code = 3
    headline = "reason(s) why no fleet can keep these promises"


class UnrunnableError(UnsatisfiableError):
    """Well-formed, but a setup that cannot run as it is described (exit 3)."""

    headline = "reason(s) why this setup cannot run"


class NoPlanError(PlannerError):
    """No plan was found within the limit; says nothing of whether one exists (exit 4)."""

    exit_code = 4


class StoppedError(PlannerError):
    """Stopped by Ctrl-C where nothing can be kept of what was under way (exit 130, as shells tell it)."""

    exit_code = 130

    def __init__(self, kept: str = "what was under way is lost, files written before are whole") -> None:
        super().__init__(f"interrupted: {kept}")


class AuditError(PlannerError):
    """The plan does not pass its independent audit (exit 5); `plan` is the plan that failed, if it can be read."""

    exit_code = 5

    def __init__(self, message: str, plan: Any = None) -> None:
        super().__init__(message)
        self.plan = plan


class SolverError(PlannerError):
    """A solver crashed, misreported or cannot take the problem (exit 1)."""
