"""Writes results to stdout: a table for people, one JSON object for programs."""

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


class Format(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"


class FrameFormat(StrEnum):
    """How a result that is one table is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def print_json(record: Any) -> None:
    """Prints one JSON value; what does not exist is null, never NaN or Infinity."""
    sys.stdout.write(json.dumps(_plain(record), indent=2, allow_nan=False) + "\n")


def print_lines(lines: Iterable[str]) -> None:
    """Prints lines of text."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def print_frame(frame: "pd.DataFrame", title: str, rows_max: int = 60) -> None:
    """Prints a frame as a table; a long one is cut and says so."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    numeric = [str(kind)[0] in "fi" for kind in frame.dtypes]
    for position, (name, is_number) in enumerate(zip(frame.columns, numeric, strict=True)):
        table.add_column(str(name), justify="right" if is_number else "left", overflow="fold", no_wrap=position == 0)
    for row in frame.head(rows_max).itertuples(index=False):
        table.add_row(*(_cell(value) for value in row))
    width = None if sys.stdout.isatty() else 200
    console = Console(width=width, soft_wrap=False, markup=False, highlight=False, emoji=False)
    console.print(title)
    console.print(table)
    if len(frame) > rows_max:
        console.print(f"... {len(frame) - rows_max} more rows (--format json prints all)", style="dim")


def frame_records(frame: "pd.DataFrame") -> Sequence[Mapping[str, Any]]:
    """Returns the rows of a frame for JSON."""
    from planner.tables import records

    return records(frame)


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return str(value)


def _plain(value: Any) -> Any:
    """Returns a value as JSON knows it: numpy scalars become Python's, NaN and infinity null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
