"""Problems, settings, progress and claims as bytes: two lengths, a JSON header, the arrays as they lie in memory; no pickles.

Both ends are processes of one machine. An archive (npz) in its place takes milliseconds a message, as long as small programs do.
"""

import json
import math
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

_LENGTHS = struct.Struct(">QQ")
"""Of the header and of the arrays, in bytes."""
_ALIGNED = 8
"""Every array begins at a multiple of so many bytes."""
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
    given = [(name, np.ascontiguousarray(array)) for name, array in arrays.items()]
    shapes = [(name, array.dtype.str, array.shape) for name, array in given]
    try:
        text = json.dumps([header, shapes]).encode()
    except TypeError as error:
        raise SolverError(f"solver settings: expected plain numbers and strings: {error}") from error
    stream.write(_LENGTHS.pack(len(text), sum(_room(array.nbytes) for _, array in given)))
    stream.write(text)
    for _, array in given:
        stream.write(array.data)
        stream.write(bytes(_room(array.nbytes) - array.nbytes))
    stream.flush()


def read_frame(stream: IO[bytes]) -> tuple[dict[str, Any], Arrays] | None:
    """Returns the next message (arrays are read-only), None at the end of the stream or where it breaks off."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    text_size, size = _LENGTHS.unpack(lengths)
    text, payload = stream.read(text_size), stream.read(size)
    if len(text) < text_size or len(payload) < size:
        return None
    header, shapes = json.loads(text)
    arrays, at = Arrays(), 0
    for name, kind, shape in shapes:
        found = np.frombuffer(payload, np.dtype(kind), math.prod(shape), at).reshape(shape)
        arrays[name] = found
        at += _room(found.nbytes)
    return header, arrays


def _room(size: int) -> int:
    """Returns the bytes that an array of a size takes, with what fills it up."""
    return -(-size // _ALIGNED) * _ALIGNED


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
