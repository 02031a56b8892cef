"""Another planner's file is read strictly."""

import pytest

from planner.errors import InputError
from planner.imports.peer_file import PeerFile, read_peer_file


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "Expecting value"), ("{", "Expecting property name"), ("[1]", "list"), ('"x"', "str"), ("[" * 100_000, "recursion"),
        ("{'a': 1}", "Expecting property name"),
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_one_message(tmp_path, text, found):
    path = tmp_path / "p.json"
    path.write_text(text)

    with pytest.raises(InputError, match=found) as raised:
        read_peer_file(path)
    assert len(raised.value.faults) == 1


def test_a_missing_folder_or_binary_file_is_told(tmp_path):
    (tmp_path / "b.json").write_bytes(b"\xff\xfe\x00")
    for name in ("none.json", "b.json", "."):
        with pytest.raises(InputError):
            read_peer_file(tmp_path / name)


def test_repeated_keys_are_told(tmp_path):
    path = tmp_path / "p.json"
    path.write_text('{"gpu_info": {"A": 1, "A": 2}}')

    assert [str(fault) for fault in read_peer_file(path).faults] == [
        "p.json, keys: expected each key of an object once, found 'A'"
    ]


@pytest.mark.parametrize("bad", ["3", True, None, -1, float("nan"), float("inf"), [], {}])
def test_what_is_no_number_is_told(tmp_path, bad):
    file = PeerFile(tmp_path / "p.json", {})

    assert file.number(bad, "cost") == 0.0
    assert "a number >= 0" in str(file.faults[0])


def test_matrices_have_one_shape(tmp_path):
    file = PeerFile(tmp_path / "p.json", {})

    assert file.matrix([[1, 2], [3, 4]], "m", (2, 2)) == [[1.0, 2.0], [3.0, 4.0]]
    assert not file.faults
    for wrong in ([[1, 2], [3]], [[1, 2]], [1, 2], [], None, [[1, 2], [3, "4"]]):
        before = len(file.faults)
        file.matrix(wrong, "m", (2, 2))
        assert len(file.faults) > before
