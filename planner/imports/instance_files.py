"""An imported problem as the files of an instance: one hour, one place, own machines, own rates, no roofline."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from planner.errors import InputError
from planner.inputs.instance import INSTANCE_FILE, SCHEMA_VERSION
from planner.inputs.policy import OFFERS, RATES
from planner.inputs.workloads import DEMAND
from planner.tables import write_atomically

REGION = "us-virginia"
"""Peers know no places: everything stands in one, where nothing depends on it."""
MODEL, PRECISION = "served-model", "as-measured"
PERIOD, BLOCK = "hour", "all"
PROVIDER = "peer"
NAME_MAX = 100
NODES_SLACK = 1
"""Nodes beyond what the whole traffic on one machine needs: the supply cap of a peer without caps never binds."""


@dataclass(frozen=True)
class Machine:
    """What one replica takes whole: `accelerators` of a kind at a price."""

    machine: str
    accelerator: str
    accelerators: int
    usd_per_hour: float


@dataclass(frozen=True)
class Stream:
    """Traffic and what one replica on each machine sustains of it (0: not eligible)."""

    stream: str
    requests_per_s: float
    rates: Mapping[str, float]
    tokens: tuple[float, float] | None = None
    """Mean input and output tokens where the file says."""
    description: str = ""


@dataclass(frozen=True)
class PeerProblem:
    """A peer's problem in our words."""

    name: str
    story: str
    source: str
    machines: tuple[Machine, ...]
    streams: tuple[Stream, ...]
    slices: int = 0
    """Equal parts of each stream; 0: spread freely."""
    is_shared: bool = False
    """All streams share replicas."""
    accelerators_max: Mapping[str, float] | None = None


def write_instance(problem: PeerProblem, folder: Path) -> list[Path]:
    """Writes the instance folder of a peer's problem and returns its files; raises InputError where something is there."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError.single(f"--out {folder}", "a new or empty folder", "something in it")
    settings = yaml.safe_dump(_settings(problem), sort_keys=False, allow_unicode=True, width=120)
    files = {folder / INSTANCE_FILE: settings}
    for table, rows in ((DEMAND, _demand(problem)), (RATES, _rates(problem)), (OFFERS, _offers(problem))):
        columns = [name for name in table.names if rows and name in rows[0]]
        files[folder / f"{table.name}.csv"] = pd.DataFrame(rows, columns=columns).to_csv(index=False, lineterminator="\n")
    for path, text in files.items():
        write_atomically(path, text)
    return list(files)


def plain_names(names: Sequence[str]) -> list[str]:
    """Returns names that an instance can hold, in order: separators become dashes, long ones are cut, none is told twice.

    >>> plain_names(["a|b", "a/b", " c"])
    ['a-b', 'a-b-2', 'c']
    """
    found: list[str] = []
    for name in names:
        spelled = "".join("-" if sign in ",|/@" or not sign.isprintable() else sign for sign in name)
        plain = spelled.strip()[:NAME_MAX].strip() or "unnamed"
        count, free = 2, plain
        while free in found:
            free, count = f"{plain}-{count}", count + 1
        found.append(free)
    return found


def _settings(problem: PeerProblem) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION, "name": problem.name, "story": problem.story,
        "horizon": {"periods": [{"period": PERIOD, "hours": 1}], "blocks": [{"block": BLOCK, "hours_per_day": 24}]},
        "regions": [REGION],
        "candidates": [{"model": MODEL, "precisions": [PRECISION], "is_modelled": False}],
        "supply": {"terms": [], "nodes_max_per_offer": _nodes_max(problem)},
        "service": {"utilisation_max": 1.0},
        "workloads": [_workload(problem, stream) for stream in problem.streams],
    }  # fmt: skip
    if problem.is_shared and len(problem.streams) > 1:
        settings["pools"] = [{"pool": "shared", "workloads": [stream.stream for stream in problem.streams]}]
    if problem.accelerators_max is not None:
        settings["limits"] = [
            {"limit": f"cards {name}", "kind": "accelerators_max", "scope": name, "value": count}
            for name, count in problem.accelerators_max.items()
        ]
    return {**settings, "tables": {"demand": "demand.csv", "rates": "rates.csv", "offers": "offers.csv"}}


def _workload(problem: PeerProblem, stream: Stream) -> dict[str, Any]:
    tokens = stream.tokens
    lengths = None if tokens is None else {"input_tokens_mean": tokens[0], "output_tokens_mean": tokens[1]}
    entry: dict[str, Any] = {"workload": stream.stream, "origin": REGION, "lengths": lengths, "slo": []}
    if stream.description:
        entry["description"] = stream.description
    if problem.slices:
        entry["slices"] = problem.slices
    return entry


def _nodes_max(problem: PeerProblem) -> int:
    """Returns a cap that never binds: on every machine, the replicas that all traffic would need there, each stream apart."""
    needs = [
        sum(math.ceil(s.requests_per_s / s.rates[m.machine]) for s in problem.streams if s.rates.get(m.machine, 0.0) > 0)
        for m in problem.machines
    ]
    return max(needs, default=0) + NODES_SLACK


def _demand(problem: PeerProblem) -> list[dict[str, Any]]:
    return [
        {"workload": stream.stream, "period": PERIOD, "block": BLOCK, "requests_per_s": stream.requests_per_s}
        for stream in problem.streams
    ]


def _rates(problem: PeerProblem) -> list[dict[str, Any]]:
    return [
        {
            "workload": stream.stream, "variant": f"{MODEL}@{PRECISION}", "node_type": node_type(machine),
            "tp": machine.accelerators, "requests_per_s": stream.rates.get(machine.machine, 0.0), "source": problem.source,
        }
        for stream in problem.streams for machine in problem.machines
    ]  # fmt: skip


def _offers(problem: PeerProblem) -> list[dict[str, Any]]:
    return [
        {
            "offer": f"{PROVIDER}/{machine.machine}", "node_type": node_type(machine), "accelerator": machine.accelerator,
            "accelerators": machine.accelerators, "region": REGION, "provider": PROVIDER,
            "usd_per_hour": machine.usd_per_hour, "source": problem.source,
        }
        for machine in problem.machines
    ]  # fmt: skip


def node_type(machine: Machine) -> str:
    """Returns the node type of a machine, a name that no catalog has."""
    return f"{PROVIDER}-{machine.machine}"
