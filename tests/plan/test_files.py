"""A plan's folder is whole or absent, and comes back as it was."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from planner.errors import InputError
from planner.options.extension_tables import EXTENSIONS as COEFFICIENT_EXTENSIONS
from planner.plan import files
from planner.plan.audit import audit_plan
from planner.plan.files import (
    COEFFICIENTS_FOLDER,
    PlanInputs,
    digest_of,
    files_of,
    read_facts,
    read_plan,
    read_plan_inputs,
    write_plan,
    write_wall_time,
)
from planner.plan.plan import EXTENSIONS, TABLES
from tests.plan.damage import edit_facts, edit_record, mend_digests
from tests.plan.worlds import catalog_rows, coefficients, instance, plan, write_world


def _inputs(folder: Path) -> PlanInputs:
    return PlanInputs(coefficients(), instance(folder / "instance"), catalog_rows())


def test_a_plan_comes_back_as_it_was_written(sound_plan: Path) -> None:
    made, read = plan(), read_plan(sound_plan)

    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(read.tables, name), getattr(made.tables, name))
    assert read.facts.objective_usd == made.facts.objective_usd
    assert read.facts.assumptions == made.facts.assumptions


def test_the_writer_returns_what_the_reader_reads(tmp_path: Path) -> None:
    written = write_plan(plan(), tmp_path / "plan", _inputs(tmp_path))

    assert written.facts == read_plan(tmp_path / "plan").facts


def test_the_seconds_a_plan_took_are_written_once_it_is_audited_and_change_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    written = write_plan(plan(), folder, _inputs(tmp_path))

    timed = write_wall_time(written, folder, 77.25)

    assert timed.facts == read_plan(folder).facts == replace(written.facts, wall_s=77.25)
    assert files_of(folder) == sorted(written.facts.provenance.digests)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_time_that_cannot_be_written_leaves_the_plan_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "plan"
    written = write_plan(plan(), folder, _inputs(tmp_path))

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_wall_time(written, folder, 77.25)

    assert read_plan(folder).facts == written.facts
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_every_file_but_plan_json_has_its_digest(sound_plan: Path) -> None:
    digests = read_facts(sound_plan).provenance.digests

    assert sorted(digests) == files_of(sound_plan)
    assert {"traffic.csv", "inputs/instance/instance.yaml", "inputs/catalog/offers.csv", "inputs/coefficients/rates.csv"} <= set(
        digests
    )
    assert digests["solver.log"] == digest_of(sound_plan / "solver.log")


def test_instance_files_are_copied_byte_for_byte(tmp_path: Path) -> None:
    folder = write_world(tmp_path)

    for name in ("instance.yaml", "demand.csv", "owned.csv", "supply.csv"):
        assert (folder / "inputs/instance" / name).read_bytes() == (tmp_path / "instance" / name).read_bytes()


def test_the_inputs_come_back_with_the_values_laid_over_them(tmp_path: Path) -> None:
    from planner.inputs.instance import load_instance

    instance(tmp_path / "instance")
    given = load_instance(tmp_path / "instance", {"service.utilisation_max": 0.75})
    write_plan(plan(), tmp_path / "plan", PlanInputs(coefficients(), given, catalog_rows()))
    back = read_plan_inputs(tmp_path / "plan")

    assert back.instance.settings == given.settings
    assert back.instance.settings.service.utilisation_max == 0.75
    pd.testing.assert_frame_equal(back.coefficients.rates, coefficients().rates)
    assert back.catalog["regions"]["jurisdiction"].tolist() == ["US", "EU"]


def test_a_plan_is_replaced_whole(tmp_path: Path) -> None:
    folder = write_world(tmp_path)
    (folder / "report.html").write_text("<html>")
    write_plan(replace(plan(), facts=replace(plan().facts, name="second")), folder, _inputs(tmp_path))

    assert read_plan(folder).facts.name == "second"
    assert not (folder / "solver.log").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["instance", "plan"]


def test_a_folder_that_is_no_plan_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "plan.json").write_text('{"chapters": 7}')

    with pytest.raises(InputError, match="an empty folder or a plan"):
        write_plan(plan(), tmp_path / "thesis", _inputs(tmp_path))

    assert (tmp_path / "thesis" / "plan.json").read_text() == '{"chapters": 7}'


def test_a_plan_beside_which_somebody_keeps_notes_is_not_replaced(tmp_path: Path) -> None:
    folder = write_world(tmp_path)
    (folder / "notes.txt").write_text("mine")

    with pytest.raises(InputError, match="notes"):
        write_plan(plan(), folder, _inputs(tmp_path))

    assert (folder / "notes.txt").read_text() == "mine"


def test_a_file_or_a_link_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path)

    for name in ("file", "link"):
        with pytest.raises(InputError):
            write_plan(plan(), tmp_path / name, _inputs(tmp_path))


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "plan").mkdir()
    write_plan(plan(), tmp_path / "plan", _inputs(tmp_path))

    assert read_plan(tmp_path / "plan").facts.name == "pair"


def test_a_failure_on_the_way_leaves_the_old_plan_and_no_rubbish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_world(tmp_path)
    before = {name: digest_of(folder / name) for name in files_of(folder)}

    def fails(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(files, "write_coefficients", fails)
    with pytest.raises(OSError, match="disk full"):
        write_plan(plan(), folder, _inputs(tmp_path))

    assert {name: digest_of(folder / name) for name in files_of(folder)} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["instance", "plan"]


def test_a_failed_rename_puts_the_old_plan_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_world(tmp_path)
    rename = Path.rename

    def fails_once(self: Path, target: Path) -> Path:
        if target == folder and ".old." not in self.name:
            raise OSError("no")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails_once)
    with pytest.raises(OSError, match="no"):
        write_plan(plan(), folder, _inputs(tmp_path))

    assert read_plan(folder).facts.name == "pair"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("plan.json", None, "plan.json: expected a plan's plan.json, found no such file"),
        ("plan.json", "{", "expected a readable JSON file"),
        ("plan.json", "[]", "expected a JSON object"),
        ("plan.json", '{"schema_version": 2}', "schema_version: expected 1, found 2"),
        ("traffic.csv", None, "traffic.csv: expected a table file, found no such file"),
        ("orders.csv", "offer,period,nodes\nx,q1,-3\n", "orders.csv, line 2, column nodes: expected a number >= 1"),
    ],
)
def test_a_plan_that_cannot_be_read_is_told_by_file(plan_folder: Path, name: str, content: str | None, said: str) -> None:
    if content is None:
        (plan_folder / name).unlink()
    else:
        (plan_folder / name).write_text(content)

    with pytest.raises(InputError) as error:
        read_plan(plan_folder)

    assert said in str(error.value)


def test_an_instance_file_outside_the_plan_is_not_read(plan_folder: Path) -> None:
    provenance = json.loads((plan_folder / "plan.json").read_text())["provenance"]
    edit_facts(plan_folder, provenance={**provenance, "instance_file": "../../../instance/instance.yaml"})

    with pytest.raises(InputError, match="instance_file: expected the name of a file"):
        read_plan_inputs(plan_folder)


def test_the_folder_can_be_read_by_others(tmp_path: Path) -> None:
    umask = os.umask(0o022)
    try:
        folder = write_world(tmp_path)
    finally:
        os.umask(umask)

    assert folder.stat().st_mode & 0o777 == 0o755


def test_a_plan_older_than_an_extension_table_reads_without_rows_in_it(tmp_path: Path) -> None:
    """Its digests do not name the file; one whose digests do has lost it."""
    folder = write_world(tmp_path)
    (folder / "unserved.csv").unlink()
    with pytest.raises(InputError, match=r"unserved\.csv"):
        read_plan(folder)
    record = json.loads((folder / "plan.json").read_text())
    del record["provenance"]["digests"]["unserved.csv"]
    (folder / "plan.json").write_text(json.dumps(record))

    assert read_plan(folder).tables.unserved.empty


def test_a_plan_of_the_first_version_passes_its_audit_as_it_did_then(plan_folder: Path) -> None:
    """It knew neither futures, nor goals other than cost, nor any table that came later; a lost table still fails its digest."""
    for name in (*EXTENSIONS, *(f"{COEFFICIENTS_FOLDER}/{name}" for name in COEFFICIENT_EXTENSIONS)):
        (plan_folder / f"{name}.csv").unlink()
    blocks = plan_folder / COEFFICIENTS_FOLDER / "blocks.csv"
    pd.read_csv(blocks, dtype=str).drop(columns=["scenario", "base_block"]).to_csv(blocks, index=False)
    lost = audit_plan(plan_folder)
    assert {finding.check for finding in lost.findings} == {"digests"}

    edit_record(plan_folder, lambda record: [record.pop(name) for name in ("bound_proof", "goal", "goals")])
    mend_digests(plan_folder)

    assert audit_plan(plan_folder).findings == ()
    assert read_plan(plan_folder).facts.goal == "least_cost"


def test_the_time_of_a_plan_is_not_written_into_another_one_that_took_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    first = write_plan(plan(), folder, _inputs(tmp_path / "one"))
    second = write_plan(replace(plan(), facts=replace(plan().facts, name="second")), folder, _inputs(tmp_path / "two"))

    write_wall_time(first, folder, 77.25)

    assert read_plan(folder).facts == second.facts


def test_the_time_is_written_past_links_and_folders_of_any_name_and_keeps_the_rights_of_the_file(tmp_path: Path) -> None:
    folder, precious = tmp_path / "plan", tmp_path / "precious.txt"
    written = write_plan(plan(), folder, _inputs(tmp_path))
    precious.write_text("precious")
    (tmp_path / ".plan.plan.json").symlink_to(precious)
    rights = (folder / "plan.json").stat().st_mode

    write_wall_time(written, folder, 77.25)

    assert precious.read_text() == "precious"
    assert read_plan(folder).facts.wall_s == 77.25
    assert (folder / "plan.json").stat().st_mode == rights
