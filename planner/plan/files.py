"""A plan as a folder: plan.json, its tables as CSV, and inputs/, a verbatim copy of everything it rests on.

```text
DIR/plan.json                 facts, provenance, sha256 of every other file
DIR/<table>.csv               deployments, traffic, nodes, orders, placement, ledger, scenarios
DIR/inputs/instance/...       the instance files, byte for byte
DIR/inputs/catalog/*.csv      the catalog rows used
DIR/inputs/coefficients/*.csv the coefficient tables
```
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from planner.errors import Fault, InputError
from planner.inputs.instance import Instance, load_instance
from planner.options.coefficients import Coefficients, read_coefficients, write_coefficients
from planner.plan.plan import EXTENSIONS, TABLES, Plan, PlanFacts, PlanTables, facts_of, facts_record

SCHEMA_VERSION = 1
PLAN_FILE = "plan.json"
INSTANCE_FOLDER = "inputs/instance"
CATALOG_FOLDER = "inputs/catalog"
COEFFICIENTS_FOLDER = "inputs/coefficients"
REPORT_STEMS = frozenset({"report", "explanation"})
"""Files that are made from a plan and go with it when it is replaced: report.html, report.xlsx, explanation.json."""


@dataclass(frozen=True, eq=False)
class PlanInputs:
    """What a plan rests on: coefficients, instance, catalog rows by table name, further text files by name."""

    coefficients: Coefficients
    instance: Instance
    catalog: Mapping[str, pd.DataFrame]
    extra: Mapping[str, str] = field(default_factory=dict)


def write_plan(plan: Plan, folder: Path, inputs: PlanInputs) -> Plan:
    """Writes the folder of a plan and returns the plan with its digests.

    The folder is written beside its place and then renamed: a reader never sees half a plan. A folder that holds a
    plan is replaced (a crash between the two renames leaves the old one beside, under a hidden name); any other
    folder, or one with files that are not the plan's own, is refused with InputError.
    """
    if folder.is_symlink():
        raise InputError.single(str(folder), "a folder or a free name", "a link")
    target = folder.resolve()
    _refuse_foreign(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        written = _write_into(temporary, plan, inputs)
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o777 & ~umask)
        _swap(temporary, target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return written


def write_wall_time(plan: Plan, folder: Path, wall_s: float) -> Plan:
    """Writes into the folder of a plan how many seconds it took with its audit, and returns the plan that says so.

    Nothing else changes: plan.json is written beside the folder and then renamed. Where another plan has taken the folder
    meanwhile that one is left as it is. Raises OSError where the time cannot be written; the plan is whole all the same.
    """
    timed = Plan(plan.tables, replace(plan.facts, wall_s=wall_s))
    target = folder.resolve() / PLAN_FILE
    handle, name = tempfile.mkstemp(dir=target.parent.parent, prefix=f".{target.parent.name}.")
    beside = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(_facts_text(timed.facts))
        beside.chmod(target.stat().st_mode)
        if target.read_text(encoding="utf-8") == _facts_text(plan.facts):
            beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return timed


def read_plan(folder: Path) -> Plan:
    """Returns the plan of a folder; raises InputError naming every missing or malformed file.

    A plan written before an extension table was known, whose digests therefore do not name its file, has no rows in it.
    """
    facts = read_facts(folder)
    frames: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    for name, declared in TABLES.items():
        file = f"{name}.csv"
        if name in EXTENSIONS and file not in facts.provenance.digests and not (folder / file).exists():
            frames[name] = declared.empty()
            continue
        frames[name], found = declared.read_faults(folder / file)
        faults += found
    if faults:
        raise InputError(faults)
    return Plan(PlanTables(**frames), facts)


def read_plan_inputs(folder: Path) -> PlanInputs:
    """Returns the copies of instance, catalog rows and coefficients that a plan's folder keeps."""
    facts = read_facts(folder)
    coefficients = read_coefficients(folder / COEFFICIENTS_FOLDER)
    return PlanInputs(coefficients, read_instance(folder, facts), read_catalog(folder))


def read_instance(folder: Path, facts: PlanFacts) -> Instance:
    """Returns the instance of a plan's folder, with the `--set` values that were laid over it."""
    source = facts.provenance
    if Path(source.instance_file).name != source.instance_file:
        raise InputError.single(f"{folder / PLAN_FILE}, instance_file", "the name of a file", repr(source.instance_file))
    return load_instance(folder / INSTANCE_FOLDER / source.instance_file, source.overrides)


def read_catalog(folder: Path) -> dict[str, pd.DataFrame]:
    """Returns the catalog rows of a plan's folder by table name, every cell as text."""
    frames = {}
    for path in sorted((folder / CATALOG_FOLDER).glob("*.csv")):
        try:
            frames[path.stem] = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        except (OSError, ValueError) as error:
            raise InputError.single(str(path), "a readable table", str(error).splitlines()[0]) from None
    return frames


def read_facts(folder: Path) -> PlanFacts:
    """Returns the facts of a plan's folder; raises InputError where plan.json is missing, malformed or of another version."""
    path = folder / PLAN_FILE
    record = _json_object(path)
    version = record.pop("schema_version", None)
    if version != SCHEMA_VERSION:
        raise InputError.single(f"{path}, schema_version", f"{SCHEMA_VERSION}", repr(version))
    return facts_of(record, str(path))


def digest_of(path: Path) -> str:
    """Returns the sha256 of a file in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def files_of(folder: Path) -> list[str]:
    """Returns every file under a folder but plan.json, as sorted relative POSIX paths."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
    return sorted(name for name in found if name != PLAN_FILE)


def _write_into(folder: Path, plan: Plan, inputs: PlanInputs) -> Plan:
    for name, declared in TABLES.items():
        declared.write(getattr(plan.tables, name), folder / f"{name}.csv")
    write_coefficients(inputs.coefficients, folder / COEFFICIENTS_FOLDER)
    _copy_instance(inputs.instance, folder / INSTANCE_FOLDER)
    (folder / CATALOG_FOLDER).mkdir(parents=True)
    for name, frame in sorted(inputs.catalog.items()):
        frame.to_csv(folder / CATALOG_FOLDER / f"{name}.csv", index=False, lineterminator="\n")
    for name, text in sorted(inputs.extra.items()):
        (folder / name).write_text(text, encoding="utf-8")
    overrides = json.loads(json.dumps(dict(inputs.instance.overrides), default=str))
    digests = {name: digest_of(folder / name) for name in files_of(folder)}
    source = replace(plan.facts.provenance, instance_file=inputs.instance.files[0].name, overrides=overrides, digests=digests)
    facts = replace(plan.facts, provenance=source)
    (folder / PLAN_FILE).write_text(_facts_text(facts), encoding="utf-8")
    return Plan(plan.tables, facts)


def _facts_text(facts: PlanFacts) -> str:
    record: dict[str, Any] = {"schema_version": SCHEMA_VERSION, **facts_record(facts)}
    return json.dumps(record, indent=2, allow_nan=False) + "\n"


def _copy_instance(instance: Instance, folder: Path) -> None:
    for path in instance.files:
        target = folder / os.path.relpath(path, instance.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())


def _swap(temporary: Path, target: Path) -> None:
    """Renames a finished folder to its place; puts the old one back where that fails."""
    if not target.exists():
        temporary.rename(target)
        return
    old = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.old."))
    target.rename(old)
    try:
        temporary.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _refuse_foreign(target: Path) -> None:
    """Raises InputError where writing a plan would destroy anything but a plan."""
    if not target.exists():
        return
    if not target.is_dir():
        raise InputError.single(str(target), "a folder or a free name", "a file")
    if not any(target.iterdir()):
        return
    try:
        known = read_facts(target).provenance.digests
    except InputError:
        raise InputError.single(str(target), "an empty folder or a plan", "a folder with other files") from None
    foreign = [name for name in files_of(target) if name not in known and Path(name).stem not in REPORT_STEMS]
    if foreign:
        raise InputError.single(str(target), "only files of the plan that is there", ", ".join(foreign[:5]))


def _json_object(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError.single(str(path), "a plan's plan.json", "no such file") from None
    except (OSError, ValueError) as error:
        raise InputError.single(str(path), "a readable JSON file", str(error).splitlines()[0]) from None
    if not isinstance(record, dict):
        raise InputError.single(str(path), "a JSON object", type(record).__name__)
    return record
