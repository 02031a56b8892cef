"""Acceptance tests W1 to W14 of the production-frontier paper ("Beyond Benchmarks", arXiv 2510.26136).

The paper publishes no data. Its few numbers that two reviews agree on are FACTS here; curves are those of the stand-in
docs/economics/standin_2xA100.csv, which is modelled (AIConfigurator 0.12, two A100, 2,993 requests at 2 x 0.79 usd/h).
"""

from functools import cache
from pathlib import Path

import moocore
import numpy as np
import pandas as pd
import pint
import pytest

from planner.economics.cost_curve import CostCurve, cost_curve, falling_trend
from planner.economics.cost_zone import Limits, cost_zone
from planner.economics.hourly_cost import Ownership, hourly_cost, job_usd, utilisation_warnings
from planner.economics.operating_points import operating_points, read_operating_points
from planner.economics.production import Question, production
from planner.economics.quality_floor import near_optimal_variants, quality_cost, variant_costs
from planner.economics.quality_frontier import is_dominated, on_frontier
from planner.economics.token_use import TokenUse, with_token_use
from planner.errors import InputError
from planner.methods import MethodSettings
from planner.options.coefficients import Coefficients
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

STANDIN = Path(__file__).parents[2] / "docs" / "economics" / "standin_2xA100.csv"
REQUESTS = 2993.0
A800_USD_PER_HOUR = 0.79
CLOUD_USD_PER_HOUR = (2.82, 5.64)
SECONDS = {"WiNGPT-3.5": 775.0, "WiNGPT-3.0": 7906.0}
MODELS = ("Qwen3-32B", "Qwen3-30B-A3B", "Qwen3-8B")


@cache
def standin() -> pd.DataFrame:
    return read_operating_points([STANDIN])


def curve(model: str, usd_per_hour: float = 2 * A800_USD_PER_HOUR) -> CostCurve:
    points = standin()
    return cost_curve(points[points["model"] == model], usd_per_hour, REQUESTS)


def stated(model: str) -> pd.DataFrame:
    rows = pd.read_csv(STANDIN)
    return rows[rows["model"] == model].reset_index(drop=True)


@pytest.mark.parametrize("seed", range(5))
def test_w1_hourly_cost_is_the_closed_form_in_usd_per_hour(seed: int) -> None:
    """Against the formula evaluated with units: pint refuses to add terms that are no money per time."""
    rng = np.random.default_rng(seed)
    ends = ([5e3, 2, 0.3, 0.3, 1, 0.05, 0], [4e4, 6, 1, 1.2, 1.6, 0.2, 0.1])
    price, years, used, kw, pue, usd_per_kwh, upkeep = rng.uniform(*ends)
    units = pint.UnitRegistry()
    units.define("usd = [currency]")
    units.define("common_year = 8760 * hour")
    power = kw * units.kilowatt * pue * usd_per_kwh * units.usd / units.kilowatt_hour
    expected = price * units.usd / (years * units.common_year * used) + power + price * units.usd * upkeep / units.common_year

    found = hourly_cost(Ownership(price, years, used, kw, pue, usd_per_kwh, upkeep))

    assert expected.check("[currency] / [time]")
    assert found.usd_per_hour == pytest.approx(expected.to("usd / hour").magnitude, rel=1e-12)
    assert found.power_usd_per_hour == pytest.approx(power.to("usd / hour").magnitude, rel=1e-12)


@pytest.mark.parametrize("value", [0.0, -0.1])
@pytest.mark.parametrize("name", ["utilisation_share", "life_years"])
def test_w1_no_use_and_no_life_are_refused(name: str, value: float) -> None:
    with pytest.raises(InputError, match=name):
        Ownership(**{"price_usd": 1e4, "life_years": 4.0, name: value})


def test_w1_utilisation_divides_the_depreciation_only() -> None:
    full, half = (hourly_cost(Ownership(1e4, 4.0, used, 0.4, 1.5, 0.1, 0.05)) for used in (1.0, 0.5))

    assert half.depreciation_usd_per_hour == pytest.approx(2 * full.depreciation_usd_per_hour)
    assert (half.power_usd_per_hour, half.maintenance_usd_per_hour) == (full.power_usd_per_hour, full.maintenance_usd_per_hour)


def test_w2_the_rig_and_the_two_jobs_cost_what_the_paper_says() -> None:
    assert pytest.approx(1.58) == 2 * A800_USD_PER_HOUR
    assert job_usd(1.58, SECONDS["WiNGPT-3.5"]) == pytest.approx(0.34, abs=0.005)
    assert job_usd(1.58, SECONDS["WiNGPT-3.0"]) == pytest.approx(3.47, abs=0.005)


def test_w3_cloud_prices_raise_the_cost_and_keep_the_ranking() -> None:
    low, high = (job_usd(2 * price, SECONDS["WiNGPT-3.5"]) for price in CLOUD_USD_PER_HOUR)
    rankings = []
    for price in (A800_USD_PER_HOUR, *CLOUD_USD_PER_HOUR):
        found = production(standin(), {"A100-80GB-SXM": price}, Question(REQUESTS))
        rankings.append([one.model for one in sorted(found.setups, key=lambda one: one.zone.best_job_usd)])

    assert (round(low, 2), round(high, 2)) == (1.21, 2.43)
    assert rankings[0] == rankings[1] == rankings[2]


@pytest.mark.parametrize("usd_per_hour", [0.79, 2.82, 5.64, 100.0])
def test_w4_the_ratio_of_two_models_knows_no_price(usd_per_hour: float) -> None:
    ratio = job_usd(2 * usd_per_hour, SECONDS["WiNGPT-3.0"]) / job_usd(2 * usd_per_hour, SECONDS["WiNGPT-3.5"])
    costs = {model: curve(model, usd_per_hour).points["job_usd"].min() for model in MODELS}

    assert ratio == pytest.approx(10.2, abs=0.05)
    assert costs["Qwen3-32B"] / costs["Qwen3-8B"] == pytest.approx(0.5219 / 0.163, rel=1e-3)


@pytest.mark.parametrize("model", MODELS)
def test_w5_average_cost_saving_and_elasticity_are_those_of_the_table(model: str) -> None:
    found, said = curve(model).points, stated(model)

    assert found["concurrency"].tolist() == said["concurrency"].tolist()
    np.testing.assert_allclose(found["job_usd"], said["stated_job_usd"], rtol=1e-3)
    np.testing.assert_allclose(found["elasticity"][1:], said["stated_elasticity"][1:], atol=2e-3)  # rates have 3 to 4 digits
    saving = said["stated_saving_usd_per_slot"]
    recomputed = -said["stated_job_usd"].diff() / said["concurrency"].diff()
    np.testing.assert_allclose(found["saving_usd_per_slot"][1:], recomputed[1:], rtol=1e-2, atol=5e-6)
    np.testing.assert_allclose(found["saving_usd_per_slot"][1:], saving[1:], rtol=1e-2, atol=1e-5)


@pytest.mark.parametrize("model", MODELS)
def test_w5_average_cost_does_not_rise_until_saturation(model: str) -> None:
    found = curve(model)
    until = found.points[found.points["concurrency"] <= found.saturation_concurrency]["job_usd"]

    assert (until.diff().dropna() <= 1e-12).all()
    assert found.cost_trend.deviation_share == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(("model", "concurrency", "usd"), [("Qwen3-32B", 32, 0.92), ("Qwen3-8B", 192, 0.17)])
def test_w6_the_cheapest_point_under_50_ms_and_its_zone(model: str, concurrency: float, usd: float) -> None:
    zone = cost_zone(curve(model), Limits(tpot_ms=50.0), within_share=0.10)

    assert zone.best_concurrency == concurrency
    assert zone.best_job_usd == pytest.approx(usd, abs=0.005)
    assert zone.zone_outer_low < zone.zone_low <= concurrency <= zone.zone_high < zone.zone_outer_high


def test_w6_zones_and_knees_are_intervals() -> None:
    small, large = (cost_zone(curve(model), Limits(tpot_ms=50.0)) for model in ("Qwen3-8B", "Qwen3-32B"))

    assert (small.zone_low, small.zone_high, small.zone_outer_low, small.zone_outer_high) == (128, 192, 96, 256)
    assert (small.knee_low, small.knee_high) == (32, 48)
    assert (large.knee_low, large.knee_high) == (48, 64)


def test_w6_the_threshold_is_the_users() -> None:
    early, late = (cost_zone(curve("Qwen3-8B"), knee_elasticity=threshold) for threshold in (0.9, 0.2))

    assert (early.knee_low, early.knee_high) == (4, 8)
    assert (late.knee_low, late.knee_high) == (128, 192)


def test_w7_returns_diminish_as_a_trend_where_points_do_not() -> None:
    """The mixture's elasticities rise five times, so strict monotonicity fails; the falling fit still beats the rising one."""
    found = curve("Qwen3-30B-A3B")
    elasticity = found.points["elasticity"].to_numpy(float)[1:]

    assert (np.diff(elasticity) > 0).sum() >= 4
    assert found.elasticity_trend.is_falling
    assert 0 < found.elasticity_trend.deviation_share < 1
    assert (np.diff(found.elasticity_trend.fit) <= 0).all()
    assert not falling_trend(elasticity[::-1]).is_falling


def test_w7_a_noisy_knee_is_a_wider_interval() -> None:
    zone = cost_zone(curve("Qwen3-30B-A3B"))

    assert (zone.knee_low, zone.knee_high) == (16, 192)


@pytest.mark.parametrize(("score", "is_kept"), [(60.0, False), (76.2, False), (76.2000001, True), (90.0, True)])
def test_w8_the_cheap_model_dominates_up_to_its_own_score(score: float, is_kept: bool) -> None:
    assert is_dominated(3.47, score, 0.34, 76.2) is not is_kept
    assert on_frontier([0.34, 3.47], [76.2, score]).tolist() == [True, is_kept]


def catalogue(seed: int, models: int) -> tuple[Coefficients, dict[str, tuple[float, float]]]:
    """Returns a world of one workload on `models` synthetic models, and (cost, score) of each by pencil.

    Demand 40/s for 100 h at utilisation 0.8; one replica a node of 1 accelerator; a node of model i costs p_i usd/h. Rates are
    50 / k_i with whole k_i, so model i alone costs k_i * 100 * p_i, and no mixture fills a half-empty replica more cheaply.
    """
    rng = np.random.default_rng(seed)
    names = [f"m{i}" for i in range(models)]
    nodes = rng.integers(2, 40, models)
    prices = rng.uniform(1.0, 9.0, models).round(2)
    scores = rng.choice(np.arange(40.0, 90.0), models, replace=False)
    coefficients = world(
        [option_row(f"o-{n}", f"1x{n.upper()}", 1, variant=f"{n}@bf16") for n in names],
        [rate_row("chat", f"o-{n}", r) for n, r in zip(names, 50.0 / nodes, strict=True)],
        [offer_row(f"od-{n}", f"1x{n.upper()}", 1) for n in names],
        [row for n, p in zip(names, prices, strict=True) for row in price_rows(f"od-{n}", ["q1"], p)],
        {("chat", "q1", "day"): 40.0}, {("q1", "day"): 100.0}, nodes_max=100,
    )  # fmt: skip
    table = pd.DataFrame({"variant": [f"{n}@bf16" for n in names], "benchmark": "B", "score": scores, "source": "user"})
    pencil = {f"{n}@bf16": (float(k * 100 * p), float(s)) for n, k, p, s in zip(names, nodes, prices, scores, strict=True)}
    return coefficients.with_tables(scores=table), pencil


EXACT = MethodSettings(relative_gap=1e-6, time_limit_s=30.0, threads=1)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
def test_w9_the_near_optimal_zone_of_the_program_is_that_of_enumeration(seed: int) -> None:
    coefficients, pencil = catalogue(seed, 8)
    floor, within = float(np.median([score for _, score in pencil.values()])), 0.5
    good = {name: cost for name, (cost, score) in pencil.items() if score >= floor}
    expected = {name for name, cost in good.items() if cost <= (1 + within) * min(good.values())}

    costs = variant_costs(coefficients, "chat", "B", EXACT, method="textbook")
    near = near_optimal_variants(costs, floor, within)

    by_pencil = {name: cost for name, (cost, _) in pencil.items()}
    assert costs.set_index("variant")["objective_usd"].to_dict() == pytest.approx(by_pencil, rel=1e-6)
    assert {costs["variant"][place] for place in near.inside} == expected
    width = max(good[name] for name in expected) - min(good[name] for name in expected)
    assert near.cost_width_usd == pytest.approx(width, rel=1e-5, abs=1e-3)


@pytest.mark.parametrize("factor", [0.5, 2.0, 10.2])
def test_w10_k_times_the_output_costs_k_times(factor: float) -> None:
    before = curve("Qwen3-8B").points
    points = with_token_use(standin(), {"Qwen3-8B": TokenUse(verbosity=factor)})
    after = cost_curve(points[points["model"] == "Qwen3-8B"], 1.58, REQUESTS).points

    np.testing.assert_allclose(after["job_usd"], before["job_usd"] * factor, rtol=1e-12)
    np.testing.assert_allclose(after["usd_per_mtok_output"], before["usd_per_mtok_output"], rtol=1e-12)
    assert set(points.loc[points["model"] == "Qwen3-8B", "source"]) == {"modelled"}


@pytest.mark.parametrize("factor", [0.8, 1.4])
def test_w11_a_finer_tokeniser_scales_input_output_cache_and_cost(factor: float) -> None:
    before = standin()[standin()["model"] == "Qwen3-32B"]
    after = with_token_use(before, {"Qwen3-32B": TokenUse(tokeniser=factor)})

    for name in ("input_tokens_mean", "output_tokens_mean", "kv_tokens"):
        np.testing.assert_allclose(after[name], before[name] * factor, rtol=1e-12)
    costs = [cost_curve(points, 1.58, REQUESTS).points["job_usd"] for points in (before, after)]
    np.testing.assert_allclose(costs[1], costs[0] * factor, rtol=1e-12)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
def test_w12_sweeping_the_floor_gives_the_non_dominated_set(seed: int) -> None:
    coefficients, pencil = catalogue(100 + seed, 9)
    names = list(pencil)
    expected = moocore.is_nondominated(np.array([pencil[name] for name in names]), maximise=[False, True])

    found = quality_cost(coefficients, "chat", "B", EXACT, method="textbook")

    assert set(found.frontier["variants"]) == {name for name, is_kept in zip(names, expected, strict=True) if is_kept}
    costs, scores = zip(*pencil.values(), strict=True)
    assert on_frontier(costs, scores).tolist() == expected.tolist()


def test_w13_utilisation_counted_twice_is_warned_of() -> None:
    question = Question(REQUESTS, derated_share=0.6, priced_share=0.5)

    assert utilisation_warnings(0.5, 0.6) == [
        "utilisation is counted twice: 0.5 in the hourly price and 0.6 in the throughput; together they raise the depreciation "
        "of a request 3.33 times; keep one of the two"
    ]
    assert production(standin(), {"A100-80GB-SXM": 1.0}, question).warnings == tuple(utilisation_warnings(0.5, 0.6))
    assert utilisation_warnings(1.0, 0.6) == utilisation_warnings(0.5, 1.0) == []


@pytest.mark.skip(reason="needs the paper's table of nine models and Fig. 1, which are published in its PDF only")
def test_w14_the_nine_models_and_their_figure() -> None:
    raise NotImplementedError


def test_the_standin_says_that_it_is_modelled() -> None:
    assert standin()["source"].str.startswith("modelled").all()
    assert operating_points(pd.read_csv(STANDIN))["setup"].nunique() == len(MODELS)
