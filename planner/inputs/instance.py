"""An instance: one YAML file and its tables, read strictly, all faults told at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import yaml
from pydantic import Field, ValidationError

from planner.errors import Fault, InputError
from planner.inputs.harmless import with_harmless_limits
from planner.inputs.policy import (
    TABLES,
    Candidate,
    Deployment,
    Goal,
    Horizon,
    Limit,
    Money,
    Quality,
    Risk,
    Service,
    Supply,
    Tables,
)
from planner.inputs.unsolved import unsolved_faults
from planner.inputs.workloads import DEMAND, HISTOGRAM, Entry, Name, Pool, Workload
from planner.inputs.yaml_file import Document, dotted, read_yaml
from planner.tables import read_raw

INSTANCE_FILE = "instance.yaml"
SCHEMA_VERSION = 1
TOKENS_MAX = 2**24
"""Longest prompt or answer in tokens that a trace may hold; no served model comes near."""


class InstanceFile(Entry):
    """The YAML file of an instance."""

    schema_version: Annotated[int, Field(ge=SCHEMA_VERSION, le=SCHEMA_VERSION)]
    """Version of this format."""
    name: Name
    story: str = ""
    """Three lines: who asks, what is decided, what makes it hard."""
    horizon: Horizon
    regions: tuple[Name, ...] = Field(min_length=1)
    """Candidate regions."""
    candidates: tuple[Candidate, ...] = Field(min_length=1)
    quality: Quality = Quality()
    supply: Supply = Supply()
    deployment: Deployment = Deployment()
    service: Service = Service()
    money: Money = Money()
    workloads: tuple[Workload, ...] = Field(min_length=1)
    pools: tuple[Pool, ...] = ()
    limits: tuple[Limit, ...] = ()
    risk: Risk = Risk()
    goal: Goal = Goal()
    tables: Tables = Tables()


@dataclass(frozen=True)
class Instance:
    """A checked instance: settings, tables and the files they came from."""

    settings: InstanceFile
    demand: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    """Optional tables by name (supply, offers, owned, prices, paths, rates, scores...), empty if absent."""
    lengths: Mapping[str, pd.DataFrame]
    """Per workload: input_tokens, output_tokens, weight (weights sum to 1); none where its lengths are not known."""
    folder: Path
    files: tuple[Path, ...]
    """Every file read, the YAML first."""
    overrides: Mapping[str, Any]
    """`--set` values laid over the YAML."""
    document: Document

    @property
    def name(self) -> str:
        """Name of the instance."""
        return self.settings.name

    def limit_position(self, name: str) -> int | None:
        """Returns the position of a limit by its name, or by its name in one future (`cash@boom`); None where there is none."""
        positions = {limit.limit: i for i, limit in enumerate(self.settings.limits)}
        return positions.get(name, positions.get(name.rpartition("@")[0]))


def load_instance(path: Path, overrides: Mapping[str, Any] | None = None) -> Instance:
    """Returns the checked instance of a folder or YAML file; raises InputError with all faults found."""
    instance, faults = read_instance(path, overrides)
    if faults:
        raise InputError(faults)
    return instance


def read_instance(path: Path, overrides: Mapping[str, Any] | None = None) -> tuple[Instance, list[Fault]]:
    """Returns the instance of a folder or YAML file and the faults of its tables; a faulty table is left empty.

    `overrides` maps dotted paths (`service.utilisation_max`, `workloads.0.slo.0.ms`) to values. Raises InputError with all
    faults of the YAML itself, without which nothing else can be read.
    """
    file = path / INSTANCE_FILE if path.is_dir() else path
    document = _overridden(read_yaml(file), overrides or {})
    settings, faults = _validated(document)
    faults += [Fault(document.where(f.location), f.expected, f.found) for f in unsolved_faults(settings)]
    tables, lengths, files = _read_tables(settings, file.parent, document, faults)
    if not any(fault.where.startswith(settings.tables.demand) for fault in faults):
        faults += _demand_faults(settings, tables["demand"])
    faults += _repeated_names(settings, document)
    demand = tables.pop("demand")
    instance = Instance(settings, demand, tables, lengths, file.parent, (file, *files), dict(overrides or {}), document)
    return instance, faults


def parse_override(text: str) -> tuple[str, Any]:
    """Returns (dotted path, value) of a `--set a.b=3` text; the value is read as YAML."""
    name, separator, value = text.partition("=")
    if not separator or not name.strip():
        raise InputError.single("--set", "PATH=VALUE", repr(text))
    try:
        return name.strip(), yaml.safe_load(value)
    except yaml.YAMLError:
        raise InputError.single(f"--set {name}", "a YAML value", repr(value)) from None


def _overridden(document: Document, overrides: Mapping[str, Any]) -> Document:
    data = document.data
    for name, value in overrides.items():
        data = _with_value(data, name.split("."), value, name)
    return Document(document.path, data, document.lines, tuple(overrides))


def _with_value(data: Any, parts: Sequence[str], value: Any, name: str) -> Any:
    """Returns a copy of nested data with one value replaced; missing mappings are made."""
    head, rest = parts[0], parts[1:]
    if isinstance(data, list):
        if not head.isdigit() or int(head) >= len(data):
            raise InputError.single(f"--set {name}", f"an index 0..{len(data) - 1}", repr(head))
        copy = list(data)
        copy[int(head)] = _with_value(copy[int(head)], rest, value, name) if rest else value
        return copy
    if not isinstance(data, dict):
        raise InputError.single(f"--set {name}", "a path into the instance", f"{head!r} under a plain value")
    return {**data, head: _with_value(data.get(head, {}), rest, value, name) if rest else value}


def _validated(document: Document) -> tuple[InstanceFile, list[Fault]]:
    """Returns the settings, and the faults of entries under `limits`, whose faulty values are read as harmless ones.

    So that everything else is told with them. Raises InputError where anything else is malformed.
    """
    try:
        return InstanceFile.model_validate(document.data), []
    except ValidationError as error:
        faults = _pydantic_faults(error, document)
        try:
            return InstanceFile.model_validate(with_harmless_limits(document.data, error)), faults
        except ValidationError:
            raise InputError(faults) from None


def _pydantic_faults(error: ValidationError, document: Document) -> list[Fault]:
    faults = []
    for item in error.errors():
        location = tuple(item["loc"])
        if item["type"] == "too_short" and item["input"]:
            continue  # a consequence of a bad entry that has its own fault
        if item["type"] == "extra_forbidden":
            fault = Fault(document.where(location), "only documented keys", f"the unknown key {location[-1]!r}")
        elif item["type"] == "missing":
            fault = Fault(document.where(location), f"the key {location[-1]!r}", "nothing")
        else:
            expected = item["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
            fault = Fault(document.where(location), expected, _short(item["input"]))
        faults.append(fault)
    return faults


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _read_tables(
    settings: InstanceFile, folder: Path, document: Document, faults: list[Fault]
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame], list[Path]]:
    """Returns the tables by name, the lengths by workload and the files read; appends faults."""
    tables: dict[str, pd.DataFrame] = {}
    files: list[Path] = []
    for name, declared in {"demand": DEMAND, **TABLES}.items():
        reference = getattr(settings.tables, name)
        if reference is None:
            tables[name] = declared.empty()
            continue
        tables[name] = declared.empty()
        path = _inside(folder, reference, document.where(("tables", name)), faults)
        if path is None:
            continue
        frame, wrong = declared.read_faults(path)
        tables[name] = declared.empty() if wrong else frame
        faults += [Fault(f.where.replace(str(path), reference), f.expected, f.found) for f in wrong]
        files.append(path)
    for name in ("catalog", "calibration"):
        if getattr(settings.tables, name) is not None:
            _inside(folder, getattr(settings.tables, name), document.where(("tables", name)), faults)
    lengths: dict[str, pd.DataFrame] = {}
    for position, workload in enumerate(settings.workloads):
        where = document.where(("workloads", position, "lengths"))
        found: list[Fault] = []
        histogram, path = _lengths(workload, folder, where, found)
        faults += [fault for fault in found if fault not in faults]  # a file of several workloads is told once
        if histogram is not None:
            lengths[workload.workload] = histogram
        if path is not None and path not in files:
            files.append(path)
    return tables, lengths, files


def _inside(folder: Path, reference: str, where: str, faults: list[Fault]) -> Path | None:
    """Returns the file of a relative reference; a path that leaves the instance's folder is a fault."""
    path = folder / reference
    if Path(reference).is_absolute() or not path.resolve().is_relative_to(folder.resolve()):
        faults.append(Fault(where, "a path inside the instance's folder", repr(reference)))
        return None
    return path


def _lengths(workload: Workload, folder: Path, where: str, faults: list[Fault]) -> tuple[pd.DataFrame | None, Path | None]:
    """Returns (input_tokens, output_tokens, weight) rows of a workload and the file they came from."""
    given = workload.lengths
    if given is None:
        return None, None
    if given.input_tokens_mean is not None:
        row = {"input_tokens": [given.input_tokens_mean], "output_tokens": [given.output_tokens_mean], "weight": [1.0]}
        return pd.DataFrame(row), None
    reference = given.histogram or given.trace or ""
    path = _inside(folder, reference, where, faults)
    if path is None:
        return None, None
    if given.trace is not None:
        return _reduced_trace(path, faults), path
    frame, found = HISTOGRAM.read_faults(path)
    faults += found
    total = float(frame["weight"].sum()) if not found else 0.0
    if not found and total <= 0:
        faults.append(Fault(path.name, "weights that sum to more than 0", f"{total:g}"))
    return (None if found or total <= 0 else frame.assign(weight=frame["weight"] / total)), path


def _reduced_trace(path: Path, faults: list[Fault]) -> pd.DataFrame | None:
    """Returns a trace reduced to a histogram on powers of two, each bucket at its own means."""
    raw, found = read_raw(path)
    if found:
        faults += found
        return None
    wanted = ["input_tokens", "output_tokens"]
    if not set(wanted) <= set(raw.columns):
        faults.append(Fault(f"{path.name}, header", "columns input_tokens, output_tokens", ", ".join(map(str, raw.columns))))
        return None
    numbers = raw[wanted].apply(pd.to_numeric, errors="coerce")
    if numbers.empty:
        faults.append(Fault(path.name, "at least one request", "none"))
        return None
    bad = numbers.isna().any(axis=1) | (numbers < 1).any(axis=1) | (numbers > TOKENS_MAX).any(axis=1)
    if bad.any():
        line = int(bad.to_numpy().argmax()) + 2
        faults.append(
            Fault(f"{path.name}, line {line}", f"token counts from 1 to {TOKENS_MAX}", f"{int(bad.sum())} bad rows of {len(raw)}")
        )
        return None
    buckets = [pd.cut(numbers[name], [2.0**k for k in range(-1, 25)], labels=False) for name in wanted]
    grouped = numbers.groupby(buckets, sort=True)
    means: pd.DataFrame = grouped.mean().reset_index(drop=True)
    return means.assign(weight=(grouped.size() / len(numbers)).to_numpy())


def _demand_faults(settings: InstanceFile, demand: pd.DataFrame) -> list[Fault]:
    """Returns the faults of the demand table against the workloads, periods, blocks and scenarios declared."""
    if demand.empty:
        return [Fault(settings.tables.demand, "rows of demand", "none")]
    scenarios = [s.scenario for s in settings.risk.scenarios] or ["expected"]
    declared = {
        "workload": [w.workload for w in settings.workloads],
        "period": [p.period for p in settings.horizon.periods],
        "block": [b.block for b in settings.horizon.blocks],
        "scenario": scenarios,
    }
    faults = []
    for column, names in declared.items():
        for unknown in sorted(set(demand[column]) - set(names)):
            place = f"{settings.tables.demand}, column {column}"
            faults.append(Fault(place, f"one of {', '.join(names)}", repr(unknown)))
    if faults:
        return faults
    wanted = pd.MultiIndex.from_product(list(declared.values()), names=list(declared))
    missing = wanted.difference(pd.MultiIndex.from_frame(demand[list(declared)]))
    faults = [Fault(settings.tables.demand, f"a row for {' / '.join(map(str, key))}", "none") for key in list(missing)[:5]]
    if len(missing) > 5:
        faults.append(
            Fault(settings.tables.demand, "a row for every workload, period and block", f"{len(missing) - 5} more missing")
        )
    return faults


def _repeated_names(settings: InstanceFile, document: Document) -> list[Fault]:
    """Returns a fault for every identifier declared twice, a period gap, and blocks that do not fill a day."""
    faults = []
    lists: list[tuple[tuple[str | int, ...], list[str]]] = [
        (("workloads",), [w.workload for w in settings.workloads]),
        (("horizon", "periods"), [p.period for p in settings.horizon.periods]),
        (("horizon", "blocks"), [b.block for b in settings.horizon.blocks]),
        (("regions",), list(settings.regions)),
        (("candidates",), [c.model for c in settings.candidates]),
        (("pools",), [p.pool for p in settings.pools]),
        (("limits",), [limit.limit for limit in settings.limits]),
        (("risk", "scenarios"), [s.scenario for s in settings.risk.scenarios]),
    ]
    for location, names in lists:
        for position, name in enumerate(names):
            if name in names[:position]:
                faults.append(Fault(document.where((*location, position)), "a name not used before", repr(name)))
    periods = settings.horizon.periods
    for position in range(1, len(periods)):
        before, this = periods[position - 1].end, periods[position].start
        if (before is None) != (this is None) or (before is not None and before != this):
            where = document.where(("horizon", "periods", position))
            faults.append(Fault(where, f"a start at {before}, the end of the period before", str(this)))
    hours = sum(block.hours_per_day for block in settings.horizon.blocks)
    if abs(hours - 24) > 1e-6:
        faults.append(Fault(document.where(("horizon", "blocks")), "blocks that add up to 24 hours a day", f"{hours:g}"))
    return faults + _scenario_faults(settings, document)


def _scenario_faults(settings: InstanceFile, document: Document) -> list[Fault]:
    """Returns a fault where probabilities do not sum to 1, or a name has the sign that joins block and scenario."""
    scenarios = settings.risk.scenarios
    if not scenarios:
        return []
    total = sum(scenario.probability for scenario in scenarios)
    where, faults = document.where(("risk", "scenarios")), []
    if abs(total - 1) > 1e-9:
        faults.append(Fault(where, "probabilities that sum to 1", f"{total:.10g}"))
    names = [block.block for block in settings.horizon.blocks] + [scenario.scenario for scenario in scenarios]
    return faults + [Fault(where, "names of blocks and scenarios without @", repr(name)) for name in names if "@" in name]


def json_schema() -> dict[str, Any]:
    """Returns the JSON Schema of instance.yaml."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **InstanceFile.model_json_schema()}


__all__ = ["INSTANCE_FILE", "Instance", "InstanceFile", "dotted", "json_schema", "load_instance", "parse_override"]
