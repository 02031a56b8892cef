"""Malformed limits read as harmless ones, so that the faults of everything else can be told beside theirs."""

from typing import Any

from pydantic import ValidationError

HARMLESS = {"kind": "budget_usd", "scope": "", "period": "", "value": 1.0, "benchmark": ""}
"""Values that no check of a limit refuses."""


def with_harmless_limits(data: Any, error: ValidationError) -> Any:
    """Returns the data of an instance with every value under `limits` that `error` names replaced or left out.

    >>> from pydantic import BaseModel
    >>> class Limit(BaseModel):
    ...     value: float
    >>> class File(BaseModel):
    ...     limits: list[Limit]
    >>> bad = {"limits": [{"value": 2.0}, {"value": "much"}]}
    >>> try:
    ...     _ = File.model_validate(bad)
    ... except ValidationError as error:
    ...     with_harmless_limits(bad, error)
    {'limits': [{'value': 2.0}, {'value': 1.0}]}
    """
    entries = data.get("limits") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        return data
    mended = list(entries)
    for location in (item["loc"] for item in error.errors()):
        if len(location) < 3 or location[0] != "limits" or not isinstance(mended[int(location[1])], dict):
            continue
        position, name = int(location[1]), str(location[2])
        entry = {key: value for key, value in mended[position].items() if key != name}
        if name == "limit":
            entry[name] = f"limit {position}"
        elif name in HARMLESS:
            entry |= HARMLESS if name == "kind" else {name: HARMLESS[name]}
        mended[position] = entry
    return {**data, "limits": mended}
