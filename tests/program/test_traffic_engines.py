"""Random small worlds with the wishes of the families on traffic: two engines agree on every optimum."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from planner.options.coefficients import Coefficients
from tests.policy_worlds import limited
from tests.program.optima import optima
from tests.service_worlds import api_row, call_rows, service_rows
from tests.worlds import offer_row, option_row, price_rows, random_world, rate_row, rich_world, world

pytestmark = pytest.mark.slow
"""Minutes of small solves: for `pytest -m slow`."""

SEEDS = range(24)
Make = Callable[[int], Coefficients]


def base(seed: int) -> Coefficients:
    """Returns a random world of either kind."""
    return (random_world if seed % 2 else rich_world)(seed)


def models(seed: int) -> Coefficients:
    """Returns a random world of two models of different speed, two workloads, on two node types, with a day and a night."""
    rng = np.random.default_rng(30_000 + seed)
    hours = {("q1", b): float(rng.integers(50, 150)) for b in ("day", "night")}
    options = [option_row("s", "2xT", 1, variant="small@bf16"), option_row("b", "2xT", 2, variant="big@bf16"),
               option_row("c", "1xU", 1, variant="big@fp8")]  # fmt: skip
    rates = [rate_row(w, o, round(float(rng.uniform(*span)), 2)) for w in ("chat", "code")
             for o, span in (("s", (3, 6)), ("b", (1, 4)), ("c", (0.5, 3)))]  # fmt: skip
    offers = [offer_row("od", "2xT", 2), offer_row("u", "1xU", 1), offer_row("re", "2xT", 2, "reserved", 1)]
    prices = [row for offer, low, high in (("od", 3, 6), ("u", 1, 4), ("re", 1.5, 4))
              for row in price_rows(offer, ["q1"], round(float(rng.uniform(low, high)), 2))]  # fmt: skip
    demand = {(w, *slot): round(float(rng.uniform(0, 8)), 2) for w in ("chat", "code") for slot in hours}
    made = world(options, rates, offers, prices, demand, hours, nodes_max=int(rng.choice([3, 12])))
    scores = [{"variant": v, "benchmark": "quiz", "score": score, "source": "measured"}
              for v, score in (("small@bf16", 60.0), ("big@bf16", 80.0), ("big@fp8", 78.0))]  # fmt: skip
    return made.with_tables(scores=pd.DataFrame(scores))


def refusable(seed: int) -> Coefficients:
    """Returns a random world in which some workloads may be turned away."""
    rng = np.random.default_rng(20_000 + seed)
    given = base(seed)
    rows = [
        {"workload": w, "unserved_usd_per_request": float(rng.choice([1e-5, 1e-4, 1e-3]))}
        for w in given.pools["workload"] if rng.random() < 0.8
    ]  # fmt: skip
    return given.with_tables(service=service_rows(*rows)) if rows else given


def callable_by_token(seed: int) -> Coefficients:
    """Returns a random world in which the first workload may be bought, half of the time up to a cap."""
    rng = np.random.default_rng(40_000 + seed)
    given = base(seed)
    cap = float(rng.uniform(0.5, 4)) if rng.random() < 0.5 else None
    price = float(rng.choice([0.1, 1.0, 10.0]))
    rows = [api_row(p, cap, None if cap is None else cap * 800, output_usd_per_mtok=price) for p in given.periods["period"]]
    return given.with_tables(api=pd.DataFrame(rows), calls=call_rows(str(given.pools["workload"].iloc[0])))


def in_tiers(seed: int) -> Coefficients:
    """Returns a random world in which the first workload may be bought, and the more of it the cheaper."""
    rng = np.random.default_rng(80_000 + seed)
    rows = [{"api_offer": "s/big", "usd_from": usd, "discount_share": float(rng.uniform(0.1, 0.9))}
            for usd in np.cumsum(rng.uniform(0, 300, 2))]  # fmt: skip
    return callable_by_token(seed).with_tables(api_tiers=pd.DataFrame(rows))


def interruptible(seed: int) -> Coefficients:
    """Returns a random world in which the first workload's requests may move within their period."""
    given = base(seed)
    wishes = [{"workload": str(given.pools["workload"].iloc[0]), "is_interruptible": True}]
    return given.with_tables(service=service_rows(*wishes))


def ranked(seed: int) -> Coefficients:
    """Returns a random world with little supply in which two workloads of different priority may be turned away."""
    rng = np.random.default_rng(50_000 + seed)
    given = models(seed)
    wishes = [{"workload": w, "unserved_usd_per_request": float(rng.choice([1e-4, 1e-3])), "priority": rank}
              for w, rank in (("chat", int(rng.integers(0, 3))), ("code", 1))]  # fmt: skip
    supply = given.supply.assign(nodes_max=int(rng.integers(1, 3)))
    return given.with_tables(service=service_rows(*wishes), supply=supply)


def cascaded(seed: int) -> Coefficients:
    """Returns a random world in which `chat` is answered in two steps; in some its requests may be put off or bought."""
    rng = np.random.default_rng(60_000 + seed)
    given = models(seed)
    rows = [{"workload": "chat", "model": "small", "escalation_share": float(rng.choice([0.0, 0.2, 0.5]))}]
    made = given.with_tables(cascades=pd.DataFrame(rows))
    if rng.random() < 0.5:
        made = made.with_tables(service=service_rows({"workload": "chat", "is_interruptible": True}))
    return made.with_tables(api=pd.DataFrame([api_row("q1")]), calls=call_rows("chat")) if rng.random() < 0.5 else made


def indivisible(seed: int) -> Coefficients:
    """Returns a random world of two node types in which all traffic of each workload's block is in one place."""
    given = models(seed)
    return given.with_tables(service=service_rows(*({"workload": w, "is_indivisible": True} for w in ("chat", "code"))))


def good_on_average(seed: int) -> Coefficients:
    """Returns a random world whose answers must score 62 to 78 points in the mean, of all or of one workload."""
    rng = np.random.default_rng(70_000 + seed)
    made = limited(models(seed), "mean_quality_floor", float(rng.uniform(62, 78)), scope=str(rng.choice(["", "chat"])))
    is_mean = made.limits["kind"] == "mean_quality_floor"
    return made.with_tables(limits=made.limits.assign(benchmark=made.limits["benchmark"].where(~is_mean, "quiz")))


WORLDS: dict[str, tuple[Make, Make, str]] = {
    "unserved": (refusable, base, "less"), "api": (callable_by_token, base, "less"),
    "api_tiers": (in_tiers, callable_by_token, "less"),
    "interruptible": (interruptible, base, "less"), "priority": (ranked, ranked, "same"),
    "cascade": (cascaded, models, "any"), "indivisible": (indivisible, models, "more"),
    "mean_quality": (good_on_average, models, "more"),
}  # fmt: skip
"""World with the wish, the same without it, and what the wish does to the cost."""


@pytest.mark.parametrize("name", WORLDS)
def test_engines_agree(name):
    worlds = [WORLDS[name][0](seed) for seed in SEEDS]
    highs, scip = optima(worlds, "highs"), optima(worlds, "scip")

    wrong = [(s, a, b) for s, a, b in zip(SEEDS, highs, scip, strict=True) if not _is_same(a, b)]
    assert wrong == []
    assert sum(math.isfinite(usd) for usd in highs) >= 18, "most worlds have a plan"


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, (_, _, effect) in WORLDS.items() if effect in ("less", "more")])
def test_a_way_out_never_costs_more_and_a_duty_never_less(name):
    wished, plain, effect = WORLDS[name]
    pairs = zip(optima([plain(seed) for seed in SEEDS]), optima([wished(seed) for seed in SEEDS]), strict=True)
    pairs = [(a, b) if effect == "more" else (b, a) for a, b in pairs]

    assert all(cheap <= dear * (1 + 1e-7) for cheap, dear in pairs)
    assert sum(cheap < dear * (1 - 1e-6) for cheap, dear in pairs) >= 3


@pytest.mark.slow
def test_without_priorities_turning_away_never_costs_more():
    worlds = [ranked(seed) for seed in SEEDS]
    free = [one.with_tables(service=one.service.assign(priority=0)) for one in worlds]
    pairs = list(zip(optima(free), optima(worlds), strict=True))

    assert all(cheap <= dear * (1 + 1e-7) for cheap, dear in pairs)
    assert sum(cheap < dear * (1 - 1e-6) for cheap, dear in pairs) >= 2


def _is_same(a: float, b: float) -> bool:
    return a == b or math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6)
