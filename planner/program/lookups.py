"""Tables as dictionaries, and lists by key: how groups are made."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd


def lookup(frame: pd.DataFrame, key: list[str], value: str) -> dict[Any, float]:
    """Returns the numbers of a column by the values of the key's columns."""
    keys = zip(*(frame[name].tolist() for name in key), strict=True)
    return dict(zip(keys, frame[value].astype(float).tolist(), strict=True))


def rows_by(frame: pd.DataFrame, key: str) -> dict[str, Mapping[str, Any]]:
    """Returns the rows by the value of a column."""
    return {str(row[key]): {str(k): v for k, v in row.items()} for row in frame.to_dict("records")}


def grouped(items: Sequence[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    """Returns the items by their key, in order."""
    groups = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return dict(groups)
