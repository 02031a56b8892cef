"""Speed against cost: prices by hand, the Pareto set against brute force, the laws that any frontier keeps."""

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from planner.economics.erdil_search import Frontier, preferred_point
from planner.economics.frontier import (
    BATCH_MAX,
    UNBOUNDED,
    Load,
    Points,
    batch_grid,
    operating_points,
    pareto,
    preferred_place,
    sequences_that_fit,
)
from planner.economics.frontier_layouts import layout_rows
from planner.options.calibrated import load_calibration
from planner.roofline.candidates import from_rows
from planner.roofline.memory import sequences_max
from planner.roofline.speculation import Speculation
from tests.roofline.machines import row, shipped


@cache
def bench(model="llama-3.1-70b", precision="bf16", accelerator="H100-SXM"):
    """Candidates of a model on an accelerator and their calibrated efficiencies."""
    catalog = shipped()
    candidates = from_rows(layout_rows(catalog, catalog.models[model], catalog.precisions[precision], accelerator))
    return candidates, load_calibration().efficiencies(candidates)


def made(speed, usd):
    """Points of which only speed and price matter."""
    speed, usd = np.asarray(speed, float), np.asarray(usd, float)
    zero = np.zeros_like(speed)
    return Points(np.arange(len(speed)), speed, usd, zero, usd, zero + 1, zero.astype(int), zero.astype(int))


def test_one_sequence_on_the_datasheet_by_hand():
    """8B at 16 bits: 2 bytes of 6.98e9 layer and 0.525e9 head parameters stream at 3.35 TB/s; 3.6 usd/h is 1e-3 a second."""
    candidates = from_rows([row("llama-3.1-8b", "bf16", "1xH100-SXM", 16)])
    points = operating_points(candidates, UNBOUNDED, Load(0.0), 3.6)
    alone = points.take(points.batch == 1)
    layers = 32 * (4096 * 128 * (2 * 32 + 2 * 8) + 3 * 4096 * 14336)
    read_bytes = 2 * (layers + 4096 * 128256)
    activations = 2 * 32 * (10 * 4096 + 4 * 14336) + 128256 * 8
    step_s = (read_bytes + activations) / 3.35e12

    assert alone.tok_s_per_request[0] == pytest.approx(1 / step_s, rel=2e-3)
    assert alone.usd_per_mtok[0] == pytest.approx(1e6 * step_s * 1e-3, rel=2e-3)
    assert points.batch.max() == BATCH_MAX


def test_the_pareto_set_against_brute_force():
    draws = np.random.default_rng(7)
    for _ in range(25):
        speed, usd = draws.integers(1, 12, 40).astype(float), draws.integers(1, 12, 40).astype(float)
        kept = pareto(made(speed, usd))
        beaten = [
            any((s >= speed[i]) and (u <= usd[i]) and ((s, u) != (speed[i], usd[i])) for s, u in zip(speed, usd, strict=True))
            for i in range(40)
        ]
        expected = {(speed[i], usd[i]) for i in range(40) if not beaten[i]}

        assert set(zip(kept.tok_s_per_request, kept.usd_per_mtok, strict=True)) == expected
        assert (np.diff(kept.tok_s_per_request) > 0).all()
        assert (np.diff(kept.usd_per_mtok) > 0).all()


def test_the_preferred_point_is_that_of_the_paper():
    draws = np.random.default_rng(1)
    speed, usd = draws.uniform(1, 100, 30), draws.uniform(0.1, 5, 30)
    zero = np.zeros(30)

    assert preferred_place(speed, usd, 3.0) == preferred_point(Frontier(speed, usd, zero, zero, zero, zero), 3.0)


def test_batches_are_whole_and_reach_the_limit():
    grid = batch_grid(1000)

    assert grid[0] == 1
    assert grid[-1] == 1000
    assert (grid == np.floor(grid)).all()
    assert (grid[1:] / grid[:-1] <= 2).all()
    assert batch_grid(1).tolist() == [1]


@pytest.mark.parametrize("tokens", [1.0, 1000.0, 100000.0])
def test_what_fits_is_what_the_memory_model_says_in_whole_groups(tokens):
    candidates, reached = bench("deepseek-v3", "fp8", "H200-SXM")
    most = np.minimum(sequences_max(candidates, tokens, reached), reached.sequences_per_rank_max * candidates.dp)
    fit = sequences_that_fit(candidates, reached, tokens)
    groups = candidates.pp * candidates.dp

    assert (fit % groups == 0).all()
    assert (fit <= most).all()
    assert (fit > np.minimum(most, BATCH_MAX) - groups).all()
    assert (sequences_that_fit(candidates, reached, tokens, 1.2) <= fit).all()


def test_a_request_costs_its_input_and_its_output():
    candidates, reached = bench()
    points = operating_points(candidates, reached, Load(1150.0, 1000.0, 300.0), 2.0)
    parts = 299 * points.usd_per_mtok_output + 1000 * points.usd_per_mtok_input

    assert 300 * points.usd_per_mtok == pytest.approx(parts)


def test_requests_cost_what_a_full_replica_serves_by_littles_law():
    """B requests finish in (O - 1) / speed seconds, which cost G x price: the same price, from outside."""
    candidates, reached = bench()
    points = operating_points(candidates, reached, Load(1150.0, 1000.0, 300.0), 3600.0)
    gpus = candidates.accelerators[points.place]
    per_request = gpus * (299 / points.tok_s_per_request) / points.batch

    assert points.usd_per_mtok * 300 / 1e6 == pytest.approx(per_request)


def test_decoding_alone_ignores_prefill_and_prices_a_prompt_beside_it():
    candidates, reached = bench()
    points = operating_points(candidates, reached, Load(1024.0), 2.0)

    assert points.usd_per_mtok == pytest.approx(points.usd_per_mtok_output)
    assert (points.usd_per_mtok_input > 0).all()
    assert points.usd_per_mtok_input.min() < points.usd_per_mtok.min()


def test_demand_caps_a_replica():
    candidates, reached = bench()
    free = operating_points(candidates, reached, Load(1024.0), 2.0)
    capped = operating_points(candidates, reached, Load(1024.0, demand_cap_tok_per_s=2000.0), 2.0)

    assert (capped.batch * capped.tok_s_per_request <= 2000.0).all()
    assert len(capped) == (free.batch * free.tok_s_per_request <= 2000.0).sum()
    assert pareto(capped).usd_per_mtok.min() > pareto(free).usd_per_mtok.min()
    assert pareto(capped).tok_s_per_request.max() == pareto(free).tok_s_per_request.max()


def test_drafts_that_are_never_accepted_never_help_and_good_ones_do():
    candidates, reached = bench()
    plain = pareto(operating_points(candidates, reached, Load(1024.0), 2.0))
    useless = pareto(operating_points(candidates, reached, Load(1024.0, draft=Speculation(4, 0.0, 0.1)), 2.0))
    useful = pareto(operating_points(candidates, reached, Load(1024.0, draft=Speculation(4, 0.8, 0.1)), 2.0))

    assert useless.tok_s_per_request == pytest.approx(plain.tok_s_per_request)
    assert set(useless.drafted) == {0}
    assert useful.tok_s_per_request[-1] > 1.3 * plain.tok_s_per_request[-1]
    assert useful.drafted[-1] > 0
    assert useful.usd_per_mtok[0] <= plain.usd_per_mtok[0]


@pytest.mark.parametrize(
    ("model", "precision", "accelerator"),
    [("llama-3.1-70b", "bf16", "H100-SXM"), ("deepseek-v3", "fp8", "MI300X"), ("gemma-3-27b", "bf16", "L40S")],
)
def test_nothing_real_beats_the_datasheet(model, precision, accelerator):
    candidates, reached = bench(model, precision, accelerator)
    load = Load(4096.0)
    real, ideal = (pareto(operating_points(candidates, how, load, 1.0)) for how in (reached, UNBOUNDED))
    for speed, usd in zip(real.tok_s_per_request, real.usd_per_mtok, strict=True):
        assert ideal.usd_per_mtok[ideal.tok_s_per_request >= speed * (1 - 1e-9)].min() <= usd


def test_price_scales_the_frontier_and_a_longer_context_never_helps():
    candidates, reached = bench()
    short, double = (pareto(operating_points(candidates, reached, Load(1024.0), usd)) for usd in (2.0, 4.0))
    long = pareto(operating_points(candidates, reached, Load(32768.0), 2.0))

    assert double.usd_per_mtok == pytest.approx(2 * short.usd_per_mtok)
    assert long.tok_s_per_request.max() < short.tok_s_per_request.max()
    assert long.usd_per_mtok.min() > short.usd_per_mtok.min()


def test_a_model_that_fits_nowhere_has_no_point():
    candidates, reached = bench("llama-3.1-405b", "bf16", "L4")

    assert len(operating_points(candidates, reached, Load(1024.0), 1.0)) == 0
    assert len(pareto(operating_points(candidates, reached, Load(1024.0), 1.0))) == 0


def test_an_unlimited_engine_stops_at_the_largest_batch():
    candidates, _ = bench()
    boundless = replace(UNBOUNDED, sequences_per_rank_max=math.inf)

    assert sequences_that_fit(candidates, boundless, 0.0).max() == BATCH_MAX
