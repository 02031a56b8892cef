"""Worlds for caps on variety, spare replicas and the loss of a region: small enough to say the optimum in a sentence."""

import numpy as np

from planner.options.coefficients import Coefficients
from tests.policy_worlds import limited
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

DAY_AND_NIGHT = {("q1", "day"): 1.0, ("q1", "night"): 1.0}


def variety(day: float = 40.0, night: float = 5.0, big: str = "large@bf16") -> Coefficients:
    """Machines of one accelerator (10 requests/s, 3 usd/h) and of four (40 requests/s, 10 usd/h), two hours.

    Without a cap the day takes one big machine, the night one small one: 13 usd.
    """
    return world(
        [option_row("small", "1xT", 1, variant="little@bf16"), option_row("big", "4xT", 4, variant=big)],
        [rate_row("chat", "small", 10.0), rate_row("chat", "big", 40.0)],
        [offer_row("s", "1xT", 1), offer_row("b", "4xT", 4)],
        price_rows("s", ["q1"], 3.0) + price_rows("b", ["q1"], 10.0),
        {("chat", "q1", "day"): day, ("chat", "q1", "night"): night}, DAY_AND_NIGHT, utilisation_max=1.0,
    )  # fmt: skip


def one_option() -> Coefficients:
    """The variety world with one option at a site."""
    return limited(variety(), "options_max", 1.0)


def one_model() -> Coefficients:
    """The variety world with one model at a site."""
    return limited(variety(), "models_max", 1.0)


def motley(seed: int) -> Coefficients:
    """Returns a random world of two workloads and three models on two machines, in two regions, by day and night."""
    rng = np.random.default_rng(80_000 + seed)
    options = [option_row("s", "1xT", 1, variant="small@bf16"), option_row("b", "4xT", 4, variant="big@bf16"),
               option_row("t", "4xT", 2, variant="tall@fp8")]  # fmt: skip
    rates = [rate_row(w, o, round(float(rng.uniform(*span)), 2)) for w in ("chat", "code")
             for o, span in (("s", (2, 4)), ("b", (9, 16)), ("t", (4, 9)))]  # fmt: skip
    offers = [offer_row(f"{name}-{r}", node, size, region=r) for r in ("here", "there")
              for name, node, size in (("s", "1xT", 1), ("b", "4xT", 4))]  # fmt: skip
    spans = {"s": (1, 2), "b": (4, 7)}
    usd = {str(o["offer"]): round(float(rng.uniform(*spans[str(o["offer"])[0]])), 2) for o in offers}
    prices = [row for offer, price in usd.items() for row in price_rows(offer, ["q1"], price)]
    demand = {(w, *slot): round(float(rng.uniform(1, 12)), 2) for w in ("chat", "code") for slot in DAY_AND_NIGHT}
    paths = [
        {"workload": w, "region": r, "network_ms": 10.0, "is_allowed": (w, r) != ("code", "there") or seed % 3 > 0,
         "egress_usd_per_request": 1e-5 * float(r == "there")} for w in ("chat", "code") for r in ("here", "there")
    ]  # fmt: skip
    pools = {"chat": "both", "code": "both"} if seed % 2 else None
    return world(options, rates, offers, prices, demand, DAY_AND_NIGHT, nodes_max=9, paths=paths, pool_of=pools)


def machines(requests_per_s: float, small_usd: float = 3.0) -> Coefficients:
    """One workload for an hour on machines of 10 requests/s at 3 usd and of 40 at 10 usd."""
    return world(
        [option_row("small", "1xT", 1), option_row("big", "4xT", 4)],
        [rate_row("chat", "small", 10.0), rate_row("chat", "big", 40.0)],
        [offer_row("s", "1xT", 1), offer_row("b", "4xT", 4)],
        price_rows("s", ["q1"], small_usd) + price_rows("b", ["q1"], 10.0),
        {("chat", "q1", "hour"): requests_per_s}, {("q1", "hour"): 1.0}, utilisation_max=1.0,
    )  # fmt: skip


def shared() -> Coefficients:
    """Two workloads of 10 requests/s in a pool: A carries 10 of chat or 5 of code for 2 usd, B 5 or 10; one of each: 4 usd.

    With either of them lost the other one needs company: 10 of chat and 10 of code are one A and one B, or three of a kind.
    """
    return world(
        [option_row("A", "1xT", 1), option_row("B", "1xU", 1)],
        [rate_row("chat", "A", 10.0), rate_row("code", "A", 5.0), rate_row("chat", "B", 5.0), rate_row("code", "B", 10.0)],
        [offer_row("a", "1xT", 1), offer_row("b", "1xU", 1)], price_rows("a", ["q1"], 2.0) + price_rows("b", ["q1"], 2.0),
        {(w, "q1", "hour"): 10.0 for w in ("chat", "code")}, {("q1", "hour"): 1.0}, utilisation_max=1.0,
        pool_of={"chat": "both", "code": "both"},
    )  # fmt: skip


def spared() -> Coefficients:
    """A workload on two machines and a pool of two workloads, each of which must bear the loss of a replica."""
    both = shared()
    return limited(
        world(
            [*both.options.to_dict("records"), option_row("small", "1xV", 1), option_row("big", "4xV", 4)],
            [*both.rates.to_dict("records"), rate_row("mail", "small", 10.0), rate_row("mail", "big", 40.0)],
            [*both.offers.to_dict("records"), offer_row("s", "1xV", 1), offer_row("l", "4xV", 4)],
            [*both.prices.to_dict("records"), *price_rows("s", ["q1"], 3.0), *price_rows("l", ["q1"], 10.0)],
            {(w, "q1", "hour"): 10.0 for w in ("chat", "code")} | {("mail", "q1", "hour"): 80.0}, {("q1", "hour"): 1.0},
            utilisation_max=1.0, pool_of={"chat": "both", "code": "both"},
        ), "spare_replicas", 1.0,
    )  # fmt: skip


def two_regions(requests_per_s: float = 8.0, pool_of: dict[str, str] | None = None) -> Coefficients:
    """One workload (or two in a pool) for an hour; a replica carries 4 requests/s, here for 4 usd, there for 6 usd."""
    names = list(pool_of or {"chat": ""})
    return world(
        [option_row("o", "1xT", 1)], [rate_row(name, "o", 5.0) for name in names],
        [offer_row("here", "1xT", 1), offer_row("there", "1xT", 1, region="there")],
        price_rows("here", ["q1"], 4.0) + price_rows("there", ["q1"], 6.0),
        {(name, "q1", "hour"): requests_per_s / len(names) for name in names}, {("q1", "hour"): 1.0}, pool_of=pool_of,
    )  # fmt: skip


def lost_region() -> Coefficients:
    """The worlds of two regions, a workload alone and two in a pool, of which three quarters must survive either region."""
    made = two_regions(8.0, {"chat": "both", "code": "both", "mail": "mail"})
    return limited(made, "region_loss_service_share", 0.75)
