"""Small files in the peers' formats, made for these tests."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BUCKETS: Mapping[str, Any] = {
    "gpu_info": {
        "small": {"cost": 3.0, "tputs": [[10.0, 5.0], [4.0, 0.0]]},
        "big": {"cost": 10.0, "tputs": [[40.0, 20.0], [16.0, 8.0]]},
    },
    "workload_distribution": [[0.9, 0.0], [0.1, 0.25]],
    "total_request_rate": 40,
    "slice_factor": 2,
}
"""Shares sum to 1.25: 36, 0, 4 and 10 requests/s by bucket (row by row)."""

NAMED: Mapping[str, Any] = {
    "accelerators": [
        {"name": "A", "type": "A", "multiplicity": 1, "cost": 300},
        {"name": "4xA", "type": "A", "multiplicity": 4, "cost": 1000},
        {"name": "B", "type": "B", "multiplicity": 1, "cost": 250},
    ],
    "capacity": [{"type": "A", "count": 8}, {"type": "B", "count": 3}],
    "servers": [
        {"name": "Gold-m", "class": "Gold", "model": "m", "load": {"arrivalRate": 2700, "avgInTokens": 100, "avgOutTokens": 10}},
        {"name": "Free-m", "class": "Free", "model": "m", "load": {"arrivalRate": 0, "avgInTokens": 100, "avgOutTokens": 10}},
    ],
    "candidates": [
        {"server": "Gold-m", "acc": "A", "numInstancesPerReplica": 1, "ratePerReplica_req_s": 10.0, "arrivalRate_req_s": 45},
        {"server": "Gold-m", "acc": "4xA", "numInstancesPerReplica": 1, "ratePerReplica_req_s": 40.0, "arrivalRate_req_s": 45},
        {"server": "Gold-m", "acc": "B", "numInstancesPerReplica": 2, "ratePerReplica_req_s": 25.0, "arrivalRate_req_s": 45},
    ],
}
"""45 requests/s: A carries 10 for 3 usd, four A 40 for 10 usd, two B 25 for 5 usd."""

MATRICES: Mapping[str, Any] = {
    "numServers": 2, "numAccelerators": 2, "unitsAvail": [8, 4], "acceleratorTypesMatrix": "identity", "instanceCost": [1.0, 3.0],
    "numInstancesPerReplica": [[1, 1], [2, 1]], "ratePerReplica": [[1.0, 4.0], [1.0, 4.0]], "arrivalRates": [3, 5],
}  # fmt: skip


def changed(record: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a copy with values at dotted paths replaced; None removes the key."""
    made: Any = copy.deepcopy(dict(record))
    for path, value in changes.items():
        *parents, last = path.split(".")
        holder = made
        for name in parents:
            holder = holder[int(name)] if isinstance(holder, list) else holder[name]
        if value is None:
            del holder[last]
        elif isinstance(holder, list):
            holder[int(last)] = value
        else:
            holder[last] = value
    return made


def write(path: Path, record: Mapping[str, Any], changes: Mapping[str, Any] | None = None) -> Path:
    """Writes a file with changes and returns its path."""
    path.write_text(json.dumps(changed(record, changes or {})), encoding="utf-8")
    return path
