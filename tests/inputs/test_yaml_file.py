"""YAML read strictly: plain values with their lines, everything else refused with line and cause."""

import datetime as dt
from pathlib import Path

import pytest

from planner.errors import InputError
from planner.inputs.yaml_file import dotted, parse_yaml, read_yaml

TEXT = """\
name: small
count: 3
share: 0.5
flag: true
nothing:
when: 2027-01-01
list:
  - {a: 1}
  - b:
      c: x
"""


def parsed(text: str):
    """Returns the document of a text called f.yaml."""
    return parse_yaml(text, Path("f.yaml"))


def fault_of(text: str) -> str:
    """Returns the message of a text that is refused."""
    with pytest.raises(InputError) as caught:
        parsed(text)
    return str(caught.value)


def test_plain_values_keep_their_types():
    assert parsed(TEXT).data == {
        "name": "small", "count": 3, "share": 0.5, "flag": True, "nothing": None, "when": dt.date(2027, 1, 1),
        "list": [{"a": 1}, {"b": {"c": "x"}}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("location", "where"),
    [
        (("count",), "f.yaml, line 2, count"),
        (("list", 0, "a"), "f.yaml, line 8, list[0].a"),
        (("list", 1, "b", "c"), "f.yaml, line 10, list[1].b.c"),
        (("list", 1, "b", "missing"), "f.yaml, line 10, list[1].b.missing"),
        (("missing", "too"), "f.yaml, line 1, missing.too"),
        ((), "f.yaml, line 1, document"),
    ],
)
def test_every_path_has_a_line(location, where):
    assert parsed(TEXT).where(location) == where


def test_paths_are_written_as_people_do():
    assert dotted(("workloads", 2, "slo", 0, "ms")) == "workloads[2].slo[0].ms"


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("a: !!python/object/apply:os.system [ls]\n", "f.yaml, line 1, a: expected a plain value, found the YAML tag"),
        ("a: !secret x\n", "the YAML tag '!secret'"),
        ("a: 1\nb: 2\na: 3\n", "f.yaml, line 3, a: expected each key once"),
        ("x:\n  a: 1\n  a: 2\n", "line 3, x.a"),
        ("? [1, 2]\n: 3\n", "a plain key"),
        ("a: &x [*x]\n", "f.yaml, line 1"),
        ("a: [1\n", "valid YAML"),
        ("a:\n\t- 1\n", "line 2"),
        ("a: 1\n---\nb: 1\n", "another document"),
        ("- 1\n", "a mapping at the top"),
        ("", "a mapping at the top"),
        ("a: \x00\n", "valid YAML"),
        ("a: 2027-13-45\n", "line 1, a"),
    ],
)
def test_everything_else_is_refused_with_its_line(text, fragment):
    assert fragment in fault_of(text)


def test_all_faults_are_told_at_once():
    assert fault_of("a: !x 1\nb: 1\nb: 2\nc: !y 2\n").startswith("3 problem(s)")


def test_anchors_that_multiply_are_refused_quickly():
    levels = "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))

    assert "f.yaml" in fault_of("a0: &a0 [x, x]\n" + levels)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_yaml(tmp_path / "none.yaml")


@pytest.mark.parametrize("content", [b"a: \xff\n", None])
def test_what_cannot_be_read_as_text_is_told(tmp_path, content):
    path = tmp_path / "f.yaml"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)

    with pytest.raises(InputError, match="a readable UTF-8 file"):
        read_yaml(path)


def test_a_huge_file_is_refused_unread(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_text("a: " + "x" * 5_000_001)

    with pytest.raises(InputError, match="at most 5000000 characters"):
        read_yaml(path)
