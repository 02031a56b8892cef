"""Options at loosened promises: too many are told as such, before they take minutes and many GiB."""

from pathlib import Path

import pytest

from planner.methods import MethodSettings
from planner.options.calibrated import load_calibration
from planner.studies import loosening
from planner.studies.relax import relax
from tests.small_instances import load_instance, shipped_catalog, write_instance


@pytest.mark.parametrize("name", ["DEMANDS_MOST", "RATES_MOST"])
def test_where_there_are_too_many_no_way_out_is_looked_for_and_that_is_told(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = load_instance(write_instance(tmp_path, {"limits": [{"limit": "cash", "kind": "budget_usd", "value": 1.0}]}))
    monkeypatch.setattr(loosening, name, 1)

    with pytest.raises(loosening.TooManyError, match="too many"):
        loosening.loosened(instance, shipped_catalog(), load_calibration())
    found = relax(instance, shipped_catalog(), load_calibration(), MethodSettings(time_limit_s=30, threads=1))

    assert found.ways == ()
    assert "too many to weigh ways out with" in found.lines[0]
