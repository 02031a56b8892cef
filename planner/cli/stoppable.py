"""Ctrl-C is told, wherever it comes."""

from typing import Any

import typer
from typer.core import TyperGroup

from planner.errors import StoppedError


class Stoppable(TyperGroup):
    """Says that a command was stopped: typer would end in silence."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Reads the command line."""
        try:
            return super().make_context(*args, **extra)
        except KeyboardInterrupt:
            raise StoppedError from None

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Runs a command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise StoppedError from None
