"""Wire: what goes in comes out, broken streams end quietly, nothing is unpickled."""

import io
import json
import struct

import numpy as np
import pytest

from planner.errors import SolverError
from planner.solvers import Limit, Progress, Settings, wire
from planner.solvers.claim import Claim, Said


def sent(header, arrays):
    """Returns a message after a trip through a stream."""
    stream = io.BytesIO()
    wire.write_frame(stream, header, arrays)
    stream.seek(0)
    return wire.read_frame(stream)


def test_a_problem_survives_without_its_names(cover):
    problem = cover(columns=4, rows=3, column_names=tuple("abcd"), offset=2.5, start=[1, np.nan, 2, 3])
    back = wire.problem_from_wire(*sent(*wire.problem_to_wire(problem)))

    assert back.column_names == ()
    assert back.offset == 2.5
    assert np.array_equal(back.start, problem.start, equal_nan=True)
    for name in ("column_starts", "row_indices", "values", "cost", "row_lower", "row_upper", "is_integer"):
        assert np.array_equal(getattr(back, name), getattr(problem, name)), name


def test_settings_and_progress_survive():
    settings = Settings("scip", time_limit_s=3.5, threads=2, native={"limits/nodes": 4, "fast": True}, log=False)
    progress = wire.progress_from_wire(*sent(*wire.progress_to_wire(Progress(1.0, None, -2.0, np.ones(2)))))

    assert wire.settings_from_wire(sent(wire.settings_to_wire(settings), {})[0]) == settings
    assert progress == Progress(1.0, None, -2.0)
    assert progress.values.tolist() == [1.0, 1.0]


def test_a_claim_survives_with_its_nans():
    claim = Claim(Said.STOPPED, Limit.TIME, "v", 0.5, values=np.array([np.nan]), bound=float("nan"), log="ä\n", node_count=3)
    back = wire.claim_from_wire(*sent(*wire.claim_to_wire(claim)))

    assert (back.said, back.limit, back.log, back.node_count) == (Said.STOPPED, Limit.TIME, "ä\n", 3)
    assert np.isnan(back.values[0])
    assert np.isnan(back.bound)
    assert (back.objective, back.row_duals) == (None, None)


def test_a_stream_that_breaks_off_ends(cover):
    stream = io.BytesIO()
    wire.write_frame(stream, {"kind": "x"}, {"flags": np.array([True, False, True])})
    whole = stream.getvalue()

    for length in (0, 5, 16, 17, len(whole) - 1):
        assert wire.read_frame(io.BytesIO(whole[:length])) is None


@pytest.mark.parametrize(
    "array",
    [
        np.array([True, False, True]), np.arange(3, dtype=np.int32), np.zeros(0), np.zeros((0, 4)), np.arange(6.0).reshape(2, 3),
        np.arange(6.0).reshape(2, 3).T, np.arange(9.0)[::2],
    ],
)  # fmt: skip
def test_arrays_of_any_kind_and_length_follow_each_other(array):
    header, arrays = sent({"kind": "x"}, {"first": array, "second": np.array([1.5]), "third": array})

    assert header == {"kind": "x"}
    assert list(arrays) == ["first", "second", "third"]
    for name in ("first", "third"):
        assert arrays[name].dtype == array.dtype
        assert arrays[name].shape == array.shape
        assert np.array_equal(arrays[name], array)
    assert arrays["second"].tolist() == [1.5]
    assert all(found.flags.aligned for found in arrays.values())


def test_messages_follow_each_other_on_one_stream():
    stream = io.BytesIO()
    wire.write_frame(stream, {"number": 1}, {"values": np.array([True])})
    wire.write_frame(stream, {"number": 2}, {"values": np.array([2.0])})
    stream.seek(0)

    assert wire.read_frame(stream)[0] == {"number": 1}
    header, arrays = wire.read_frame(stream)
    assert (header, arrays["values"].tolist()) == ({"number": 2}, [2.0])
    assert wire.read_frame(stream) is None


def test_objects_are_refused_as_nothing_is_unpickled():
    text = json.dumps([{"kind": "x"}, [["values", "|O", [1]]]]).encode()
    stream = io.BytesIO(struct.pack(">QQ", len(text), 8) + text + bytes(8))

    with pytest.raises(ValueError, match="OBJECT"):
        wire.read_frame(stream)


def test_options_that_json_cannot_carry_are_refused():
    with pytest.raises(SolverError, match="plain numbers and strings"):
        sent(wire.settings_to_wire(Settings(native={"x": object()})), {})
