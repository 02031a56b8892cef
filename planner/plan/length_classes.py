"""Length classes as the plan and its audit see them: whose class a stream is, and the split stated again."""

from collections.abc import Mapping

import pandas as pd

from planner.inputs.instance import Instance
from planner.options.coefficients import Coefficients
from planner.options.length_classes import with_classes


def workload_of(coefficients: Coefficients) -> Mapping[str, str]:
    """Returns the instance's workload by length class; names that are no class are not in it."""
    return dict(zip(coefficients.classes["workload"], coefficients.classes["of_workload"], strict=True))


def spoken(frame: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns a frame with each length class called by its workload; rows are not summed."""
    if coefficients.classes.empty or frame.empty:
        return frame
    names = workload_of(coefficients)
    return frame.assign(workload=[names.get(str(name), name) for name in frame["workload"]])


def classed(instance: Instance) -> Instance:
    """Returns the instance with its length classes as workloads, by this room's own statement of the split."""
    classes = classes_of(instance)
    return with_classes(instance, classes) if classes else instance


def classes_of(instance: Instance) -> dict[str, list[pd.DataFrame]]:
    """Returns the length rows of each class, their weights summing to its share, by workload that asks for classes."""
    classes = {}
    for workload in instance.settings.workloads:
        if workload.length_buckets > 1 and workload.lengths is not None:
            rows = instance.lengths[workload.workload]
            classes[workload.workload] = _split(rows, workload.length_buckets, workload.lengths.trace is not None)
    return classes


def _split(lengths: pd.DataFrame, count: int, is_trace: bool) -> list[pd.DataFrame]:
    """Returns the classes of a workload: prompts in rising order, cut where each n-th part of all tokens is reached.

    Prompts of one length stay together (in a trace: those up to one power of two), in the class that their middle is in.
    """
    rows = [
        (float(i), float(o), float(w)) for i, o, w in lengths[["input_tokens", "output_tokens", "weight"]].to_numpy() if w > 0
    ]
    bunches: dict[float, list[tuple[float, float, float]]] = {}
    for row in sorted(rows):
        bunches.setdefault(_power_at_or_above(row[0]) if is_trace else row[0], []).append(row)
    total = sum((i + o) * w for i, o, w in rows)
    classes: dict[int, list[tuple[float, float, float]]] = {}
    before = 0.0
    for bunch in bunches.values():
        work = sum((i + o) * w for i, o, w in bunch)
        classes.setdefault(min(int(count * (before + work / 2) / total), count - 1), []).extend(bunch)
        before += work
    return [pd.DataFrame(found, columns=["input_tokens", "output_tokens", "weight"]) for found in classes.values()]


def _power_at_or_above(tokens: float) -> float:
    power = 1.0
    while power < tokens:
        power *= 2.0
    return power
