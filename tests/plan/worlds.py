"""A small plan made by hand, with its instance, catalog rows and coefficients; small enough to check every number.

Two quarters of 2160 h and 2184 h, a day and a night of equal length. Nodes have 8 accelerators, utilisation is capped at
0.8, H100 prices fall by 20 % a year.

* chat (users in Virginia): small@fp8, 1 accelerator, 5 requests/s, carries 4; or small@bf16 on two A100, 2 requests/s.
* secret (users in Frankfurt, EU only, a quality floor): small@fp8, 4 requests/s, carries 3.2.
* research (users in Frankfurt, served in Virginia, pays egress): large@fp8 on two whole nodes, 1 request/s.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd

from planner.inputs.instance import Instance, load_instance
from planner.options.coefficients import Coefficients, checked_coefficients
from planner.plan.assemble import plan_tables
from planner.plan.files import PlanInputs, write_plan
from planner.plan.plan import Assumption, Plan, PlanFacts, PlanTables, gap_of
from planner.plan.provenance import provenance

VA, DE = "us-virginia", "germany-frankfurt"
OD, RE, DE_OD = f"aws/p5/{VA}/on_demand", f"aws/p5/{VA}/reserved_1y", f"aws/p5/{DE}/on_demand"
OWNED, BUY = "owned/old", f"purchase/8xH100/{VA}"
SMALL, OLD, LARGE = "small@fp8/8xH100/tp1", "small@bf16/8xA100/tp2", "large@fp8/8xH100/tp8-pp2"
SLOTS = (("q1", "day"), ("q1", "night"), ("q2", "day"), ("q2", "night"))
Q1_H, Q2_H = 2160.0, 2184.0
TREND = 0.8
HOURS_PER_YEAR = 8766.0
BUY_PER_HOUR = 10.0 * (1.2 * 0.1 + 146.1 / 730.5) + 0.05 * 300_000.0 / HOURS_PER_YEAR
DEMAND = {
    "chat": (80.0, 20.0, 100.0, 30.0), "secret": (10.0, 4.0, 12.0, 0.0), "research": (0.7, 0.7, 0.7, 0.7),
}  # fmt: skip

INSTANCE = """
schema_version: 1
name: pair
horizon:
  periods:
    - {period: q1, start: 2027-01-01, end: 2027-04-01}
    - {period: q2, start: 2027-04-01, end: 2027-07-01}
  blocks:
    - {block: day, hours_per_day: 12}
    - {block: night, hours_per_day: 12}
regions: [us-virginia, germany-frankfurt]
candidates:
  - {model: small, precisions: [fp8, bf16]}
  - {model: Org/Large, precisions: [fp8]}
supply:
  terms: [on_demand, reserved_1y, purchase]
  purchase_regions: [us-virginia]
  nodes_max_per_offer: 6
  price_change_per_year: {H100: -0.2}
deployment: {tp_max: 8, pp_max: 2, nodes_per_replica_max: 2}
service: {utilisation_max: 0.8}
money: {terminal_use_share: 0.5}
workloads:
  - workload: chat
    origin: us-virginia
    lengths: {input_tokens_mean: 1000, output_tokens_mean: 200}
    slo: [{metric: ttft, statistic: p95, ms: 500}, {metric: tpot, statistic: p95, ms: 30}]
    models_allow: [small]
  - workload: secret
    origin: germany-frankfurt
    lengths: {input_tokens_mean: 1000, output_tokens_mean: 200}
    slo: [{metric: ttft, statistic: mean, ms: 400}]
    quality: {benchmark: MMLU-Pro, reported_by: lab, floor: 70}
    regions: {jurisdictions: [EU]}
  - workload: research
    origin: germany-frankfurt
    lengths: {input_tokens_mean: 1000, output_tokens_mean: 200}
    slo: [{metric: e2e, statistic: mean, ms: 60000}]
    models_deny: [small]
    replicas_min: 1
    regions: {allow: [us-virginia]}
tables: {supply: supply.csv, owned: owned.csv}
"""
SUPPLY_CSV = f"offer,nodes_max\n{DE_OD},1\n"
OWNED_CSV = f"owned,node_type,region,nodes,running_usd_per_hour\nold,8xA100,{VA},1,5\n"


def years(hours: float) -> float:
    """Returns the price factor after some hours."""
    return float(TREND ** (hours / HOURS_PER_YEAR))


PRICES = {
    (OD, "q1"): (80 * years(Q1_H / 2), 0.0), (OD, "q2"): (80 * years(Q1_H + Q2_H / 2), 0.0),
    (DE_OD, "q1"): (90 * years(Q1_H / 2), 0.0), (DE_OD, "q2"): (90 * years(Q1_H + Q2_H / 2), 0.0),
    (RE, "q1"): (50.0, 0.0), (RE, "q2"): (50 * years(Q1_H), 0.0),
    (OWNED, "q1"): (5.0, 0.0), (OWNED, "q2"): (5.0, 0.0),
    (BUY, "q1"): (BUY_PER_HOUR, 310_000.0), (BUY, "q2"): (BUY_PER_HOUR, 270_000 * years(Q1_H) + 40_000),
}  # fmt: skip
"""(usd per hour, upfront usd) by offer and period."""
RESIDUALS = {(BUY, "q1"): 30_000.0, (BUY, "q2"): 30_000.0 * years(Q1_H)}
"""A tenth of the price of a bought node comes back at the end of its life."""


def _option(option: str, gpus: int, nodes_per_replica: int) -> dict[str, object]:
    variant, node_type, _ = option.split("/")
    model, _, precision = variant.partition("@")
    return {
        "option": option, "variant": variant, "model": model, "precision": precision, "kv_precision": "bf16",
        "node_type": node_type, "accelerator": node_type.removeprefix("8x"), "vendor": "NVIDIA",
        "tp": min(gpus, 8), "pp": nodes_per_replica, "ep": 1, "dp": 1, "role": "aggregated", "gpus": gpus,
        "nodes_per_replica": nodes_per_replica, "weights_gib": 8.0, "kv_gib": 40.0, "max_batch": 32.0,
    }  # fmt: skip


def _rate(workload: str, option: str, rate: float, ttft_ms: float, tpot_ms: float) -> dict[str, object]:
    return {
        "workload": workload, "option": option, "requests_per_s": rate, "ttft_ms": ttft_ms, "tpot_ms": tpot_ms,
        "e2e_ms": ttft_ms + 200 * tpot_ms, "batch": 32.0, "network_ms_max": 150.0, "bound": "tpot", "source": "modelled",
    }  # fmt: skip


def _offer(offer: str, node_type: str, region: str, kind: str, term: int = 0, lead: int = 0) -> dict[str, object]:
    provider = {"owned": "owned", "purchase": "purchase"}.get(kind, "aws")
    return {
        "offer": offer, "node_type": node_type, "accelerator": node_type.removeprefix("8x"), "accelerators": 8,
        "region": region, "provider": provider, "vendor": "NVIDIA", "kind": kind, "term_periods": term,
        "lead_time_periods": lead, "source": "estimate" if kind == "reserved" else "list_price", "source_note": "list",
    }  # fmt: skip


@cache
def coefficients() -> Coefficients:
    """Returns the coefficient tables of the world."""
    options = [_option(SMALL, 1, 1), _option(OLD, 2, 1), _option(LARGE, 16, 2)]
    offers = [
        _offer(OD, "8xH100", VA, "on_demand"), _offer(RE, "8xH100", VA, "reserved", term=4),
        _offer(DE_OD, "8xH100", DE, "on_demand"), _offer(OWNED, "8xA100", VA, "owned"),
        _offer(BUY, "8xH100", VA, "purchase", term=16, lead=1),
    ]  # fmt: skip
    caps = {DE_OD: 1, OWNED: 1}
    tables: dict[str, list[dict[str, object]]] = {
        "options": options,
        "rates": [
            _rate("chat", SMALL, 5.0, 200.0, 20.0), _rate("chat", OLD, 2.0, 300.0, 22.0),
            _rate("secret", SMALL, 4.0, 200.0, 20.0), _rate("research", LARGE, 1.0, 400.0, 40.0),
        ],
        "offers": offers,
        "prices": [
            {
                "offer": offer, "period": period, "scenario": "expected", "usd_per_hour": hourly, "upfront_usd": upfront,
                "residual_usd": RESIDUALS.get((offer, period), 0.0),
                "source": "estimate" if offer == RE else "list_price",
            }
            for (offer, period), (hourly, upfront) in PRICES.items()
        ],
        "supply": [
            {"offer": o["offer"], "period": p, "nodes_max": caps.get(str(o["offer"]), 6)} for o in offers for p in ("q1", "q2")
        ],
        "sites": [
            {"option": o["option"], "offer": f["offer"]} for o in options for f in offers if o["node_type"] == f["node_type"]
        ],
        "scores": [{"variant": "small@fp8", "benchmark": "MMLU-Pro (lab)", "score": 75.0, "source": "measured"}],
        "paths": [
            {"workload": w, "region": r, "network_ms": ms, "is_allowed": ok, "egress_usd_per_request": usd}
            for w, r, ms, ok, usd in (
                ("chat", VA, 8.0, True, 0.0), ("chat", DE, 100.0, True, 0.001), ("secret", VA, 100.0, False, 0.001),
                ("secret", DE, 8.0, True, 0.0), ("research", VA, 100.0, True, 0.001), ("research", DE, 8.0, False, 0.0),
            )
        ],
        "demand": [
            {"workload": w, "period": t, "block": b, "scenario": "expected", "requests_per_s": rate}
            for w, rates in DEMAND.items() for (t, b), rate in zip(SLOTS, rates, strict=True)
        ],
        "periods": [{"period": "q1", "position": 0, "hours": Q1_H}, {"period": "q2", "position": 1, "hours": Q2_H}],
        "blocks": [{"period": t, "block": b, "hours": (Q1_H if t == "q1" else Q2_H) / 2} for t, b in SLOTS],
        "pools": [
            {"workload": w, "pool": w, "replicas_min": least} for w, least in (("chat", 0), ("secret", 0), ("research", 1))
        ],
        "machines": [{"node_type": "8xH100", "power_kw": 10.0}, {"node_type": "8xA100", "power_kw": 6.5}],
        "grid": [
            {"region": VA, "pue": 1.2, "grid_kg_co2_per_kwh": 0.4}, {"region": DE, "pue": 1.3, "grid_kg_co2_per_kwh": 0.3},
        ],
        "limits": [
            {"limit": "utilisation_max", "kind": "service", "scope": "", "value": 0.8, "unit": "share"},
            {"limit": "terminal_use_share", "kind": "money", "scope": "", "value": 0.5, "unit": "share"},
        ],
    }  # fmt: skip
    return checked_coefficients({name: pd.DataFrame(rows) for name, rows in tables.items()})


def catalog_rows() -> dict[str, pd.DataFrame]:
    """Returns the catalog rows that the world's prices and regions rest on."""
    return {
        "offers": pd.DataFrame([(OD, 80.0), (RE, 50.0), (DE_OD, 90.0)], columns=["offer", "usd_per_hour"]),
        "regions": pd.DataFrame(
            [(VA, "US", 1.2, 0.1, 0.4), (DE, "EU", 1.3, 0.2, 0.3)],
            columns=["region", "jurisdiction", "pue", "electricity_usd_per_kwh", "grid_kg_co2_per_kwh"],
        ),
        "node_types": pd.DataFrame([("8xH100", 10.0), ("8xA100", 6.5)], columns=["node_type", "power_kw"]),
        "purchases": pd.DataFrame(
            [("8xH100", 300_000.0, 40_000.0, 0.1, 0.05)],
            columns=["node_type", "capex_usd", "network_capex_usd", "residual_share", "maintenance_share_per_year"],
        ),
        "colocation": pd.DataFrame([(VA, 146.1)], columns=["region", "usd_per_kw_month"]),
        "aliases": pd.DataFrame([("model", "Org/Large", "large")], columns=["kind", "alias", "name"]),
    }


def instance(folder: Path) -> Instance:
    """Writes the instance of the world into a folder and returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"{w},{t},{b},{rate}" for w, rates in DEMAND.items() for (t, b), rate in zip(SLOTS, rates, strict=True)]
    texts = {
        "instance.yaml": INSTANCE, "supply.csv": SUPPLY_CSV, "owned.csv": OWNED_CSV,
        "demand.csv": "\n".join(["workload,period,block,requests_per_s", *rows, ""]),
    }  # fmt: skip
    for name, text in texts.items():
        (folder / name).write_text(text)
    return load_instance(folder)


DEPLOYMENTS = [
    ("chat", SMALL, VA, "q1", "day", 19), ("chat", OLD, VA, "q1", "day", 4), ("chat", SMALL, VA, "q1", "night", 5),
    ("chat", SMALL, VA, "q2", "day", 24), ("chat", OLD, VA, "q2", "day", 4), ("chat", SMALL, VA, "q2", "night", 8),
    ("secret", SMALL, DE, "q1", "day", 4), ("secret", SMALL, DE, "q1", "night", 2), ("secret", SMALL, DE, "q2", "day", 4),
    *(("research", LARGE, f"{VA}/aws", t, b, 1) for t, b in SLOTS),
]  # fmt: skip
TRAFFIC = [
    ("chat", SMALL, VA, "q1", "day", 73.6), ("chat", OLD, VA, "q1", "day", 6.4), ("chat", SMALL, VA, "q1", "night", 20.0),
    ("chat", SMALL, VA, "q2", "day", 93.6), ("chat", OLD, VA, "q2", "day", 6.4), ("chat", SMALL, VA, "q2", "night", 30.0),
    ("secret", SMALL, DE, "q1", "day", 10.0), ("secret", SMALL, DE, "q1", "night", 4.0), ("secret", SMALL, DE, "q2", "day", 12.0),
    *(("research", LARGE, f"{VA}/aws", t, b, 0.7) for t, b in SLOTS),
]  # fmt: skip
RENTALS = [
    (OD, "q1", "day", 2), (OD, "q2", "day", 1), (OWNED, "q1", "day", 1), (OWNED, "q2", "day", 1),
    (DE_OD, "q1", "day", 1), (DE_OD, "q1", "night", 1), (DE_OD, "q2", "day", 1),
]  # fmt: skip
ORDERS = [(RE, "q1", 3), (BUY, "q1", 1)]
"""Three nodes reserved for four quarters; one bought, there from q2 for sixteen quarters."""


@cache
def tables() -> PlanTables:
    """Returns the tables of the plan made by hand."""
    site = ["option", "place", "period", "block"]
    return plan_tables(
        coefficients(),
        pd.DataFrame(DEPLOYMENTS, columns=["pool", *site, "replicas"]),
        pd.DataFrame(TRAFFIC, columns=["workload", *site, "requests_per_s"]),
        pd.DataFrame(RENTALS, columns=["offer", "period", "block", "nodes"]),
        pd.DataFrame(ORDERS, columns=["offer", "period", "nodes"]),
    )


def plan(bound_share: float = 0.995) -> Plan:
    """Returns the plan made by hand, with a bound at a share of its cost."""
    made = tables()
    bound_usd = made.total_usd * bound_share
    facts = PlanFacts(
        name="pair", status="optimal", objective_usd=made.total_usd, bound_usd=bound_usd,
        gap=gap_of(made.total_usd, bound_usd), gap_asked=0.01, wall_s=1.5, solver="highs", solver_version="1",
        method="monolith", seed=0, limit="none", provenance=provenance({"time_limit_s": 300.0}),
        assumptions=(Assumption("estimated prices", RE, "rule", 1000.0),),
    )  # fmt: skip
    return Plan(made, facts)


def write_world(folder: Path, **facts: object) -> Path:
    """Writes the plan made by hand to folder/plan and returns that folder; `facts` replace facts of the plan."""
    made = plan()
    inputs = PlanInputs(coefficients(), instance(folder / "instance"), catalog_rows(), {"solver.log": "quiet\n"})
    changed = replace(made.facts, **facts)  # type: ignore[arg-type]
    write_plan(Plan(made.tables, changed), folder / "plan", inputs)
    return folder / "plan"
