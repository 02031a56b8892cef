"""What changed between two instances: settings path by path, tables row by row."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from planner.inputs.instance import Instance
from planner.inputs.policy import TABLES
from planner.inputs.workloads import DEMAND

COLUMNS = ["part", "name", "before", "after"]
NOTHING = "nothing"
_NAMES = ("workload", "period", "block", "model", "pool", "limit", "scenario")
"""Keys that name an entry of a list: entries are compared by name, not by position."""
PROSE = ("name", "story", "description")
"""Keys of an instance, and of its workloads, that no plan depends on."""
SHOWN_MAX = 80
"""Characters told of a value; the rest is cut."""


def instance_differences(before: Instance, after: Instance) -> pd.DataFrame:
    """Returns part (`settings`, or a table's name), name, before, after: one row a value that differs; prose is left out."""
    old, new = (_without_prose(instance.settings.model_dump(mode="json")) for instance in (before, after))
    frames = [settings_differences(old, new), table_differences("demand", before.demand, after.demand, DEMAND.key)]
    frames += [
        table_differences(name, before.tables[name], after.tables[name], declared.key) for name, declared in TABLES.items()
    ]
    for workload in dict.fromkeys([*before.lengths, *after.lengths]):
        empty = pd.DataFrame(columns=["input_tokens", "output_tokens", "weight"])
        lengths = [instance.lengths.get(workload, empty) for instance in (before, after)]
        key = ("input_tokens", "output_tokens")
        frames.append(table_differences(f"lengths of {workload}", lengths[0], lengths[1], key))
    return pd.concat(frames, ignore_index=True)


def _without_prose(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the settings without the words that describe them."""
    workloads = [{key: value for key, value in row.items() if key not in PROSE} for row in settings["workloads"]]
    return {**{key: value for key, value in settings.items() if key not in PROSE}, "workloads": workloads}


def settings_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> pd.DataFrame:
    """Returns the paths whose plain values differ, `nothing` where one side lacks the path."""
    old, new = dict(_leaves(before, "")), dict(_leaves(after, ""))
    rows = [
        ("settings", path, old.get(path, NOTHING), new.get(path, NOTHING))
        for path in dict.fromkeys([*old, *new])
        if old.get(path, NOTHING) != new.get(path, NOTHING)
    ]
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object)


def table_differences(name: str, before: pd.DataFrame, after: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """Returns the cells that differ between two tables with the same key, added and lost rows as `nothing`."""
    names = list(key)
    values = [column for column in after.columns if column not in names]
    rows = before.astype(object).merge(
        after.astype(object), on=names, how="outer", suffixes=("_before", "_after"), indicator=True
    )
    rows["_merge"] = rows["_merge"].astype(str)
    found = []
    for column in values:
        old, new = rows[f"{column}_before"], rows[f"{column}_after"]
        is_new = (old != new) & ~(old.isna() & new.isna())
        changed = rows.loc[is_new | (rows["_merge"] != "both")]
        label = changed[names].astype(str).agg(" / ".join, axis=1) + f" {column}" if len(changed) else None
        sides = [changed[f"{column}_{side}"].map(_shown) for side in ("before", "after")]
        found.append(pd.DataFrame({"part": name, "name": label, "before": sides[0], "after": sides[1]}, columns=COLUMNS))
    kept = [frame for frame in found if len(frame)]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=COLUMNS, dtype=object)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yields (dotted path, text) of every plain value; entries of a list go by their name where they have one."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for position, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{_entry_name(inner, position)}]")
    else:
        yield path, _shown(value)


def _entry_name(entry: Any, position: int) -> str:
    if isinstance(entry, Mapping):
        return next((str(entry[name]) for name in _NAMES if entry.get(name) is not None), str(position))
    return str(position)


def _shown(value: Any) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)) or value in ("", [], {}):
        return NOTHING
    text = f"{value:.10g}" if isinstance(value, float) else " ".join(str(value).split())
    return text if len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 3] + "..."
