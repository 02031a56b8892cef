"""The four columns that say where a row of the catalog comes from."""

import pandas as pd

from planner.errors import Fault
from planner.tables import Column, records

SOURCE_KINDS = (
    "datasheet",
    "list_price",
    "measured",
    "paper",
    "configuration",
    "calibrated",
    "modelled",
    "estimate",
    "user",
)

PROVENANCE = (
    Column("source", "str", description="what was read and where, with commit or date"),
    Column("source_kind", "str", description="how far the row can be trusted", choices=SOURCE_KINDS),
    Column("retrieved_on", "date", description="day on which the source was read"),
    Column(
        "note",
        "str",
        description="conflicts, assumptions; for an estimate its rule and range",
        required=False,
        nullable=True,
        default="",
    ),
)

PROVENANCE_NAMES = tuple(column.name for column in PROVENANCE)


def estimate_faults(frame: pd.DataFrame, key: tuple[str, ...], where: str) -> list[Fault]:
    """Returns one fault for every row that is an estimate and does not say by which rule."""
    silent = frame[(frame["source_kind"] == "estimate") & (frame["note"].str.strip() == "")]
    return [
        Fault(
            f"{where}, {' + '.join(str(row[name]) for name in key)}, column note",
            "the rule of an estimate",
            "an empty cell",
        )
        for row in records(silent)
    ]
