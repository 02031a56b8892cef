"""Keeps two native libraries that break each other out of one process.

Measured: highspy >= 1.15 and ortools 9.15 each carry a libhighs of their own; whichever is loaded second resolves its
symbols in the other's and dies with an ImportError, in both import orders (google/or-tools issue 5246). highspy 1.14
and older are fine beside ortools 9.15.
"""

import sys
from importlib import metadata

from planner.errors import SolverError

OTHER = {"highspy": "ortools", "ortools": "highspy"}
"""Which package each one clashes with."""


_seen: set[str] = set()
"""Packages whose native code was met in this process: it never leaves it, and looking for it takes longer than a tiny solve."""


def is_loaded(package: str) -> bool:
    """Tells whether native code of a package is in this process; its pure Python modules do no harm."""
    for name in () if package in _seen else list(sys.modules):
        if name == package or name.startswith(f"{package}."):
            path = getattr(sys.modules[name], "__file__", None) or ""
            if path.endswith((".so", ".pyd")):
                _seen.add(package)
                break
    return package in _seen


def refuse_clash(package: str) -> None:
    """Does nothing where `package` can be loaded in this process.

    Raises
    ------
    SolverError
        where the package is not installed, or a library that clashes with it is loaded already
    """
    if is_loaded(package):
        return
    version = _version(package)
    if version is None:
        raise SolverError(f"the solver needs the package {package}, which is not installed")
    other = OTHER.get(package)
    if other is None or not is_loaded(other):
        return
    versions = {package: version, other: _version(other) or (0, 0)}
    if versions["highspy"] >= (1, 15) and versions["ortools"] <= (9, 15):
        raise SolverError(
            f"{package} cannot be loaded in this process: {other} is loaded already, and highspy >= 1.15 and "
            f"ortools <= 9.15 break each other in either order; use planner.solvers.solve, which starts a process"
        )


def _version(package: str) -> tuple[int, int] | None:
    """Returns (major, minor) of an installed package, None where it is absent."""
    try:
        parts = metadata.version(package).split(".")
    except metadata.PackageNotFoundError:
        return None
    return int(parts[0]), int(parts[1])
