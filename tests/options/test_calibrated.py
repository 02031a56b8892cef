"""The shipped calibration reads, says what it has seen, and refuses what it cannot use."""

from pathlib import Path

import pytest

from planner.errors import InputError
from planner.options.calibrated import calibration_folder, load_calibration
from planner.roofline.parameters import EFFICIENCY_NAMES, KNOWN_TERMS


def copied(to: Path) -> Path:
    to.mkdir()
    for name in ("parameters", "ranges", "measured"):
        (to / f"{name}.csv").write_bytes((calibration_folder() / f"{name}.csv").read_bytes())
    return to


def test_every_parameter_is_of_a_known_efficiency_and_scope() -> None:
    known = load_calibration()

    assert {one.efficiency for one in known.parameters} <= set(EFFICIENCY_NAMES)
    assert {term.partition("=")[0] for one in known.parameters for term in one.scope.split("&")} <= set(KNOWN_TERMS)
    assert len([one for one in known.parameters if one.scope == "all"]) == len({one.efficiency for one in known.parameters})


def test_what_was_measured_is_calibrated_and_the_rest_modelled() -> None:
    known = load_calibration()

    assert known.source("H100-SXM") == "calibrated"
    assert known.source("MI300X") == "modelled"


def test_an_unmeasured_accelerator_has_the_wider_range() -> None:
    known = load_calibration()
    near, far = (known.range_factors("tpot", "closed_loop", is_moe=True, accelerator=name) for name in ("H100-SXM", "MI300X"))

    assert far[0] < near[0] < 1 < near[1] < far[1]


def test_an_edited_value_changes_the_digest(tmp_path: Path) -> None:
    folder = copied(tmp_path / "mine")
    same = load_calibration(folder).digest
    text = (folder / "parameters.csv").read_text(encoding="utf-8").replace("1024", "1000", 1)
    (folder / "parameters.csv").write_text(text, encoding="utf-8")

    assert same == load_calibration().digest
    assert load_calibration(folder).digest != same


def test_missing_and_malformed_files_are_told_together(tmp_path: Path) -> None:
    folder = copied(tmp_path / "mine")
    (folder / "ranges.csv").unlink()
    text = (folder / "measured.csv").read_text(encoding="utf-8").replace("accelerator,", "abacus,", 1)
    (folder / "measured.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_calibration(folder)

    assert len(caught.value.faults) == 2
