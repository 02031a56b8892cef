"""Shipped instances: found by name, copied once, each of them clean."""

import pytest

from planner.errors import InputError
from planner.inputs.shipped import instance_path, instances_folder, shipped_instances, start_instance
from tests.command_line import planner


def test_the_shipped_instances():
    assert {"tiny", "quickstart", "quarterly_portfolio"} <= set(shipped_instances())


@pytest.mark.parametrize("name", shipped_instances())
def test_every_shipped_instance_checks_clean(name):
    said = planner("check", name, "--format", "json")

    assert said.code == 0, said.err
    assert said.json["problems"] == 0


@pytest.mark.parametrize("name", shipped_instances())
def test_every_shipped_instance_tells_its_story(name):
    text = (instances_folder() / name / "instance.yaml").read_text(encoding="utf-8")

    assert "story:" in text


def test_a_path_beats_a_shipped_name(tmp_path, monkeypatch):
    folder = tmp_path / "tiny"
    start_instance(folder, "quickstart")
    monkeypatch.chdir(tmp_path)

    assert instance_path(folder) == folder
    assert instance_path(folder / "instance.yaml") == folder / "instance.yaml"
    (folder / "instance.yaml").unlink()
    with pytest.raises(InputError, match="neither"):
        instance_path(folder)


def test_a_shipped_name_is_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert instance_path(tmp_path / "tiny") == instances_folder() / "tiny"


def test_a_copy_is_whole_and_never_overwrites(tmp_path):
    written = start_instance(tmp_path / "mine", "quickstart")
    source = instances_folder() / "quickstart"

    assert {p.name: p.read_bytes() for p in written} == {p.name: p.read_bytes() for p in source.iterdir() if p.is_file()}
    with pytest.raises(InputError, match="a new or empty folder"):
        start_instance(tmp_path / "mine", "tiny")
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="a new or empty folder"):
        start_instance(tmp_path / "file", "tiny")


def test_an_unknown_example_names_the_known_ones(tmp_path):
    with pytest.raises(InputError, match="quickstart"):
        start_instance(tmp_path / "mine", "atlantis")
