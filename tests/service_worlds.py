"""Hand-made worlds of the families on traffic: small enough to say the optimum in a sentence."""

import pandas as pd

from planner.options.coefficients import Coefficients
from tests.policy_worlds import limited
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

HOURS = {("q1", "day"): 100.0, ("q1", "night"): 100.0}


def plain(day: float = 10.0, night: float = 4.0) -> Coefficients:
    """One workload; a replica carries 0.8 x 5 = 4 requests/s, a node of two costs 4 usd/h: 400 usd a block of 100 h."""
    return world(
        [option_row("o1", "2xT", 1)], [rate_row("chat", "o1", 5.0)], [offer_row("od", "2xT", 2)], price_rows("od", ["q1"], 4.0),
        {("chat", "q1", "day"): day, ("chat", "q1", "night"): night}, HOURS,
    )  # fmt: skip


def two_models(day: float = 8.0) -> Coefficients:
    """One workload by day; a replica of `small` carries 4 requests/s, one of `big` 1; a node of two costs 400 usd a block."""
    return world(
        [option_row("s", "2xT", 1, variant="small@bf16"), option_row("b", "2xT", 1, variant="big@bf16")],
        [rate_row("chat", "s", 5.0), rate_row("chat", "b", 1.25)], [offer_row("od", "2xT", 2)], price_rows("od", ["q1"], 4.0),
        {("chat", "q1", "day"): day, ("chat", "q1", "night"): 0.0}, HOURS,
    )  # fmt: skip


def service_rows(*rows: dict[str, object]) -> pd.DataFrame:
    """Returns a table `service` of rows in which everything not said is the default."""
    default: dict[str, object] = {
        "unserved_usd_per_request": None, "priority": 0, "is_interruptible": False, "is_indivisible": False,
    }  # fmt: skip
    return pd.DataFrame([{**default, **row} for row in rows])


def turned_away() -> Coefficients:
    """The plain world in which a request may be turned away for 0.0002 usd: 72 usd for one request/s over a block."""
    return plain().with_tables(service=service_rows({"workload": "chat", "unserved_usd_per_request": 2e-4}))


def api_row(
    period: str, requests_per_s_max: float | None = None, tokens_per_s_max: float | None = None, **prices: float | None
) -> dict[str, object]:
    """Returns a row of the API offer `s/big` at 0.1, 0.02 (cached) and 3 usd per 1e6 tokens."""
    usual: dict[str, object] = {
        "input_usd_per_mtok": 0.1, "cached_input_usd_per_mtok": 0.02, "output_usd_per_mtok": 3.0,
    }  # fmt: skip
    return {
        "api_offer": "s/big", "period": period, "model": "big", "provider": "s", **usual, **prices,
        "requests_per_s_max": requests_per_s_max, "tokens_per_s_max": tokens_per_s_max, "source": "list_price", "source_note": "",
    }  # fmt: skip


def call_rows(*workloads: str) -> pd.DataFrame:
    """Returns calls of 400 prompt tokens, 500 from cache and 50 made: 40 + 10 + 150 usd per 1e6 requests at the prices above."""
    tokens = {"input_tokens": 400.0, "cached_tokens": 500.0, "output_tokens": 50.0}
    return pd.DataFrame([{"workload": w, "api_offer": "s/big", **tokens} for w in workloads])


def bought() -> Coefficients:
    """The plain world in which a request may be bought for 0.0002 usd: 72 usd for one request/s over a block."""
    return plain().with_tables(api=pd.DataFrame([api_row("q1")]), calls=call_rows("chat"))


def tiered_tokens(usd_from: float = 300.0, discount_share: float = 0.5) -> Coefficients:
    """The world in which what is bought beyond 300 usd at list price in the period costs half."""
    tier = {"api_offer": "s/big", "usd_from": usd_from, "discount_share": discount_share}
    return bought().with_tables(api_tiers=pd.DataFrame([tier]))


def capped(requests_per_s_max: float | None = 3.0, tokens_per_s_max: float | None = None) -> Coefficients:
    """The world in which at most 3 requests/s may be bought."""
    return bought().with_tables(api=pd.DataFrame([api_row("q1", requests_per_s_max, tokens_per_s_max)]))


def put_off() -> Coefficients:
    """The plain world in which requests of the day may wait for the night."""
    return plain().with_tables(service=service_rows({"workload": "chat", "is_interruptible": True}))


def ranked() -> Coefficients:
    """One node carries 8 of 12 requests/s of `chat` (priority 5, cheap to turn away) and `batch` (priority 0, dear)."""
    made = world(
        [option_row("o1", "2xT", 1)], [rate_row("chat", "o1", 5.0), rate_row("batch", "o1", 5.0)], [offer_row("od", "2xT", 2)],
        price_rows("od", ["q1"], 4.0), {(w, "q1", b): v for w in ("chat", "batch") for b, v in (("day", 6.0), ("night", 0.0))},
        HOURS, nodes_max=1, pool_of={"chat": "both", "batch": "both"},
    )  # fmt: skip
    rows = [("chat", 1e-4, 5), ("batch", 1e-3, 0)]
    wishes = [{"workload": w, "unserved_usd_per_request": usd, "priority": rank} for w, usd, rank in rows]
    return made.with_tables(service=service_rows(*wishes))


def in_two_steps() -> Coefficients:
    """`small` answers first; a quarter of its requests goes on to `big`."""
    row = {"workload": "chat", "model": "small", "escalation_share": 0.25}
    return two_models().with_tables(cascades=pd.DataFrame([row]))


def in_one_place() -> Coefficients:
    """10 requests/s: a node of two costs 400 usd and carries 8, a node of one 220 and carries 4; all must be in one place."""
    made = world(
        [option_row("o1", "2xT", 1), option_row("o2", "1xU", 1)], [rate_row("chat", "o1", 5.0), rate_row("chat", "o2", 5.0)],
        [offer_row("od", "2xT", 2), offer_row("one", "1xU", 1)], price_rows("od", ["q1"], 4.0) + price_rows("one", ["q1"], 2.2),
        {("chat", "q1", "day"): 10.0, ("chat", "q1", "night"): 0.0}, HOURS,
    )  # fmt: skip
    return made.with_tables(service=service_rows({"workload": "chat", "is_indivisible": True}))


def good_on_average(floor: float = 65.0) -> Coefficients:
    """`small` scores 60 and `big` 80; the mean answer must score 65."""
    rows = [("small@bf16", 60.0), ("big@bf16", 80.0)]
    scores = [{"variant": v, "benchmark": "quiz", "score": score, "source": "measured"} for v, score in rows]
    made = limited(two_models().with_tables(scores=pd.DataFrame(scores)), "mean_quality_floor", floor)
    is_mean = made.limits["kind"] == "mean_quality_floor"
    return made.with_tables(limits=made.limits.assign(benchmark=made.limits["benchmark"].where(~is_mean, "quiz")))
