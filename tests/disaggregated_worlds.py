"""Worlds with prefill and decode replicas: small enough to solve by hand, and random ones."""

from typing import Any

import numpy as np
import pandas as pd

from planner.options.coefficients import Coefficients
from planner.options.pairs import PAIRS
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

HOURS = {("q1", "day"): 100.0}


def pair_row(workload: str, prefill: str, decode: str, network_ms_max: float | None = None) -> dict[str, Any]:
    """Returns a pairs row: 100 ms of prefill, 5 of transfer, 30 for the first token; 0.5 GB of cache a request."""
    return {
        "workload": workload, "prefill_option": prefill, "decode_option": decode, "ttft_ms": 135.0, "e2e_ms": 4000.0,
        "kv_transfer_ms": 5.0, "kv_gb_per_request": 0.5, "network_ms_max": network_ms_max,
    }  # fmt: skip


def with_roles(given: Coefficients, roles: dict[str, str], pairs: list[dict[str, Any]]) -> Coefficients:
    """Returns a world whose options have roles, and pairs of them."""
    options = given.options.assign(role=[roles.get(name, "aggregated") for name in given.options["option"]])
    return given.with_tables(options=options, pairs=PAIRS.check(pd.DataFrame(pairs, columns=list(PAIRS.names)), "pairs"))


def apart(
    requests_per_s: float = 8.0, size: int = 1, providers: tuple[str, ...] = ("p",), nodes_max: int = 9, has_pairs: bool = True
) -> Coefficients:
    """Nodes of two accelerators at 4 usd/h for 100 h: an accelerator does 1 request/s whole, or 4/s of prompts, or 4/s of tokens.

    8 requests/s take 8 accelerators that do everything: 4 nodes, 1600 usd. Apart they take 2 + 2 accelerators: 2 nodes, 800.
    """
    options = [option_row("whole", "2xT", 1), option_row("prompts", "2xT", size), option_row("tokens", "2xT", size)]
    rates = [rate_row("chat", "whole", 1.0), rate_row("chat", "prompts", 4.0 * size), rate_row("chat", "tokens", 4.0 * size)]
    offers = [offer_row(f"od-{name}", "2xT", 2, provider=name) for name in providers]
    prices = [row for offer in offers for row in price_rows(str(offer["offer"]), ["q1"], 4.0)]
    made = world(
        options, rates, offers, prices, {("chat", "q1", "day"): requests_per_s}, HOURS, nodes_max=nodes_max, utilisation_max=1.0
    )
    pairs = [pair_row("chat", "prompts", "tokens")] if has_pairs else []
    return with_roles(made, {"prompts": "prefill", "tokens": "decode"}, pairs)


def random_apart(seed: int) -> Coefficients:
    """Returns a random world of replicas that do everything beside prefill and decode replicas in two regions, two providers.

    Pairs reach only so far; some options span two nodes; a second workload shares the nodes, not the replicas.
    """
    rng = np.random.default_rng(70_000 + seed)
    hours = {(t, b): float(rng.integers(50, 150)) for t in ("q1", "q2")[: rng.integers(1, 3)] for b in ("day", "night")}
    periods = list(dict.fromkeys(t for t, _ in hours))
    wide = 2 if rng.random() < 0.3 else 1
    options = [
        option_row("whole", "2xT", 1), option_row("p1", "2xT", 1), option_row("p2", "2xT", 2), option_row("d1", "2xT", 1),
        option_row("d2", "2xT", 2 * wide, nodes_per_replica=wide),
    ]  # fmt: skip
    workloads = ["chat", "code"][: rng.integers(1, 3)]
    spans = {"whole": (0.6, 2.0), "p1": (1, 5), "p2": (3, 9), "d1": (1, 5), "d2": (3, 9 * wide)}
    rates = [rate_row(w, o, round(float(rng.uniform(*span)), 2)) for w in workloads for o, span in spans.items()]
    regions = ["here", "there"][: rng.integers(1, 3)]
    offers = [offer_row(f"od-{r}", "2xT", 2, region=r) for r in regions]
    offers += [offer_row(f"q-{r}", "2xT", 2, region=r, provider="q") for r in regions if rng.random() < 0.6]
    if rng.random() < 0.5:
        offers.append(offer_row("re", "2xT", 2, "reserved", int(rng.integers(1, 3))))
    prices = [row for o in offers for row in price_rows(str(o["offer"]), periods, round(float(rng.uniform(2, 6)), 2))]
    paths = [
        {"workload": w, "region": r, "network_ms": ms, "is_allowed": True, "egress_usd_per_request": usd}
        for w in workloads for r, ms, usd in (("here", 10.0, 0.0), ("there", 60.0, 2e-5)) if r in regions
    ]  # fmt: skip
    demand = {(w, *slot): round(float(rng.uniform(0, 8)), 2) for w in workloads for slot in hours}
    made = world(
        options, rates, offers, prices, demand, hours, nodes_max=int(rng.choice([3, 12])), paths=paths,
        utilisation_max=float(rng.choice([0.7, 1.0])), replicas_min={workloads[0]: int(rng.integers(0, 3))},
    )  # fmt: skip
    pairs = [
        pair_row(w, p, d, float(rng.choice([30.0, np.nan])))
        for w in workloads for p in ("p1", "p2") for d in ("d1", "d2") if rng.random() < 0.7
    ]  # fmt: skip
    used = {pair["prefill_option"] for pair in pairs} | {pair["decode_option"] for pair in pairs}
    known = {(pair["workload"], pair[f"{side}_option"]) for pair in pairs for side in ("prefill", "decode")}
    kept = made.rates[
        [o == "whole" or (w, o) in known for w, o in zip(made.rates["workload"], made.rates["option"], strict=True)]
    ]
    options_kept = made.options[made.options["option"].isin({"whole", *used})]
    sites = made.sites[made.sites["option"].isin(options_kept["option"])]
    made = made.with_tables(rates=kept, options=options_kept, sites=sites)
    roles = {"p1": "prefill", "p2": "prefill", "d1": "decode", "d2": "decode"}
    return with_roles(made, roles, pairs)
