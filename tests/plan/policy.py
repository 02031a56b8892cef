"""Plants policy limits into a written plan."""

from pathlib import Path

from tests.plan.damage import added, edit


def with_limits(folder: Path, *limits: dict[str, object]) -> Path:
    """Adds policy limits (kind, value, scope, period) to the coefficients of a plan's folder."""
    for limit in limits:
        row = {"limit": limit["kind"], "scope": "", "period": "", "benchmark": "", "unit": "units", **limit}
        edit(folder, "inputs/coefficients/limits.csv", added(**row))
    return folder
