"""Reads one YAML document strictly: no tags, no anchors that hide size, no repeated keys; every value keeps its line."""

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from planner.errors import Fault, InputError

_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "map", "seq", "timestamp")}
_SIZE_MAX = 5_000_000


@dataclass(frozen=True)
class Document:
    """A parsed YAML file: its plain data and the line of every path in it."""

    path: Path
    data: dict[str, Any]
    lines: dict[tuple[str | int, ...], int]
    overrides: tuple[str, ...] = ()
    """Dotted paths (`a.2.b`) whose values were laid over the file."""

    def where(self, location: tuple[str | int, ...]) -> str:
        """Returns `file, line n, a.b[2].c` for a path, or `--set a.2.b` where its value comes from there.

        The nearest known parent gives the line.
        """
        path = ".".join(map(str, location))
        for name in self.overrides:
            if path == name or path.startswith(f"{name}."):
                return f"--set {name}, {dotted(location)}"
        for length in range(len(location), -1, -1):
            line = self.lines.get(location[:length])
            if line is not None:
                return f"{self.path.name}, line {line}, {dotted(location) or 'document'}"
        return f"{self.path.name}, {dotted(location)}"


def dotted(location: tuple[str | int, ...]) -> str:
    """Returns a path as a person writes it: `workloads[2].slo.ttft_ms`."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def read_yaml(path: Path) -> Document:
    """Returns the document of a YAML file whose top is a mapping; raises InputError with line and cause."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError.single(str(path), "a YAML file", "no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError.single(str(path), "a readable UTF-8 file", str(error)) from None
    if len(text) > _SIZE_MAX:
        raise InputError.single(str(path), f"at most {_SIZE_MAX} characters", f"{len(text)}")
    return parse_yaml(text, path)


def parse_yaml(text: str, path: Path) -> Document:
    """Returns the document of a YAML text; `path` names it in messages."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError.single(f"{path.name}, line {line}", "valid YAML", str(error.problem)) from None
    except yaml.YAMLError as error:
        raise InputError.single(path.name, "valid YAML", str(error).splitlines()[0]) from None
    except RecursionError:
        raise InputError.single(path.name, "YAML nested a few levels deep", "hundreds of levels") from None
    if not isinstance(root, yaml.MappingNode):
        raise InputError.single(path.name, "a mapping at the top", "something else")
    faults: list[Fault] = []
    lines: dict[tuple[str | int, ...], int] = {}
    data = _plain(root, (), path.name, lines, faults, set())
    if faults:
        raise InputError(faults)
    return Document(path, data, lines)


def _plain(
    node: yaml.Node,
    location: tuple[str | int, ...],
    name: str,
    lines: dict[tuple[str | int, ...], int],
    faults: list[Fault],
    seen: set[int],
) -> Any:
    """Returns the plain value of a node, noting lines and faults on the way."""
    line = node.start_mark.line + 1
    lines[location] = line
    if node.tag not in _PLAIN_TAGS:
        faults.append(Fault(f"{name}, line {line}, {dotted(location)}", "a plain value", f"the YAML tag {node.tag!r}"))
        return None
    if not isinstance(node, yaml.ScalarNode):
        if id(node) in seen:
            where = f"{name}, line {line}, {dotted(location)}"
            faults.append(Fault(where, "lists and mappings written out", "an alias (*name) to one"))
            return None
        seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, location, name, lines, faults, seen)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*location, i), name, lines, faults, seen) for i, item in enumerate(node.value)]
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (ValueError, yaml.YAMLError) as error:
        faults.append(Fault(f"{name}, line {line}, {dotted(location)}", "a plain value", str(error)))
        return None


def _mapping(
    node: yaml.MappingNode,
    location: tuple[str | int, ...],
    name: str,
    lines: dict[tuple[str | int, ...], int],
    faults: list[Fault],
    seen: set[int],
) -> dict[Hashable, Any]:
    mapping: dict[Hashable, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = key_node.value
        if not isinstance(key_node, yaml.ScalarNode):
            faults.append(Fault(f"{name}, line {line}, {dotted(location)}", "a plain key", "a nested key"))
            continue
        if key in mapping:
            faults.append(Fault(f"{name}, line {line}, {dotted((*location, key))}", "each key once", "a repeated key"))
        mapping[key] = _plain(value_node, (*location, key), name, lines, faults, seen)
    return mapping
