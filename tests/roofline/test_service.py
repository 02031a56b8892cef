"""Steady state and the largest batch under limits, against brute force."""

from dataclasses import replace

import numpy as np
import pytest

from planner.options.calibrated import load_calibration
from planner.roofline import service
from planner.roofline.candidates import from_rows
from planner.roofline.lengths import Lengths
from tests.roofline.machines import row, varied

CANDIDATES = from_rows(varied())
REACHED = replace(load_calibration().efficiencies(CANDIDATES), sequences_per_rank_max=60.0)
LENGTHS = Lengths.of([200, 4000], [200, 600], [4, 1])


@pytest.mark.parametrize(
    "limits", [(np.inf, np.inf, np.inf), (1.5, np.inf, np.inf), (np.inf, 0.02, np.inf), (np.inf, np.inf, 8.0), (0.6, 0.04, 20.0)]
)
@pytest.mark.parametrize("quantile", [None, 0.95])
def test_the_largest_batch_equals_a_search_over_every_batch(limits: tuple[float, float, float], quantile: float | None) -> None:
    network = 0.03
    found = service.best_under_slo(CANDIDATES, LENGTHS, *limits, REACHED, network, ttft_quantile=quantile)
    seen = service.traffic(CANDIDATES, LENGTHS, REACHED, ttft_quantile=quantile)
    top = service.batch_max(CANDIDATES, LENGTHS, REACHED)
    best = np.zeros(len(CANDIDATES))
    for batch in range(1, int(top.max()) + 1):
        point = service.steady_state(CANDIDATES, np.full(len(CANDIDATES), float(batch)), seen, REACHED, quantile or 0.5)
        e2e = point.ttft_s + (LENGTHS.mean_output - 1) * point.tpot_s + network
        holds = (point.ttft_s + network <= limits[0]) & (point.tpot_s <= limits[1]) & (e2e <= limits[2]) & (batch <= top)
        best = np.where(holds, batch, best)

    assert np.array_equal(found.batch, best)
    assert ((found.requests_per_s > 0) == (best >= 1)).all()
    assert np.isnan(found.tpot_s[best < 1]).all()


def test_what_stops_a_larger_batch_is_named() -> None:
    one = from_rows([row("llama-3.1-8b", "bf16", "1xH100-SXM", 16), row("llama-3.1-70b", "bf16", "1xH100-SXM", 16)])
    reached = load_calibration().efficiencies(one)
    long = Lengths.of(20_000, 2000)

    def limit(*limits: float) -> list[str]:
        found = service.best_under_slo(one, long, *limits, reached)
        return [service.LIMITS[code] for code in found.limit]

    assert limit(np.inf, np.inf, np.inf) == ["memory", "unfit"]
    assert limit(np.inf, 0.015, np.inf)[0] == "tpot"
    assert limit(service.operating_point(one, 3, long, reached).ttft_s[0], np.inf, np.inf)[0] == "ttft"
    assert limit(np.inf, np.inf, 40.0)[0] == "e2e"


def test_network_time_counts_against_ttft_and_not_tpot() -> None:
    near = service.best_under_slo(CANDIDATES, LENGTHS, 5.0, 0.05, np.inf, REACHED)
    far = service.best_under_slo(CANDIDATES, LENGTHS, 5.0, 0.05, np.inf, REACHED, 0.2)
    same = (near.batch == far.batch) & (near.batch > 0)

    assert same.any()
    assert far.ttft_s[same] == pytest.approx(near.ttft_s[same] + 0.2)
    assert far.tpot_s[same] == pytest.approx(near.tpot_s[same])


def test_littles_law_holds_in_the_steady_state() -> None:
    point = service.operating_point(CANDIDATES, 32, LENGTHS, REACHED)

    assert point.requests_per_s * (LENGTHS.mean_output - 1) * point.tpot_s == pytest.approx(np.full(len(CANDIDATES), 32.0))


def test_prefix_hits_raise_the_rate() -> None:
    cold = service.operating_point(CANDIDATES, 32, LENGTHS, REACHED)
    warm = service.operating_point(CANDIDATES, 32, LENGTHS, REACHED, cached_share=0.8)

    assert (warm.requests_per_s > cold.requests_per_s).all()
    assert (warm.ttft_s < cold.ttft_s).all()


def test_histogram_classes_are_averaged_and_not_their_lengths() -> None:
    mixed = service.operating_point(CANDIDATES, 32, Lengths.of([100, 20_000], [100, 100]), REACHED)
    flat = service.operating_point(CANDIDATES, 32, Lengths.of(10_050, 100), REACHED)

    assert (mixed.requests_per_s < flat.requests_per_s)[0]
