"""Plants policy limits and scalars into a written plan."""

from pathlib import Path

from tests.plan.damage import added, edit


def with_limits(folder: Path, *limits: dict[str, object]) -> Path:
    """Adds policy limits (kind, value, scope, period) to the coefficients of a plan's folder."""
    for limit in limits:
        row = {"limit": limit["kind"], "scope": "", "period": "", "benchmark": "", "unit": "units", **limit}
        edit(folder, "inputs/coefficients/limits.csv", added(**row))
    return folder


def with_scalar(folder: Path, name: str, value: float) -> Path:
    """Sets an optional scalar in the coefficients of a plan's folder."""
    row = {"limit": name, "kind": "money", "scope": "", "value": value, "unit": "units", "period": "", "benchmark": ""}
    return edit(folder, "inputs/coefficients/limits.csv", added(**row))
