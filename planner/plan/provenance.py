"""Where a plan comes from: versions, machine and time, read without importing anything heavy."""

import datetime as dt
import platform
from collections.abc import Mapping
from importlib import metadata
from typing import Any

from planner import __version__
from planner.plan.plan import Provenance

PACKAGES = ("numpy", "pandas", "scipy", "pyomo", "pydantic", "highspy", "ortools")
"""Packages whose version can change a plan."""


def provenance(settings: Mapping[str, Any]) -> Provenance:
    """Returns the provenance of a plan made here and now; `settings` are the solver's."""
    return Provenance(
        planner_version=__version__,
        python=platform.python_version(),
        platform=platform.platform(),
        packages={name: version_of(name) for name in PACKAGES if version_of(name) != "none"},
        created_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        settings=dict(settings),
    )


def version_of(distribution: str) -> str:
    """Returns the version of an installed distribution, `none` where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "none"
