"""`planner catalog`: lists, shows and checks."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from planner.cli.output import Format, frame_records, print_frame, print_json, print_lines
from planner.errors import InputError
from planner.inputs.catalog import Catalog, load_catalog

KEYED = (
    ("models", "model"), ("accelerators", "accelerator"), ("node_types", "node_type"), ("precisions", "precision"),
    ("precision_support", "accelerator"), ("precision_support", "precision"), ("offers", "offer"), ("offers", "node_type"),
    ("purchases", "node_type"), ("regions", "region"), ("offers", "region"), ("colocation", "region"), ("providers", "provider"),
    ("quality", "model"), ("quantization", "model"), ("api_prices", "model"), ("node_types", "accelerator"),
)  # fmt: skip
PROVENANCE = ("source", "source_kind", "retrieved_on", "note")


def run_list(table: str | None, filters: Sequence[str], output: Format) -> None:
    """Prints the tables with their sizes, or the rows of one table that match the filters."""
    catalog = load_catalog()
    if table is None:
        kinds = [{"table": name, "rows": len(frame), **_source_counts(frame)} for name, frame in catalog.tables.items()]
        frame = pd.DataFrame(kinds).fillna(0)
        frame[frame.columns[1:]] = frame[frame.columns[1:]].astype(int)
    else:
        frame = _filtered(_table(catalog, table), filters)
    if output is Format.JSON:
        print_json(frame_records(frame))
        return
    shown = frame if table is None else frame.drop(columns=[c for c in ("source", "note", "retrieved_on") if c in frame])
    print_frame(
        shown, f"{len(frame)} rows of {table}" if table else "tables of the catalog, rows by kind of source", rows_max=200
    )


def _source_counts(frame: pd.DataFrame) -> dict[str, int]:
    return {str(k): int(v) for k, v in frame["source_kind"].value_counts().items()} if "source_kind" in frame else {}


def _table(catalog: Catalog, name: str) -> pd.DataFrame:
    if name not in catalog.tables:
        raise InputError.single("table", f"one of {', '.join(catalog.tables)}", repr(name))
    return catalog.tables[name]


def _filtered(frame: pd.DataFrame, filters: Sequence[str]) -> pd.DataFrame:
    for text in filters:
        column, separator, value = text.partition("=")
        if not separator or column not in frame.columns:
            raise InputError.single("--where", f"COLUMN=VALUE with a column among {', '.join(frame.columns)}", repr(text))
        frame = frame[frame[column].astype(str).str.lower() == value.lower()]
    return frame


def run_show(name: str, output: Format) -> None:
    """Prints every row that is about a name, by table, with sources."""
    catalog = load_catalog()
    names = {name} | {
        found for kind in ("model", "accelerator", "node_type", "precision") if (found := _resolved(catalog, kind, name))
    }
    found_rows: dict[str, pd.DataFrame] = {}
    for table, column in KEYED:
        frame = catalog.tables[table]
        rows = frame[frame[column].isin(names)]
        if not rows.empty and table not in found_rows:
            found_rows[table] = rows
    if not found_rows:
        raise InputError.single("catalog show", "a name of the catalog (planner catalog list)", repr(name))
    if output is Format.JSON:
        print_json({table: frame_records(rows) for table, rows in found_rows.items()})
        return
    for table, rows in found_rows.items():
        if len(rows) == 1:
            cells = [f"  {column}: {value}" for column, value in rows.iloc[0].items() if str(value) not in ("", "nan")]
            print_lines([f"{table}:", *cells])
        else:
            print_frame(rows.drop(columns=[c for c in PROVENANCE if c in rows and c != "source_kind"]), table)


def _resolved(catalog: Catalog, kind: str, name: str) -> str:
    try:
        return catalog.resolve(kind, name)
    except InputError:
        return ""


def run_check(folder: Path | None, output: Format) -> None:
    """Checks a catalog; raises InputError with every fault."""
    catalog = load_catalog(folder)
    facts = {"digest": catalog.digest, "tables": {name: len(frame) for name, frame in catalog.tables.items()}, "problems": 0}
    if output is Format.JSON:
        print_json(facts)
    else:
        rows = sum(len(frame) for frame in catalog.tables.values())
        print_lines([f"catalog: {rows} rows in {len(catalog.tables)} tables, no problems found", f"digest {catalog.digest}"])
