"""The audit reads a damaged folder without falling over it."""

import json

import pandas as pd
import pytest

from planner.errors import InputError
from planner.plan.audit import audit_plan
from planner.plan.audit_input import canonical, numbers, read_audit_input
from tests.plan.damage import cell, edit
from tests.plan.worlds import BUY, DE_OD, OD, OWNED, RE, SMALL


def test_a_sound_plan_has_no_faults_and_typed_tables(sound_plan) -> None:
    found = read_audit_input(sound_plan)

    assert found.faults == ()
    assert found.tables.deployments["replicas"].dtype == "int64"
    assert found.periods == ["q1", "q2"]
    assert found.offers_needed == sorted([OD, RE, DE_OD, OWNED, BUY])


def test_a_broken_count_stays_as_it_is(plan_folder) -> None:
    edit(plan_folder, "deployments.csv", cell("replicas", 2.5, pool="secret", period="q2"))
    found = read_audit_input(plan_folder)

    assert 2.5 in found.tables.deployments["replicas"].tolist()
    assert "expected a whole number, found 2.5" in str(found.faults[0])


@pytest.mark.parametrize("name", ["plan.json", "traffic.csv", "inputs/coefficients/rates.csv"])
def test_a_file_that_is_missing_is_an_input_error_that_names_it(plan_folder, name: str) -> None:
    (plan_folder / name).unlink()

    with pytest.raises(InputError, match=name.rsplit("/", 1)[-1]):
        read_audit_input(plan_folder)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00garbage\x00", b'a,b\n"unclosed'])
def test_a_file_that_is_no_table_is_an_error_or_a_fault(plan_folder, content: bytes) -> None:
    (plan_folder / "traffic.csv").write_bytes(content)

    try:
        told = str(read_audit_input(plan_folder).faults)
    except InputError as error:
        told = str(error)

    assert "traffic.csv" in told


def test_joins_tell_what_traffic_relies_on(sound_plan) -> None:
    traffic = read_audit_input(sound_plan).traffic.set_index(["workload", "option", "period", "block"])
    row = traffic.loc[("research", "large@fp8/8xH100/tp8-pp2", "q1", "day")]

    assert row[["region", "provider", "pool", "variant", "rate_requests_per_s", "network_ms"]].tolist() == [
        "us-virginia", "aws", "research", "large@fp8", 1.0, 100.0,
    ]  # fmt: skip
    assert SMALL in set(traffic.reset_index()["option"])


def test_text_that_is_no_number_is_missing() -> None:
    frame = pd.DataFrame({"x": ["1.5", "", "abc"]})

    assert numbers(frame, "x").fillna(-1).tolist() == [1.5, -1, -1]
    assert numbers(frame, "y").isna().all()


def test_names_are_resolved_whatever_their_case() -> None:
    aliases = {"aliases": pd.DataFrame({"kind": ["model"], "alias": ["Org/Large"], "name": ["Large-1"]})}

    assert canonical(aliases, "model", "org/LARGE") == "large-1"
    assert canonical(aliases, "precision", "Org/Large") == "org/large"
    assert canonical({}, "model", "X") == "x"


def test_a_plan_older_than_an_extension_table_is_read_one_that_lost_it_is_told(plan_folder):
    file = plan_folder / "inputs/coefficients/machines.csv"
    file.unlink()
    assert [f.check for f in audit_plan(plan_folder).findings] == ["digests"]

    record = json.loads((plan_folder / "plan.json").read_text())
    del record["provenance"]["digests"]["inputs/coefficients/machines.csv"]
    (plan_folder / "plan.json").write_text(json.dumps(record))
    assert audit_plan(plan_folder).passed
