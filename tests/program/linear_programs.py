"""Linear programs as text: written by Pyomo, read back into plain numbers, told apart with a tolerance."""

import io
import math
import re
from dataclasses import dataclass

import pyomo.environ as pyo
from pyomo.repn.plugins.lp_writer import LPWriter

Terms = dict[str, float]
SECTIONS = re.compile(r"^(min|max|s\.t\.|bounds|general|generals|binary|binaries|end)$", re.IGNORECASE)
TERM = re.compile(r"^([+-]?[0-9.eE+-]*)\s+(\S+)$")
RELATIVE = 1e-9


@dataclass(frozen=True)
class LinearProgram:
    """The parts of an LP file: objective, rows by name (terms, sense, right side), bounds and whole columns by name."""

    objective: Terms
    rows: dict[str, tuple[Terms, str, float]]
    bounds: dict[str, tuple[float, float]]
    whole: frozenset[str]


def lp_text(model: pyo.ConcreteModel) -> str:
    """Returns the LP file of a model with its own names, without comments."""
    stream = io.StringIO()
    LPWriter().write(model, stream, symbolic_solver_labels=True)
    lines = [line.rstrip() for line in stream.getvalue().splitlines() if not line.startswith("\\")]
    return "\n".join(line for line in lines if line) + "\n"


def read_lp(text: str) -> LinearProgram:
    """Returns the parts of an LP file as Pyomo writes it: one term, sense or bound a line."""
    objective: Terms = {}
    rows: dict[str, tuple[Terms, str, float]] = {}
    bounds: dict[str, tuple[float, float]] = {}
    whole: set[str] = set()
    section, terms = "", objective
    for line in filter(None, (raw.strip() for raw in text.splitlines())):
        if SECTIONS.match(line):
            section = line.lower()
        elif section == "bounds":
            low, _, name, _, high = line.split()
            bounds[name] = (float(low), float(high))
        elif section.startswith(("general", "binar")):
            whole.add(line)
        elif line.endswith(":"):
            terms = objective if section in ("min", "max") else {}
            name = line[:-1]
        elif line[0] in "<>=":
            sense, right = line.split()
            rows[name] = (terms, sense, float(right))
        else:
            number, column = TERM.match(line).groups()  # type: ignore[union-attr]
            terms[column] = terms.get(column, 0.0) + float(number if number not in ("+", "-") else number + "1")
    return LinearProgram(objective, rows, bounds, frozenset(whole))


def differences(expected: LinearProgram, found: LinearProgram) -> list[str]:
    """Returns a line for every part of two programs that is not the same; order and number format do not matter."""
    told = _term_differences("objective", expected.objective, found.objective)
    for name in sorted(expected.rows.keys() | found.rows.keys()):
        if name not in expected.rows or name not in found.rows:
            told.append(f"row {name}: only {'found' if name in found.rows else 'expected'}")
            continue
        (terms, sense, right), (now_terms, now_sense, now_right) = expected.rows[name], found.rows[name]
        told += _term_differences(f"row {name}", terms, now_terms)
        if sense != now_sense or not _is_same(right, now_right):
            told.append(f"row {name}: expected {sense} {right:g}, found {now_sense} {now_right:g}")
    for name in sorted(expected.bounds.keys() | found.bounds.keys()):
        if expected.bounds.get(name) != found.bounds.get(name):
            told.append(f"bounds of {name}: expected {expected.bounds.get(name)}, found {found.bounds.get(name)}")
    told += [f"whole columns: only on one side {name}" for name in sorted(expected.whole ^ found.whole)]
    return told


def _term_differences(where: str, expected: Terms, found: Terms) -> list[str]:
    return [
        f"{where}: expected {expected.get(name, 0.0):g} {name}, found {found.get(name, 0.0):g}"
        for name in sorted(expected.keys() | found.keys())
        if not _is_same(expected.get(name, 0.0), found.get(name, 0.0))
    ]


def _is_same(left: float, right: float) -> bool:
    return math.isclose(left, right, rel_tol=RELATIVE, abs_tol=1e-12)
