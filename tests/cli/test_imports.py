"""The import commands: what they write, what they print, how they refuse."""

import pytest

from tests.command_line import faults, planner
from tests.imports.peer_files import BUCKETS, NAMED, write


@pytest.mark.parametrize(
    ("arguments", "record", "usd"),
    [
        (("melange",), BUCKETS, 26.0), (("melange", "--continuous"), BUCKETS, 26.0), (("aibrix",), BUCKETS, 26.0),
        (("inferno",), NAMED, 11.0), (("inferno", "--assignment", "single"), NAMED, 15.0),
        (("inferno", "--assignment", "multi", "--unlimited"), NAMED, 10.0),
    ],
)  # fmt: skip
def test_an_imported_file_is_solved(tmp_path, arguments, record, usd):
    peer, *flags = arguments
    wrote = planner("import", peer, write(tmp_path / "p.json", record), "--out", tmp_path / "i", *flags)
    solved = planner("solve", tmp_path / "i", "--out", tmp_path / "plan", "--gap", "1e-6", "--format", "json", "--threads", "1")

    assert (wrote.code, solved.code) == (0, 0)
    assert wrote.out.startswith(f"wrote {tmp_path / 'i'}")
    assert solved.json["status"] == "optimal"
    assert solved.json["audit_passed"] is True
    assert solved.json["objective_usd"] == pytest.approx(usd, rel=1e-6)


@pytest.mark.parametrize("peer", ["melange", "aibrix", "inferno"])
@pytest.mark.parametrize("text", ["", "{}", "[]", "not json", '{"gpu_info": 5}'])
def test_a_malformed_file_is_refused(tmp_path, peer, text):
    path = tmp_path / "p.json"
    path.write_text(text)
    said = planner("import", peer, path, "--out", tmp_path / "i")

    assert said.code == 2
    assert faults(said)
    assert said.out == ""
    assert not (tmp_path / "i").exists()


def test_wrong_usage_is_refused(tmp_path):
    path = write(tmp_path / "p.json", NAMED)

    assert planner("import", "inferno", path, "--out", tmp_path / "i", "--assignment", "many").code == 2
    assert planner("import", "inferno", tmp_path / "none.json", "--out", tmp_path / "i").code == 2
    assert planner("import", "vidur", path, "--out", tmp_path / "i").code == 2
    assert planner("import", "inferno", path).code == 2
    assert planner("import", "inferno", path, "--out", tmp_path).code == 2, "the folder holds the file"
