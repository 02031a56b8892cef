"""Small worlds as coefficient tables: one to solve by hand, random ones for oracles and laws."""

import numpy as np
import pandas as pd

from planner.options.coefficients import Coefficients, checked_coefficients

NAN = float("nan")


def option_row(option: str, node_type: str, gpus: int, nodes_per_replica: int = 1, variant: str = "m@bf16") -> dict[str, object]:
    """Returns an options row of a model split over `gpus` accelerators, a pipeline stage on each of its nodes."""
    model, _, precision = variant.partition("@")
    return {
        "option": option, "variant": variant, "model": model, "precision": precision, "kv_precision": "bf16",
        "node_type": node_type, "accelerator": node_type.split("x")[-1], "vendor": "V",
        "tp": gpus // nodes_per_replica, "pp": nodes_per_replica, "ep": 1, "dp": 1,
        "role": "aggregated", "gpus": gpus, "nodes_per_replica": nodes_per_replica, "weights_gib": 1.0,
        "kv_gib": 1.0, "max_batch": 8.0,
    }  # fmt: skip


def rate_row(workload: str, option: str, requests_per_s: float, network_ms_max: float = NAN) -> dict[str, object]:
    """Returns a rates row without latencies."""
    return {
        "workload": workload, "option": option, "requests_per_s": requests_per_s, "ttft_ms": NAN, "tpot_ms": NAN,
        "e2e_ms": NAN, "batch": NAN, "network_ms_max": network_ms_max, "bound": "memory", "source": "user",
    }  # fmt: skip


def offer_row(
    offer: str,
    node_type: str,
    accelerators: int,
    kind: str = "on_demand",
    term_periods: int = 0,
    region: str = "here",
    provider: str = "p",
    lead_time_periods: int = 0,
) -> dict[str, object]:
    """Returns an offers row."""
    return {
        "offer": offer, "node_type": node_type, "accelerator": node_type.split("x")[-1], "accelerators": accelerators,
        "region": region, "provider": provider, "vendor": "V", "kind": kind, "term_periods": term_periods,
        "lead_time_periods": lead_time_periods, "source": "user", "source_note": "",
    }  # fmt: skip


def price_rows(offer: str, periods: list[str], usd_per_hour: float, upfront_usd: float = 0.0) -> list[dict[str, object]]:
    """Returns constant prices of an offer."""
    return [
        {
            "offer": offer,
            "period": p,
            "scenario": "expected",
            "usd_per_hour": usd_per_hour,
            "upfront_usd": upfront_usd,
            "source": "user",
        }
        for p in periods
    ]


def world(
    options: list[dict[str, object]],
    rates: list[dict[str, object]],
    offers: list[dict[str, object]],
    prices: list[dict[str, object]],
    demand: dict[tuple[str, str, str], float],
    hours: dict[tuple[str, str], float],
    nodes_max: int = 50,
    utilisation_max: float = 0.8,
    terminal_use_share: float = 0.5,
    pool_of: dict[str, str] | None = None,
    replicas_min: dict[str, int] | None = None,
    paths: list[dict[str, object]] | None = None,
    supply: dict[tuple[str, str], int] | None = None,
) -> Coefficients:
    """Returns checked coefficients: periods and blocks in the order of `hours` ((period, block) -> h)."""
    periods = list(dict.fromkeys(t for t, _ in hours))
    workloads = list(dict.fromkeys(w for w, _, _ in demand))
    regions = list(dict.fromkeys(str(o["region"]) for o in offers))
    node_types = {str(o["node_type"]): o for o in options}
    default_paths = [
        {"workload": w, "region": r, "network_ms": 10.0, "is_allowed": True, "egress_usd_per_request": 0.0}
        for w in workloads for r in regions
    ]  # fmt: skip
    tables = {
        "options": options,
        "rates": rates,
        "offers": [o for o in offers if o["node_type"] in node_types],
        "prices": prices,
        "supply": [
            {"offer": o["offer"], "period": p, "nodes_max": (supply or {}).get((str(o["offer"]), p), nodes_max)}
            for o in offers
            for p in periods
        ],
        "sites": [
            {"option": o["option"], "offer": f["offer"]} for o in options for f in offers if o["node_type"] == f["node_type"]
        ],
        "paths": paths if paths is not None else default_paths,
        "demand": [
            {"workload": w, "period": t, "block": b, "scenario": "expected", "requests_per_s": v}
            for (w, t, b), v in demand.items()
        ],
        "periods": [
            {"period": p, "position": i, "hours": sum(h for (t, _), h in hours.items() if t == p)} for i, p in enumerate(periods)
        ],
        "blocks": [{"period": t, "block": b, "hours": h} for (t, b), h in hours.items()],
        "pools": [
            {"workload": w, "pool": (pool_of or {}).get(w, w), "replicas_min": (replicas_min or {}).get(w, 0)} for w in workloads
        ],
        "limits": [
            {"limit": "utilisation_max", "kind": "service", "scope": "", "value": utilisation_max, "unit": "share"},
            {"limit": "terminal_use_share", "kind": "money", "scope": "", "value": terminal_use_share, "unit": "share"},
        ],
    }
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    frames["scores"] = pd.DataFrame(columns=["variant", "benchmark", "score", "source"])
    return checked_coefficients(frames)


def tiny(terminal_use_share: float = 0.5) -> Coefficients:
    """One workload, one option (1 accelerator, 5 requests/s), nodes of 2, two periods of a day and a night of 100 h.

    At utilisation 0.8 a replica carries 4 requests/s: day 10 -> 3 replicas -> 2 nodes, night 4 -> 1 -> 1 node;
    second period day 20 -> 5 replicas -> 3 nodes, night 8 -> 2 replicas -> 1 node.
    On demand a node costs 4 usd/h; reserved for two periods 3 usd/h. See tests/program/test_build.py for the optimum.
    """
    hours = {("q1", "day"): 100.0, ("q1", "night"): 100.0, ("q2", "day"): 100.0, ("q2", "night"): 100.0}
    return world(
        [option_row("o1", "2xT", 1)],
        [rate_row("chat", "o1", 5.0)],
        [offer_row("od", "2xT", 2), offer_row("re", "2xT", 2, "reserved", 2)],
        price_rows("od", ["q1", "q2"], 4.0) + price_rows("re", ["q1", "q2"], 3.0),
        {("chat", "q1", "day"): 10.0, ("chat", "q1", "night"): 4.0, ("chat", "q2", "day"): 20.0, ("chat", "q2", "night"): 8.0},
        hours,
        terminal_use_share=terminal_use_share,
    )


def random_world(seed: int) -> Coefficients:
    """Returns a random world small enough to enumerate: 1-2 workloads, 1-2 options, 1-3 offers, 1-2 periods, 1-2 blocks."""
    rng = np.random.default_rng(seed)
    periods = [f"q{i + 1}" for i in range(rng.integers(1, 3))]
    blocks = ["day", "night"][: rng.integers(1, 3)]
    hours = {(t, b): float(rng.integers(50, 150)) for t in periods for b in blocks}
    workloads = ["chat", "code"][: rng.integers(1, 3)]
    size = int(rng.choice([2, 4]))
    node_type = f"{size}xT"
    gpus = [int(g) for g in rng.choice([1, 2, 4], size=rng.integers(1, 3), replace=False) if g <= size] or [1]
    options = [option_row(f"o{g}", node_type, g) for g in gpus]
    rates = [rate_row(w, f"o{g}", round(float(rng.uniform(2, 6) * g), 2)) for w in workloads for g in gpus]
    offers = [offer_row("od", node_type, size)]
    prices = price_rows("od", periods, round(float(rng.uniform(3, 6)), 2))
    if rng.random() < 0.7:
        offers.append(offer_row("re", node_type, size, "reserved", int(rng.integers(1, 4))))
        prices += price_rows("re", periods, round(float(rng.uniform(1.5, 4)), 2))
    if rng.random() < 0.4:
        offers.append(offer_row("own", node_type, size, "owned"))
        prices += price_rows("own", periods, round(float(rng.uniform(0.2, 1)), 2))
    demand = {(w, t, b): round(float(rng.uniform(0, 9)), 2) for w in workloads for t, b in hours}
    supply = {("own", p): 1 for p in periods} | {("re", p): int(rng.integers(0, 3)) for p in periods}
    is_shared = len(workloads) == 2 and rng.random() < 0.4
    return world(
        options, rates, offers, prices, demand, hours, supply=supply, nodes_max=12,
        pool_of=dict.fromkeys(workloads, "shared") if is_shared else None,
        replicas_min={workloads[0]: int(rng.integers(0, 3))}, terminal_use_share=float(rng.choice([0.0, 0.5, 1.0])),
    )  # fmt: skip


def showcase() -> Coefficients:
    """A world in which every family has something to say, small enough to read its linear programs.

    Two regions; option `one` is a single accelerator and too slow for users far away (network at most 30 ms), option `two`
    is a replica over two nodes. `chat` and `code` share a pool and `chat` wants 2 replicas; `code` may not be served there.
    Provider q sells in both regions; a node bought arrives one period after its order.
    """
    hours = {("q1", "day"): 100.0, ("q2", "day"): 50.0}
    nodes = [
        offer_row("p-here", "2xT", 2), offer_row("q-here", "2xT", 2, provider="q"),
        offer_row("q-there", "2xT", 2, "reserved", 2, region="there", provider="q"),
        offer_row("buy-there", "2xT", 2, "purchase", 3, region="there", provider="purchase", lead_time_periods=1),
    ]  # fmt: skip
    paths = [
        {"workload": w, "region": r, "network_ms": ms, "is_allowed": (w, r) != ("code", "there"), "egress_usd_per_request": usd}
        for w in ("chat", "code") for r, ms, usd in (("here", 10.0, 0.0), ("there", 60.0, 1e-6))
    ]  # fmt: skip
    return world(
        [option_row("one", "2xT", 1), option_row("two", "2xT", 4, nodes_per_replica=2)],
        [rate_row("chat", "one", 5.0, 30.0), rate_row("chat", "two", 24.0), rate_row("code", "two", 12.0)],
        nodes,
        price_rows("p-here", ["q1", "q2"], 4.0) + price_rows("q-here", ["q1", "q2"], 5.0)
        + price_rows("q-there", ["q1", "q2"], 3.0) + price_rows("buy-there", ["q1", "q2"], 0.5, 400.0),
        {("chat", "q1", "day"): 10.0, ("code", "q1", "day"): 0.0, ("chat", "q2", "day"): 20.0, ("code", "q2", "day"): 6.0},
        hours, nodes_max=9, pool_of={"chat": "both", "code": "both"}, replicas_min={"chat": 2}, paths=paths,
    )  # fmt: skip


def rich_world(seed: int) -> Coefficients:
    """Returns a random world with places: regions, providers, network limits, egress, lead times, replicas over two nodes.

    Small enough to enumerate. Members of a shared pool pay no egress, as the oracle prices the traffic of one workload at a
    time. Every workload has a route; supply may still be too small for it.
    """
    rng = np.random.default_rng(10_000 + seed)
    periods = [f"q{i + 1}" for i in range(rng.integers(1, 4))]
    blocks = ["day", "night"][: rng.integers(1, 3)]
    hours = {(t, b): float(rng.integers(50, 150)) for t in periods for b in blocks}
    workloads = ["chat", "code"][: rng.integers(1, 3)]
    regions = ["here", "there"][: rng.integers(1, 3)]
    is_shared = len(workloads) == 2 and rng.random() < 0.4
    options = [option_row("one", "2xT", 1), option_row("wide", "2xT", 4, nodes_per_replica=2)]
    options = options if rng.random() < 0.5 else [options[0], option_row("pair", "2xU", 2)][: rng.integers(1, 3)]
    offers, prices, supply = _rich_offers(rng, regions, sorted({str(o["node_type"]) for o in options}), periods)
    paths = [
        {
            "workload": w, "region": r, "network_ms": float(rng.choice([5.0, 45.0])), "is_allowed": bool(rng.random() < 0.8),
            "egress_usd_per_request": 0.0 if is_shared else float(rng.choice([0.0, 2e-4])),
        }
        for w in workloads for r in regions
    ]  # fmt: skip
    rates = [
        rate_row(w, str(o["option"]), round(float(rng.uniform(2, 6) * int(str(o["gpus"]))), 2), float(rng.choice([30.0, np.nan])))
        for w in workloads for o in options
    ]  # fmt: skip
    for w in workloads:  # one route at least: the first option by the first region
        next(p for p in paths if p["workload"] == w).update(is_allowed=True, network_ms=5.0)
    demand = {(w, t, b): round(float(rng.uniform(0, 12)), 2) for w in workloads for t, b in hours}
    return world(
        options, rates, offers, prices, demand, hours, nodes_max=int(rng.choice([1, 2, 6])), supply=supply, paths=paths,
        utilisation_max=float(rng.choice([0.7, 0.8, 1.0])),
        pool_of=dict.fromkeys(workloads, "shared") if is_shared else None,
        replicas_min={workloads[-1]: int(rng.integers(0, 3))}, terminal_use_share=float(rng.choice([0.0, 0.5, 1.0])),
    )  # fmt: skip


def _rich_offers(
    rng: np.random.Generator, regions: list[str], node_types: list[str], periods: list[str]
) -> tuple[list[dict[str, object]], list[dict[str, object]], dict[tuple[str, str], int]]:
    """Returns offers, prices by period and caps: on demand everywhere (two providers here), at most two committed offers."""
    offers = [offer_row(f"od-{n}-{r}", n, int(n[0]), region=r) for n in node_types for r in regions]
    offers.append(offer_row("od-q", node_types[0], 2, provider="q"))
    committed = [
        offer_row("re", node_types[0], 2, "reserved", int(rng.integers(1, 4)), "here", "q", int(rng.integers(0, 2))),
        offer_row("buy", node_types[-1], 2, "purchase", int(rng.integers(2, 5)), region=regions[-1], provider="purchase"),
        offer_row("own", node_types[0], 2, "owned", provider="owned"),
    ]  # fmt: skip
    offers += [offer for offer in committed if rng.random() < 0.6]
    prices: list[dict[str, object]] = []
    for offer in offers:
        low, high = {"on_demand": (3, 6), "reserved": (1.5, 4), "purchase": (0.2, 1), "owned": (0.2, 1)}[str(offer["kind"])]
        upfront_usd = round(float(rng.uniform(100, 400)), 2) if offer["kind"] == "purchase" else 0.0
        for period in periods:
            prices += price_rows(str(offer["offer"]), [period], round(float(rng.uniform(low, high)), 2), upfront_usd)
    few = {"re": 3, "buy": 2, "own": 2}
    supply = {(name, p): int(rng.integers(0, top)) for name, top in few.items() for p in periods}
    return offers, prices, supply
