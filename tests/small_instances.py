"""Small instances as folders: one that is right, and the same with a few values changed or files replaced."""

import copy
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from planner.inputs.catalog import Catalog, load_catalog
from planner.inputs.instance import Instance, load_instance

GONE = object()
"""Set a path to this and the key is left out."""

SMALL: Mapping[str, Any] = {
    "schema_version": 1,
    "name": "small",
    "horizon": {
        "periods": [{"period": "q1", "hours": 2190}, {"period": "q2", "hours": 2190}],
        "blocks": [{"block": "day", "hours_per_day": 12}, {"block": "night", "hours_per_day": 12}],
    },
    "regions": ["us-virginia"],
    "candidates": [{"model": "llama-3.1-8b", "precisions": ["fp8"]}],
    "supply": {"providers": ["aws"], "node_types": ["8xH100-SXM"], "terms": ["on_demand", "reserved_1y"]},
    "workloads": [
        {
            "workload": "chat",
            "origin": "us-virginia",
            "lengths": {"input_tokens_mean": 1000, "output_tokens_mean": 200},
            "slo": [{"metric": "ttft", "statistic": "mean", "ms": 2000}, {"metric": "tpot", "statistic": "mean", "ms": 40}],
        }
    ],
}
"""One workload, one model, one node type, two quarters by day and night; every name is in the shipped catalog."""


class _WrittenOut(yaml.SafeDumper):
    """Writes a value that occurs twice out twice: aliases are refused by the reader."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def second_workload(name: str = "code", **more: Any) -> dict[str, Any]:
    """Returns a workload like that of SMALL under another name, with some keys replaced."""
    return {**copy.deepcopy(SMALL["workloads"][0]), "workload": name, **more}


def changed(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a deep copy with values replaced at dotted paths (`workloads.0.origin`); GONE leaves the key out."""
    data: dict[str, Any] = copy.deepcopy(dict(settings))
    for path, value in changes.items():
        *parents, last = path.split(".")
        place: Any = data
        for part in parents:
            place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
        if value is GONE:
            del place[last]
        elif isinstance(place, list):
            place[int(last) : int(last) + 1] = [copy.deepcopy(value)]
        else:
            place[last] = copy.deepcopy(value)
    return data


def demand_csv(settings: Mapping[str, Any], requests_per_s: float = 10.0) -> str:
    """Returns a demand table with the same rate for every workload, period and block."""
    rows = [
        f"{w['workload']},{p['period']},{b['block']},{requests_per_s:g}"
        for w in settings["workloads"] for p in settings["horizon"]["periods"] for b in settings["horizon"]["blocks"]
    ]  # fmt: skip
    return "\n".join(["workload,period,block,requests_per_s", *rows]) + "\n"


def write_instance(
    folder: Path, changes: Mapping[str, Any] | None = None, files: Mapping[str, str] | None = None, requests_per_s: float = 10.0
) -> Path:
    """Writes SMALL with changes and extra or replaced files (by relative path) into a folder and returns the folder."""
    settings = changed(SMALL, changes or {})
    texts = {"instance.yaml": yaml.dump(settings, Dumper=_WrittenOut, sort_keys=False), **(files or {})}
    if "demand.csv" not in texts:
        texts["demand.csv"] = demand_csv(settings, requests_per_s)
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def small_instance(
    folder: Path, changes: Mapping[str, Any] | None = None, files: Mapping[str, str] | None = None, requests_per_s: float = 10.0
) -> Instance:
    """Returns the instance that `write_instance` writes, read back."""
    return load_instance(write_instance(folder, changes, files, requests_per_s))


@cache
def shipped_catalog() -> Catalog:
    """Returns the shipped catalog, read once a test session."""
    return load_catalog()
