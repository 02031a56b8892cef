"""What a plan stores of its proof, read strictly: every fault of a file is told at once, with its place."""

from collections.abc import Hashable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from planner.certify.decomposition import Cell, Claims, Cut
from planner.certify.facts import Bay, Slot
from planner.certify.statement import COVER
from planner.errors import Fault, InputError
from planner.inputs.yaml_file import dotted

CERTIFICATE_FILE, PRICES_FILE, HULL_FILE = "certificate.json", "link_prices.json", "hull_cuts.json"
LARGEST = 1e15
"""No figure of a proof is as large; engines take no larger matrix entry."""
FOUND_CHARACTERS = 60

Figure = Annotated[float, Field(gt=-LARGEST, lt=LARGEST, allow_inf_nan=False)]
Position = Annotated[int, Field(ge=0)]


class _Record(BaseModel):
    model_config = ConfigDict(strict=True)


class _Price(_Record):
    family: str
    index: list[str]
    usd: Figure


class _Prices(_Record):
    bound_usd: Figure
    prices: list[_Price]


class _CutRecord(_Record):
    bound_usd: Figure
    cells: list[Position]
    prices: list[tuple[Position, Figure]]
    amounts: list[Figure]


class _Certificate(_Record):
    bound_usd: Figure
    cells: list[tuple[str, str, list[str]]]
    segments: list[tuple[str, Figure, Figure]]
    cuts: list[_CutRecord]


class _HullCut(_Record):
    period: str
    block: str
    pool: str
    prices: Position
    least_usd: Figure


class _Hull(_Record):
    whole: Literal["nothing", "commitments", "contracts", "all"]
    rows: list[tuple[str, list[str]]]
    prices: list[list[tuple[Position, Figure]]]
    cuts: list[_HullCut]


Record = TypeVar("Record", bound=_Record)


@dataclass(frozen=True)
class StoredPrices:
    """The prices that a plan stores, and the bound in usd that they are said to prove."""

    bound_usd: float
    usd: Mapping[Hashable, float]
    """By the name of a shared row: (family, *index)."""


@dataclass(frozen=True)
class StoredCut:
    """A hull cut: the part of a pool in a slot costs so much at least at the prices of a position."""

    slot: Slot
    pool: str
    prices: int
    least_usd: float


@dataclass(frozen=True)
class StoredHull:
    """The hull cuts that a plan stores, and what is whole in the statement of the program that its bound is of."""

    whole: str
    prices: Sequence[Sequence[tuple[Hashable, float]]]
    """(name of a shared row, usd of a unit of it)"""
    cuts: Sequence[StoredCut]


def read_claims(folder: Path) -> Claims | None:
    """Returns the claims of a plan's certificate; None where there is none, or its cells meet in more than nodes."""
    file = folder / CERTIFICATE_FILE
    return claims_of(_text(file), str(file)) if file.exists() else None


def read_prices(folder: Path) -> StoredPrices | None:
    """Returns the prices that a plan stores; None where there are none."""
    file = folder / PRICES_FILE
    return prices_of(_text(file), str(file)) if file.exists() else None


def read_hull(folder: Path) -> StoredHull | None:
    """Returns the hull cuts that a plan stores; None where there are none."""
    file = folder / HULL_FILE
    return hull_of(_text(file), str(file)) if file.exists() else None


def _text(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError.single(str(file), "a readable file", str(error)) from None


def prices_of(text: bytes | str, where: str = PRICES_FILE) -> StoredPrices:
    """Returns the prices of a JSON text; raises InputError with every fault, a row priced twice among them."""
    record = _checked(_Prices, text, where)
    found: dict[Hashable, float] = {}
    faults = []
    for i, row in enumerate(record.prices):
        name = (row.family, *row.index)
        if name in found:
            faults.append(Fault(f"{where}, prices[{i}]", "one price of a row", f"another of {','.join(name)}"))
        found[name] = row.usd
    if faults:
        raise InputError(faults)
    return StoredPrices(record.bound_usd, found)


def hull_of(text: bytes | str, where: str = HULL_FILE) -> StoredHull:
    """Returns the hull cuts of a JSON text; raises InputError with every fault, positions that lead nowhere among them."""
    record = _checked(_Hull, text, where)
    names: list[Hashable] = [(family, *index) for family, index in record.rows]
    faults = [
        Fault(f"{where}, prices[{k}][{n}]", f"a row under {len(names)}", str(row))
        for k, prices in enumerate(record.prices) for n, (row, _) in enumerate(prices) if row >= len(names)
    ] + [
        Fault(f"{where}, cuts[{k}].prices", f"prices under {len(record.prices)}", str(cut.prices))
        for k, cut in enumerate(record.cuts) if cut.prices >= len(record.prices)
    ]  # fmt: skip
    if faults:
        raise InputError(faults)
    prices = [[(names[row], usd) for row, usd in mine] for mine in record.prices]
    return StoredHull(
        record.whole, prices, [StoredCut((cut.period, cut.block), cut.pool, cut.prices, cut.least_usd) for cut in record.cuts]
    )


def claims_of(text: bytes | str, where: str = CERTIFICATE_FILE) -> Claims | None:
    """Returns the claims of a certificate's JSON text; None where its cells meet in more than the nodes of their bays.

    Raises InputError with every fault: what is malformed, or else what speaks of cells and segments that are not there.
    """
    record = _checked(_Certificate, text, where)
    keys = [key for _, _, cell in record.cells for key in cell] + [key for key, _, _ in record.segments]
    if any(key.partition("|")[0] != COVER for key in keys):
        return None
    faults = [Fault(f"{where}, {place}", expected, found) for place, expected, found in _loose_ends(record)]
    if faults:
        raise InputError(faults)
    segments: dict[Bay, list[tuple[int, float, float]]] = {}
    for number, (key, lower, upper) in enumerate(record.segments):
        segments.setdefault(_bay(key), []).append((number, lower, upper))
    cells = tuple(Cell((period, block), tuple(map(_bay, keys))) for period, block, keys in record.cells)
    cuts = tuple(Cut(c.bound_usd, tuple(c.cells), dict(c.prices)) for c in record.cuts if not any(c.amounts))
    return Claims(record.bound_usd, cells, segments, cuts, len(cuts) < len(record.cuts))


def _bay(key: str) -> Bay:
    _, node_type, zone = key.split("|")
    return node_type, zone


def _loose_ends(record: _Certificate) -> Iterator[tuple[str, str, str]]:
    """Yields (place, expected, found) of names and numbers that lead nowhere."""
    of_key: dict[str, set[int]] = {}
    for number, (key, lower, upper) in enumerate(record.segments):
        of_key.setdefault(key, set()).add(number)
        if key.count("|") != 2:
            yield f"segments[{number}][0]", "cover|node type|zone", repr(key)
        if not lower < upper:
            yield f"segments[{number}]", "an end above its start", f"{lower:g} to {upper:g}"
    for i, (_, _, keys) in enumerate(record.cells):
        yield from ((f"cells[{i}][2]", f"segments of {key}", "none") for key in keys if key not in of_key)
    for i, cut in enumerate(record.cuts):
        beyond = [cell for cell in cut.cells if cell >= len(record.cells)]
        yield from ((f"cuts[{i}].cells", f"a cell under {len(record.cells)}", str(cell)) for cell in beyond)
        bays = {tuple(record.cells[cell][2]) for cell in cut.cells if cell not in beyond}
        own = [frozenset[int]().union(*(of_key.get(key, ()) for key in keys)) for keys in bays]
        if own:
            yield from _loose_prices(f"cuts[{i}].prices", [number for number, _ in cut.prices], frozenset.intersection(*own))


def _loose_prices(place: str, numbers: Sequence[int], own: Set[int]) -> Iterator[tuple[str, str, str]]:
    """Yields the prices of a cut that are twice there, or not of a segment of each of its cells."""
    seen: set[int] = set()
    for k, number in enumerate(numbers):
        if number in seen:
            yield f"{place}[{k}]", "one price of a segment", f"another of {number}"
        if number not in own:
            yield f"{place}[{k}]", "a segment of the cut's cells", str(number)
        seen.add(number)


def _checked(model: type[Record], text: bytes | str, where: str) -> Record:
    """Returns a JSON text as a record; raises InputError with every fault."""
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise InputError([_fault(dict(item), where) for item in error.errors()]) from None


def _fault(item: Mapping[str, Any], where: str) -> Fault:
    """Returns what pydantic says of one value as a fault."""
    at = ", ".join(part for part in (where, dotted(tuple(item["loc"]))) if part)
    if item["type"] == "missing":
        return Fault(at, f"the key {item['loc'][-1]!r}", "nothing")
    if item["type"] == "json_invalid":
        return Fault(at, "valid JSON", str(item["msg"]).removeprefix("Invalid JSON: "))
    found = repr(item["input"])
    found = found if len(found) <= FOUND_CHARACTERS else f"{found[:FOUND_CHARACTERS]}..."
    return Fault(at, str(item["msg"]).removeprefix("Input should be "), found)
