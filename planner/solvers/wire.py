"""Problems, settings, progress and claims as bytes: an 8-byte length, then an npz with a JSON header; no pickles."""

import io
import json
import struct
from dataclasses import fields
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from planner.errors import SolverError
from planner.solvers.claim import Claim, Said
from planner.solvers.problem import Problem
from planner.solvers.settings import Settings
from planner.solvers.solution import Limit, Progress

Arrays = dict[str, npt.NDArray[Any]]

_LENGTH = struct.Struct(">Q")
_HEADER = "header"
_PROBLEM_ARRAYS = (
    "column_starts",
    "row_indices",
    "values",
    "cost",
    "row_lower",
    "row_upper",
    "column_lower",
    "column_upper",
    "is_integer",
    "start",
)
_CLAIM_ARRAYS = ("values", "row_duals", "reduced_costs")


def write_frame(stream: IO[bytes], header: dict[str, Any], arrays: Arrays) -> None:
    """Writes one message and flushes.

    Raises
    ------
    SolverError
        where the header holds something that JSON cannot carry
    """
    try:
        text = json.dumps(header)
    except TypeError as error:
        raise SolverError(f"solver settings: expected plain numbers and strings: {error}") from error
    payload = io.BytesIO()
    np.savez(payload, **arrays, **{_HEADER: np.frombuffer(text.encode(), dtype=np.uint8)})  # type: ignore[arg-type]
    stream.write(_LENGTH.pack(payload.tell()))
    stream.write(payload.getbuffer())
    stream.flush()


def read_frame(stream: IO[bytes]) -> tuple[dict[str, Any], Arrays] | None:
    """Returns the next message, None at the end of the stream or where it breaks off."""
    length = stream.read(_LENGTH.size)
    if len(length) < _LENGTH.size:
        return None
    size = _LENGTH.unpack(length)[0]
    payload = stream.read(size)
    if len(payload) < size:
        return None
    with np.load(io.BytesIO(payload), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    header: dict[str, Any] = json.loads(arrays.pop(_HEADER).tobytes())
    return header, arrays


def problem_to_wire(problem: Problem) -> tuple[dict[str, Any], Arrays]:
    """Returns header and arrays of a problem without its names, which no engine needs."""
    arrays = {name: getattr(problem, name) for name in _PROBLEM_ARRAYS if getattr(problem, name) is not None}
    return {"offset": problem.offset}, arrays


def problem_from_wire(header: dict[str, Any], arrays: Arrays) -> Problem:
    """Returns the problem, nameless, checked again."""
    given: dict[str, Any] = {name: arrays[name] for name in _PROBLEM_ARRAYS if name in arrays}
    return Problem(offset=header["offset"], **given)


def settings_to_wire(settings: Settings) -> dict[str, Any]:
    """Returns the settings as a header."""
    return {**{field.name: getattr(settings, field.name) for field in fields(settings)}, "native": dict(settings.native)}


def settings_from_wire(header: dict[str, Any]) -> Settings:
    """Returns the settings."""
    return Settings(**header)


def progress_to_wire(progress: Progress) -> tuple[dict[str, Any], Arrays]:
    """Returns header and arrays of a progress report."""
    header = {"wall_s": progress.wall_s, "incumbent": progress.incumbent, "bound": progress.bound}
    return header, {} if progress.values is None else {"values": progress.values}


def progress_from_wire(header: dict[str, Any], arrays: Arrays) -> Progress:
    """Returns the report."""
    return Progress(**header, values=arrays.get("values"))


def claim_to_wire(claim: Claim) -> tuple[dict[str, Any], Arrays]:
    """Returns header and arrays of a claim."""
    plain = {field.name: getattr(claim, field.name) for field in fields(claim) if field.name not in _CLAIM_ARRAYS}
    arrays = {name: getattr(claim, name) for name in _CLAIM_ARRAYS if getattr(claim, name) is not None}
    return plain, arrays


def claim_from_wire(header: dict[str, Any], arrays: Arrays) -> Claim:
    """Returns the claim."""
    header = {**header, "said": Said(header["said"]), "limit": Limit(header["limit"])}
    given: dict[str, Any] = {name: arrays[name] for name in _CLAIM_ARRAYS if name in arrays}
    return Claim(**header, **given)
