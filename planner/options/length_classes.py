"""Length classes: long and short requests of a workload sized apart, so that neither is averaged away.

A workload with `length_buckets` n above 1 is planned as up to n streams of its own, `workload#1` (the shortest prompts) to
`workload#n`. Its length rows are put in order of their prompt length, which a router sees when a request arrives (the length
of the answer it does not), and cut into classes of about equal work: work is the total of tokens, input and output, and a
row is in class 1 + floor(n x the share of all work that lies before the row's middle). Rows of one prompt length stay
together; those of a trace, which is kept as a histogram on powers of two, stay together by that power. A class without a row
does not exist, so there may be fewer than n. Nothing is estimated: classes weighed by their shares have the workload's mean
lengths, and their rates add up to its demand.

Each class keeps all of the workload's promises by itself, and has its own fewest replicas, largest share on spot nodes and
share of escalations; it may go to other options and regions than its sisters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.errors import Fault, InputError
from planner.inputs.instance import Instance
from planner.inputs.workloads import Workload
from planner.inputs.yaml_file import Document
from planner.tables import Column, Table

SIGN = "#"
"""Stands between a workload's name and the number of its class."""
CLASSES = Table(
    "classes",
    (
        Column("workload", "str", description="length class, as every other coefficient table names it: `chat#2`"),
        Column("of_workload", "str", description="workload of the instance that it is a class of"),
        Column("share", "float", description="of the workload's requests", is_positive=True, maximum=1),
        Column("input_tokens_from", "float", "tokens", "shortest prompt of its length rows", minimum=0),
        Column("input_tokens_to", "float", "tokens", "longest prompt of its length rows", minimum=0),
        Column("input_tokens", "float", "tokens", "mean prompt", minimum=0),
        Column("output_tokens", "float", "tokens", "mean answer", minimum=0),
    ),
    ("workload",),
    "Workloads whose long and short requests are planned apart: the classes, and what they are of.",
)


def length_classes(lengths: pd.DataFrame, count: int, is_trace: bool) -> list[pd.DataFrame]:
    """Returns the rows (input_tokens, output_tokens, weight) of each class, shortest prompts first; weights sum to the share.

    >>> rows = pd.DataFrame({"input_tokens": [1.0, 8.0, 90.0], "output_tokens": [1.0, 1.0, 1.0], "weight": [0.4, 0.5, 0.1]})
    >>> [found["input_tokens"].tolist() for found in length_classes(rows, 2, is_trace=False)]
    [[1.0, 8.0], [90.0]]
    """
    rows = lengths[lengths["weight"] > 0]
    key = prompt_key(rows["input_tokens"].to_numpy(dtype=float), is_trace)
    work = rows["weight"] * (rows["input_tokens"] + rows["output_tokens"])
    by_key = work.groupby(key).sum()
    middle = (by_key.cumsum() - by_key / 2) / by_key.sum()
    number = np.minimum(np.floor(middle * count), count - 1)
    of_row = pd.Series(key, index=rows.index).map(number)
    return [rows[of_row == one].reset_index(drop=True) for one in sorted(set(of_row))]


def prompt_key(input_tokens: np.ndarray, is_trace: bool) -> np.ndarray:
    """Returns what holds length rows together: their prompt length, or in a trace the power of two at or above it."""
    return np.ceil(np.log2(input_tokens)) if is_trace else input_tokens


def split_workloads(instance: Instance) -> dict[str, list[pd.DataFrame]]:
    """Returns the classes of every workload that asks for more than one, by workload."""
    return {
        w.workload: length_classes(instance.lengths[w.workload], w.length_buckets, w.lengths.trace is not None)
        for w in instance.settings.workloads
        if w.length_buckets > 1 and w.lengths is not None
    }


def by_class(instance: Instance) -> Instance:
    """Returns the instance with each length class as a workload of its own; the same one where no workload has classes.

    Raises InputError for a rates row of a class that the lengths do not make.
    """
    classes = split_workloads(instance)
    return with_classes(instance, classes) if classes else instance


def with_classes(instance: Instance, classes: Mapping[str, list[pd.DataFrame]]) -> Instance:
    """Returns the instance with given classes as workloads: their lengths, their shares of the demand, the same wishes."""
    shares, written = _shares(classes), instance.document
    workloads: list[Workload] = []
    origin: list[int] = []
    lengths = {name: rows for name, rows in instance.lengths.items() if name not in classes}
    for position, w in enumerate(instance.settings.workloads):
        names = list(shares[w.workload]) if w.workload in classes else [w.workload]
        update = {"length_buckets": 1} if w.workload in classes else {}
        workloads += [w.model_copy(update={"workload": name, **update}) for name in names]
        origin += [position] * len(names)
        for name, rows in zip(names, classes.get(w.workload, []), strict=w.workload in classes):
            lengths[name] = rows.assign(weight=rows["weight"] / rows["weight"].sum())
    _refuse_unknown_rates(instance, {w.workload for w in workloads})
    tables = {**instance.tables, "paths": _spread(instance.tables["paths"], shares, None)}
    settings = instance.settings.model_copy(update={"workloads": tuple(workloads)})
    return replace(
        instance, settings=settings, lengths=lengths, tables=tables, demand=_spread(instance.demand, shares, "requests_per_s"),
        document=_ClassDocument(
            written.path, written.data, written.lines, written.overrides, tuple(origin)
        ),
    )  # fmt: skip


def class_table(instance: Instance) -> pd.DataFrame:
    """Returns the table `classes` of an instance as its user wrote it."""
    rows = []
    for of_workload, classes in split_workloads(instance).items():
        for (name, share), found in zip(_shares({of_workload: classes})[of_workload].items(), classes, strict=True):
            prompts, weight = found["input_tokens"], found["weight"] / found["weight"].sum()
            rows.append(
                {"workload": name, "of_workload": of_workload, "share": share, "input_tokens_from": prompts.min(),
                 "input_tokens_to": prompts.max(), "input_tokens": (prompts * weight).sum(),
                 "output_tokens": (found["output_tokens"] * weight).sum()}
            )  # fmt: skip
    return CLASSES.check(pd.DataFrame(rows, columns=list(CLASSES.names)), "classes")


def _shares(classes: Mapping[str, list[pd.DataFrame]]) -> dict[str, dict[str, float]]:
    """Returns the share of each class by its name, by workload."""
    return {
        name: {f"{name}{SIGN}{number}": float(rows["weight"].sum()) for number, rows in enumerate(found, start=1)}
        for name, found in classes.items()
    }


def _spread(table: pd.DataFrame, shares: Mapping[str, Mapping[str, float]], amount: str | None) -> pd.DataFrame:
    """Returns a table with the rows of a workload once for each of its classes, an amount at the class's share."""
    parts = [table[~table["workload"].isin(set(shares))]]
    for of_workload, found in shares.items():
        rows = table[table["workload"] == of_workload]
        for name, share in found.items():
            parts.append(rows.assign(workload=name, **({amount: rows[amount] * share} if amount else {})))
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _refuse_unknown_rates(instance: Instance, workloads: set[str]) -> None:
    rated = zip(range(2, len(instance.tables["rates"]) + 2), instance.tables["rates"]["workload"], strict=True)
    known = ", ".join(sorted(name for name in workloads if SIGN in name))
    faults = [
        Fault(f"{instance.settings.tables.rates}, line {line}, column workload", f"a length class among {known}", repr(name))
        for line, name in rated
        if name not in workloads
    ]
    if faults:
        raise InputError(faults)


@dataclass(frozen=True)
class _ClassDocument(Document):
    """A document asked by the positions of classes: a class stands where its workload is written."""

    origin: tuple[int, ...] = ()

    def where(self, location: tuple[str | int, ...]) -> str:
        """Returns the place of a path whose workload is counted by classes."""
        if len(location) > 1 and location[0] == "workloads" and isinstance(location[1], int):
            location = ("workloads", self.origin[location[1]], *location[2:])
        return super().where(location)
