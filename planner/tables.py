"""Declares, checks, documents, reads and writes the tables that pass between rooms and files."""

import os
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from planner.errors import Fault, InputError

Kind = Literal["str", "float", "int", "bool", "date"]

_TRUE = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_JSON_TYPE = {"str": "string", "float": "number", "int": "integer", "bool": "boolean", "date": "string"}


@dataclass(frozen=True)
class Column:
    """One column: its name ends in its unit; a name without a unit is a count, a share or an identifier."""

    name: str
    kind: Kind
    unit: str = ""
    description: str = ""
    required: bool = True
    nullable: bool = False
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    is_positive: bool = False
    least_above_zero: float | None = None
    """Numbers nearer to zero, but not zero, are faults: engines cannot tell them from zero."""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table declaration: columns in reading order and the key that no two rows share."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    description: str = ""
    names: tuple[str, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        names = tuple(column.name for column in self.columns)
        missing = [name for name in self.key if name not in names]
        if missing or len(set(names)) != len(names):
            raise ValueError(f"table {self.name}: key columns {missing} undeclared or column names repeated")
        object.__setattr__(self, "names", names)

    def empty(self) -> pd.DataFrame:
        """Returns the table with no rows and typed columns."""
        return self.check(pd.DataFrame({name: [] for name in self.names}), self.name)

    def check(self, frame: pd.DataFrame, where: str) -> pd.DataFrame:
        """Returns a typed copy in declared column order; raises InputError with every fault."""
        checked, faults = self.faults(frame, where)
        if faults:
            raise InputError(faults)
        return checked

    def faults(self, frame: pd.DataFrame, where: str, first_line: int | None = None) -> tuple[pd.DataFrame, list[Fault]]:
        """Returns the typed copy and all faults; `first_line` is the file line of the first row (None: rows)."""
        faults = self._header_faults(frame, where)
        if not faults and not len(frame):
            return self._no_rows.copy(deep=False), []
        given, typed = set(frame.columns), {}
        for column in self.columns:
            if column.name in given:
                typed[column.name] = _typed(column, frame[column.name], where, first_line, faults)
            elif not column.required:
                typed[column.name] = _default(column, len(frame))
        checked = pd.DataFrame({name: _series(values) for name, values in typed.items()})
        if self.key and all(name in typed for name in self.key):
            faults += self._key_faults(typed, where, first_line)
        return checked, faults

    @cached_property
    def _no_rows(self) -> pd.DataFrame:
        """The typed columns without a row: most of the tables of most plans."""
        return pd.DataFrame({column.name: _series(np.array([], dtype=_dtype(column))) for column in self.columns})

    def _header_faults(self, frame: pd.DataFrame, where: str) -> list[Fault]:
        found = [str(name) for name in frame.columns]
        faults = [
            Fault(f"{where}, header", f"a column {column.name!r}", f"columns {', '.join(found) or 'none'}")
            for column in self.columns
            if column.required and column.name not in found
        ]
        strangers = [name for name in found if name not in self.names]
        return faults + [Fault(f"{where}, header", f"only columns {', '.join(self.names)}", f"{name!r}") for name in strangers]

    def _key_faults(self, typed: Mapping[str, np.ndarray], where: str, first_line: int | None) -> list[Fault]:
        keys = list(zip(*(typed[name].tolist() for name in self.key), strict=True))
        if len(set(keys)) == len(keys) and not any(typed[name].dtype.kind == "f" for name in self.key):  # no NaN equals itself
            return []
        repeated = np.flatnonzero(pd.DataFrame(keys).duplicated(keep="first").to_numpy())
        return [
            Fault(
                f"{where}, {_place(int(row), first_line)}",
                f"a {' + '.join(self.key)} not used before",
                " + ".join(str(value) for value in keys[int(row)]),
            )
            for row in repeated
        ]

    def read(self, path: Path) -> pd.DataFrame:
        """Returns the checked table of a .csv or .parquet file; raises InputError with file, line and column."""
        frame, faults = self.read_faults(path)
        if faults:
            raise InputError(faults)
        return frame

    def read_faults(self, path: Path) -> tuple[pd.DataFrame, list[Fault]]:
        """Returns the table of a file and all its faults, so that a caller can tell several files' faults at once."""
        raw, faults = read_raw(path)
        if faults:
            return self.empty(), faults
        return self.faults(raw, path.name, first_line=2 if path.suffix == ".csv" else None)

    def write(self, frame: pd.DataFrame, path: Path) -> None:
        """Writes the checked table as .csv or .parquet; the file is whole or untouched."""
        checked = self.check(frame, path.name)
        write_atomically(path, _encoded(checked, path))

    def markdown(self) -> str:
        """Returns the columns as a Markdown table for the generated reference pages."""
        lines = ["| column | type | unit | meaning |", "|---|---|---|---|"]
        for column in self.columns:
            name = f"**{column.name}**" if column.name in self.key else column.name
            lines.append(f"| {name} | {column.kind} | {column.unit} | {column.description} |")
        return "\n".join(lines)

    def json_schema(self) -> dict[str, Any]:
        """Returns the JSON Schema (2020-12) of one row."""
        properties = {column.name: _column_schema(column) for column in self.columns}
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.name,
            "description": self.description,
            "type": "object",
            "properties": properties,
            "required": [column.name for column in self.columns if column.required],
            "additionalProperties": False,
        }


def write_atomically(path: Path, content: bytes | str) -> None:
    """Writes a file under a temporary name in its folder, then renames it: a reader never sees half a file."""
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def records(frame: pd.DataFrame) -> list[Mapping[str, Any]]:
    """Returns the rows as plain mappings; a missing value is None, never NaN."""
    rows = frame.to_dict("records")
    return [{str(name): (None if _is_missing(value) else value) for name, value in row.items()} for row in rows]


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value))


def read_raw(path: Path) -> tuple[pd.DataFrame, list[Fault]]:
    """Returns the cells of a .csv (as text) or .parquet file, or the fault that keeps it from being read."""
    if not path.is_file():
        return pd.DataFrame(), [Fault(str(path), "a table file", "no such file")]
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path), []
        if path.suffix == ".csv":
            options: dict[str, Any] = {"dtype": str, "keep_default_na": False, "encoding": "utf-8-sig"}
            with warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.ParserWarning)  # a row longer than the header would lose cells
                return pd.read_csv(path, skip_blank_lines=False, index_col=False, **options), []
    except Exception as error:  # a file of a user: any failure to parse is told, never raised raw
        return pd.DataFrame(), [Fault(str(path), "a readable table", str(error).splitlines()[0])]
    return pd.DataFrame(), [Fault(str(path), "a .csv or .parquet file", f"the suffix {path.suffix!r}")]


def _encoded(frame: pd.DataFrame, path: Path) -> bytes:
    if path.suffix == ".parquet":
        return bytes(frame.to_parquet(index=False))
    if path.suffix == ".csv":
        return frame.to_csv(index=False, lineterminator="\n").encode()
    raise InputError.single(str(path), "a .csv or .parquet file", f"the suffix {path.suffix!r}")


def _series(values: np.ndarray) -> pd.Series:
    """Returns a column of the dtype of its array: without it, texts would become a string type."""
    return pd.Series(values, dtype=values.dtype)


def _default(column: Column, rows: int) -> np.ndarray:
    value = column.default
    if value is None:
        value = {"str": "", "float": np.nan, "int": 0, "bool": False, "date": ""}[column.kind]
    return np.full(rows, value, dtype=_dtype(column))


def _dtype(column: Column) -> str:
    return {"float": "float64", "int": "int64", "bool": "bool"}.get(column.kind, "object")


def _place(row: int, first_line: int | None) -> str:
    return f"row {row + 1}" if first_line is None else f"line {row + first_line}"


def _typed(column: Column, values: pd.Series, where: str, first_line: int | None, faults: list[Fault]) -> np.ndarray:
    """Returns the column converted to its kind; appends one fault per bad cell (at most 5 a column)."""
    if not len(values):
        return np.array([], dtype=_dtype(column))
    bad: list[tuple[int, str, str]] = []
    missing = values.isna().to_numpy()
    is_typed = values.dtype.kind in {"float": "fiu", "int": "fiu", "bool": "b"}.get(column.kind, "")
    if is_typed:
        texts = values.to_numpy(dtype=float, na_value=np.nan)
    else:
        texts = np.array(["" if m else str(v).strip() for v, m in zip(values.tolist(), missing, strict=True)], dtype=object)
        missing = texts == ""
    if column.kind in ("float", "int"):
        result = _numbers(column, values if values.dtype.kind == "b" else texts, texts, missing, bad)
    elif column.kind == "bool":
        result = texts == 1.0 if is_typed else _flags(column, texts, missing, bad)
    else:
        result = _strings(column, texts, missing, bad)
    if not column.nullable and (column.required or column.default is None):
        bad += [(int(i), f"a {column.kind}", "an empty cell") for i in np.flatnonzero(missing)]
    for row, expected, found in sorted(bad)[:5]:
        faults.append(Fault(f"{where}, {_place(row, first_line)}, column {column.name}", expected, found))
    if len(bad) > 5:
        faults.append(Fault(f"{where}, column {column.name}", "clean cells", f"{len(bad) - 5} more such cells"))
    return result


def _flags(column: Column, texts: np.ndarray, missing: np.ndarray, bad: list[tuple[int, str, str]]) -> np.ndarray:
    flags = [_TRUE.get(text.lower()) for text in texts]
    bad += [(i, "true or false", repr(texts[i])) for i, flag in enumerate(flags) if flag is None and not missing[i]]
    return np.array([bool(column.default if flag is None else flag) for flag in flags], dtype=bool)


def _numbers(
    column: Column, source: pd.Series | np.ndarray, texts: np.ndarray, missing: np.ndarray, bad: list[tuple[int, str, str]]
) -> np.ndarray:
    numbers = np.asarray(pd.to_numeric(source, errors="coerce"), dtype=float)
    unit = f" in {column.unit}" if column.unit else ""
    endless = np.flatnonzero(~missing & ~np.isfinite(numbers))
    bad += [(int(row), f"a finite number{unit}", repr(str(texts[int(row)]))) for row in endless]
    known = ~missing & np.isfinite(numbers)
    limits: list[tuple[np.ndarray, str]] = []
    if column.is_positive:
        limits.append((numbers <= 0, "a number > 0"))
    if column.minimum is not None:
        limits.append((numbers < column.minimum, f"a number >= {column.minimum:g}"))
    if column.maximum is not None:
        limits.append((numbers > column.maximum, f"a number <= {column.maximum:g}"))
    if column.least_above_zero is not None:
        limits.append(((numbers > 0) & (numbers < column.least_above_zero), f"0, or a number >= {column.least_above_zero:g}"))
    if column.kind == "int":
        limits.append((numbers != np.round(numbers), "a whole number"))
        limits.append((np.abs(numbers) > 2**53, "at most 15 digits"))
    for broken, expected in limits:
        bad += [(int(row), expected + unit, f"{numbers[int(row)]:g}") for row in np.flatnonzero(known & broken)]
    default = np.nan if column.default is None else float(column.default)
    filled = np.where(missing, default, numbers)
    if column.kind == "int":
        return np.where(np.isfinite(filled) & (np.abs(filled) <= 2**53), filled, 0.0).astype("int64")
    return filled


def _strings(column: Column, texts: np.ndarray, missing: np.ndarray, bad: list[tuple[int, str, str]]) -> np.ndarray:
    if column.choices:
        wrong = [i for i, text in enumerate(texts) if not missing[i] and text not in column.choices]
        bad += [(row, f"one of {', '.join(column.choices)}", repr(texts[row])) for row in wrong]
    if column.kind == "date":
        dates = pd.to_datetime(np.where(missing, "2000-01-01", texts), format="%Y-%m-%d", errors="coerce")
        bad += [(int(row), "a date YYYY-MM-DD", repr(texts[row])) for row in np.flatnonzero(dates.isna() & ~missing)]
    return np.where(missing, "" if column.default is None else str(column.default), texts)


def _column_schema(column: Column) -> dict[str, Any]:
    kind: str | list[str] = _JSON_TYPE[column.kind]
    if column.nullable:
        kind = [_JSON_TYPE[column.kind], "null"]
    schema: dict[str, Any] = {"type": kind, "description": column.description}
    if column.unit:
        schema["unit"] = column.unit
    if column.kind == "date":
        schema["format"] = "date"
    if column.choices:
        schema["enum"] = list(column.choices) + ([None] if column.nullable else [])
    if column.is_positive:
        schema["exclusiveMinimum"] = 0
    if column.minimum is not None:
        schema["minimum"] = column.minimum
    if column.maximum is not None:
        schema["maximum"] = column.maximum
    if column.least_above_zero is not None:
        schema["anyOf"] = [{"maximum": 0}, {"minimum": column.least_above_zero}]
    return schema


def column_names(columns: Sequence[Column]) -> list[str]:
    """Returns the names of the columns in order."""
    return [column.name for column in columns]
