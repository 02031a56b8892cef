"""The digest check names files that are not those the plan was written with."""

from pathlib import Path

from planner.plan.audit import audit_plan
from tests.plan.damage import edit, edit_record, errors, told_by


def test_one_byte_more_is_found_and_named(plan_folder: Path) -> None:
    with (plan_folder / "inputs/instance/supply.csv").open("a") as file:
        file.write("\n")

    assert told_by("digests", plan_folder).startswith("file inputs/instance/supply.csv: expected sha256")


def test_a_catalog_row_edited_by_hand_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/catalog/regions.csv", lambda frame: frame.assign(country="XX"), has_digest=False)

    assert errors(audit_plan(plan_folder)) == {"digests"}


def test_a_missing_file_is_found(plan_folder: Path) -> None:
    (plan_folder / "solver.log").unlink()

    assert told_by("digests", plan_folder) == "file solver.log: expected the file, found no such file"


def test_a_file_slipped_into_the_inputs_is_found_and_a_report_beside_the_tables_is_not(plan_folder: Path) -> None:
    (plan_folder / "inputs/catalog/extra.csv").write_text("a\n")
    (plan_folder / "report.html").write_text("<html>")

    assert (
        told_by("digests", plan_folder)
        == "file inputs/catalog/extra.csv: expected a file named in plan.json, found an unknown file"
    )


def test_a_table_taken_out_of_the_digests_is_found(plan_folder: Path) -> None:
    edit_record(plan_folder, lambda record: record["provenance"]["digests"].pop("traffic.csv"))  # type: ignore[index]

    assert told_by("digests", plan_folder) == "file traffic.csv: expected a file named in plan.json, found an unknown file"


def test_a_digest_edited_in_the_plan_is_found(plan_folder: Path) -> None:
    edit_record(plan_folder, lambda record: record["provenance"]["digests"].update({"traffic.csv": "0" * 64}))  # type: ignore[index]

    assert "file traffic.csv: expected sha256 000000000000" in told_by("digests", plan_folder)
