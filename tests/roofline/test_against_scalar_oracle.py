"""The arrays equal the plain-Python roofline to 1e-9 on every layout and kind of model."""

from dataclasses import fields

import numpy as np
import pytest

from planner.options.calibrated import load_calibration
from planner.roofline import memory, service, steps
from planner.roofline.calibration import Efficiencies
from planner.roofline.candidates import from_rows
from planner.roofline.lengths import Lengths
from tests.oracles.scalar_roofline import Replica
from tests.roofline.machines import varied

ROWS = varied()
CANDIDATES = from_rows(ROWS)
CALIBRATED = load_calibration().efficiencies(CANDIDATES)


def oracle(place: int) -> Replica:
    values = {one.name: np.broadcast_to(getattr(CALIBRATED, one.name), (len(ROWS),))[place] for one in fields(Efficiencies)}
    return Replica(ROWS[place], {name: float(value) for name, value in values.items()})


@pytest.mark.parametrize("batch", [1.0, 7.0, 300.0])
@pytest.mark.parametrize("context", [90.0, 3000.0, 60000.0])
def test_decode_step_equals_the_oracle_class_by_class(batch: float, context: float) -> None:
    step = steps.decode_step(CANDIDATES, batch, context, CALIBRATED)

    for place in range(len(ROWS)):
        expected = oracle(place).decode_classes(batch, context)
        for name, value in expected.items():
            found = np.broadcast_to(getattr(step, name), (len(ROWS),))[place]
            assert found == pytest.approx(value, rel=1e-9, abs=1e-18), (ROWS[place].model.model, name)
        assert step.total_s[place] == pytest.approx(sum(expected.values()), rel=1e-9)


@pytest.mark.parametrize(("size", "cached"), [(50.0, 0.0), (1024.0, 0.0), (9000.0, 0.75), (100000.0, 0.25)])
def test_prefill_equals_the_oracle(size: float, cached: float) -> None:
    found = steps.prefill(CANDIDATES, size, cached, CALIBRATED).total_s

    assert found == pytest.approx([oracle(place).prefill(size, cached) for place in range(len(ROWS))], rel=1e-9)


def test_memory_equals_the_oracle() -> None:
    weights = memory.weights_bytes_per_accelerator(CANDIDATES)
    sequences = memory.sequences_max(CANDIDATES, 5000.0, CALIBRATED)

    assert weights == pytest.approx([oracle(place).weights() for place in range(len(ROWS))], rel=1e-9)
    assert sequences == pytest.approx([oracle(place).sequences_max(5000.0) for place in range(len(ROWS))], rel=1e-9)


@pytest.mark.parametrize(("size", "output"), [(1024.0, 256.0), (200.0, 2.0), (30000.0, 700.0)])
@pytest.mark.parametrize("batch", [1.0, 40.0])
def test_steady_state_equals_the_oracle(size: float, output: float, batch: float) -> None:
    found = service.operating_point(CANDIDATES, batch, Lengths.of(size, output), CALIBRATED)

    for place in range(len(ROWS)):
        for name, value in oracle(place).steady(batch, size, output).items():
            assert getattr(found, name)[place] == pytest.approx(value, rel=1e-9), (ROWS[place].model.model, name)
