"""Reads another planner's JSON file strictly: no repeated keys, no strings for numbers; all faults told at once."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planner.errors import Fault, InputError

FAULTS_MAX = 20
SIZE_MAX_BYTES = 50_000_000


@dataclass(frozen=True)
class PeerFile:
    """A JSON object and the faults found in it so far; lives inside one import."""

    path: Path
    data: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)

    def fault(self, where: str, expected: str, found: object) -> None:
        """Notes a fault at a path of the file (`gpu_info.A10G.cost`)."""
        text = found if isinstance(found, str) and not expected.startswith("a number") else repr(found)
        self.faults.append(Fault(f"{self.path.name}, {where}", expected, text if len(text) <= 80 else text[:77] + "..."))

    def raise_faults(self) -> None:
        """Raises InputError with the faults found, the first of them where there are many."""
        if self.faults:
            raise InputError(self.faults[:FAULTS_MAX])

    def value(self, holder: Any, key: str, where: str) -> Any:
        """Returns the value of a key of an object, None (and a fault) where it is missing."""
        if not isinstance(holder, dict) or key not in holder:
            self.fault(where, f"the key {key!r}", "nothing" if isinstance(holder, dict) else type(holder).__name__)
            return None
        return holder[key]

    def number(self, value: Any, where: str, minimum: float = 0.0, is_whole: bool = False) -> float:
        """Returns a finite number of at least `minimum`; notes a fault and returns `minimum` where it is none."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if is_number and value >= minimum and (not is_whole or value == int(value)):
            return float(value)
        if value is not None or not any(where in fault.where for fault in self.faults):
            self.fault(where, f"a {'whole number' if is_whole else 'number'} >= {minimum:g}", value)
        return minimum

    def text(self, value: Any, where: str) -> str:
        """Returns a text that is not empty; notes a fault and returns `?` where it is none."""
        if isinstance(value, str) and value.strip():
            return value
        self.fault(where, "a name", repr(value))
        return "?"

    def rows(self, value: Any, where: str) -> list[Any]:
        """Returns a list that is not empty; notes a fault and returns an empty one where it is none."""
        if isinstance(value, list) and value:
            return value
        self.fault(where, "a list with something in it", repr(value))
        return []

    def matrix(self, value: Any, where: str, shape: tuple[int, int] | None = None) -> list[list[float]]:
        """Returns a matrix of numbers >= 0, each row as long as the first, of a shape where one is asked for."""
        rows = self.rows(value, where)
        found = []
        for i, row in enumerate(rows):
            cells = self.rows(row, f"{where}[{i}]")
            found.append([self.number(cell, f"{where}[{i}][{j}]") for j, cell in enumerate(cells)])
        widths = sorted({len(row) for row in found})
        if len(widths) > 1:
            self.fault(where, "rows of one length", f"rows of {', '.join(map(str, widths))}")
        elif shape is not None and found and (len(found), widths[0]) != shape:
            self.fault(where, f"{shape[0]} x {shape[1]} numbers", f"{len(found)} x {widths[0]}")
        return found


def read_peer_file(path: Path) -> PeerFile:
    """Returns the JSON object of a file; raises InputError where it is unreadable, no JSON, or no object."""
    try:
        if path.stat().st_size > SIZE_MAX_BYTES:
            raise InputError.single(str(path), f"at most {SIZE_MAX_BYTES} bytes", f"{path.stat().st_size}")
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError.single(str(path), "a JSON file", "no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError.single(str(path), "a readable UTF-8 file", str(error)) from None
    repeated: list[str] = []
    try:
        data = json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, repeated))
    except (ValueError, RecursionError) as error:
        raise InputError.single(path.name, "JSON", str(error).splitlines()[0]) from None
    if not isinstance(data, dict):
        raise InputError.single(path.name, "a JSON object", type(data).__name__)
    found = PeerFile(path, data)
    for key in repeated:
        found.fault("keys", "each key of an object once", repr(key))
    return found


def _object(pairs: Sequence[tuple[str, Any]], repeated: list[str]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    repeated += [name for position, name in enumerate(names) if name in names[:position]]
    return dict(pairs)
