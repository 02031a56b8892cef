"""Builds frozen dataclasses from the rows of a checked table."""

from dataclasses import fields
from typing import Any, TypeVar

import pandas as pd

from planner.tables import records

Row = TypeVar("Row")


def built(kind: type[Row], frame: pd.DataFrame) -> dict[str, Row]:
    """Returns name -> row, keyed by the dataclass's first field, in table order; an empty cell becomes None."""
    declared: Any = kind
    names = [field.name for field in fields(declared)]
    rows: dict[str, Row] = {}
    for record in records(frame[names]):
        rows[str(record[names[0]])] = kind(**{str(name): record[name] for name in names})
    return rows
