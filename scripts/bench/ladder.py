"""Writes a benchmark instance: S to XL on the real catalogs, at low, mid or high volume, the same for the same seed.

usage: python scripts/bench/ladder.py --size S|M|L|XL --volume low|mid|high --seed N --out INSTANCE [--no-budget]

Half of the services may be served in any region, the others only at home; traffic swings over the day and grows. Volume
is set so that the LP relaxation has the wanted mean of nodes per region and block. Supply is cut where the relaxation uses
most, so that caps have a price in it; the budget is a little less cash than the relaxation would pay without one. An
ordinary instance folder comes out; `planner solve` takes it like any other.
"""

import argparse
import itertools
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from ladder_portfolio import NODE_TYPES, REGIONS, Portfolio, candidates, draw_portfolio  # noqa: E402
from ladder_relaxation import Answer, Relaxation  # noqa: E402

from planner import pipeline  # noqa: E402

LENGTHS = ROOT / "instances" / "quarterly_portfolio"
"""Shipped histograms and their sources (README.md there)."""


@dataclass(frozen=True)
class Rung:
    """Size of an instance."""

    workloads: int
    models: int
    regions: int
    periods: int
    blocks: tuple[tuple[str, float], ...]
    caps: int
    """Node types in a region whose supply is cut."""


RUNGS = {
    "S": Rung(8, 10, 1, 1, (("day", 24.0),), 1),
    "M": Rung(20, 10, 2, 4, (("day", 14.0), ("night", 10.0)), 3),
    "L": Rung(60, 20, 4, 8, (("peak", 6.0), ("shoulder", 10.0), ("night", 8.0)), 6),
    "XL": Rung(300, 40, 8, 8, (("peak", 5.0), ("day", 7.0), ("evening", 5.0), ("night", 7.0)), 12),
}
NODES_MEAN = {"low": 1.8, "mid": 22.0, "high": 220.0}
"""Mean nodes per region and block in the relaxation; whole nodes and replicas come on top."""
NODES_MAX = {"low": 16, "mid": 128, "high": 2048}
"""Supply of every offer that is not cut."""
CAP_SHARE = 0.6
"""All offers of a cut node type in a region together keep this share of the nodes that the relaxation would use."""
TERMS_DEALT = ("reserved_3y", "on_demand", "reserved_1y")
BUDGET_SHARE = 0.99
"""Budget over the cash of the relaxation without a budget: it has a price. Whole nodes cost more than that in the objective's
best mix, but three-year terms, which the objective shuns, cost far less cash inside the horizon: a plan remains."""
CUTS_MAX = 24
AWAY_SHARE_MIN = 0.15
"""Least share of roaming traffic that leaves its home region in the relaxation."""
BUSY_RATIO = 1.4
"""Cutting goes on while the busiest region's peak is over this multiple of the mean peak."""
YEAR = 2027


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=tuple(RUNGS), required=True)
    parser.add_argument("--volume", choices=tuple(NODES_MEAN), required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--no-budget", action="store_true", help="leave the budget out")
    args = parser.parse_args()
    began = time.monotonic()
    if args.out.exists() and any(args.out.iterdir()):
        parser.error(f"--out {args.out}: a folder that is new or empty")
    generate(args.size, args.volume, args.seed, args.out, not args.no_budget)
    print(f"{args.out}: {args.size} {args.volume}, seed {args.seed}, {time.monotonic() - began:.1f} s")


def generate(size: str, volume: str, seed: int, out: Path, has_budget: bool = True) -> None:
    """Writes the instance folder."""
    rung = RUNGS[size]
    portfolio = draw_portfolio(seed, rung.workloads, rung.regions, rung.periods, len(rung.blocks))
    settings = _settings(size, volume, seed, portfolio)
    _write(out, settings, portfolio, 1.0, {})
    relaxation = Relaxation(pipeline.prepare_instance(*pipeline.read(out)).coefficients)
    scale = _scale(relaxation, NODES_MEAN[volume])
    caps = _caps(relaxation, scale, {w["workload"]: w["origin"] for w in portfolio.workloads}, rung.caps)
    if has_budget:
        budget_usd = float(f"{BUDGET_SHARE * relaxation.solve(scale, caps).cash_usd:.5g}")
        settings["limits"] = [{"limit": "cash", "kind": "budget_usd", "value": budget_usd}]
    _write(out, settings, portfolio, scale, caps)


def _scale(relaxation: Relaxation, nodes_mean: float) -> float:
    """Returns the factor on demand at which the relaxation has the wanted mean of nodes per region and slot."""
    answer = relaxation.solve()
    return nodes_mean / mean_nodes(answer)


def mean_nodes(answer: Answer) -> float:
    """Returns the mean over regions and slots of the nodes used."""
    return float(answer.nodes.groupby(["region", "period", "block"])["nodes"].sum().mean())


def _caps(relaxation: Relaxation, scale: float, origins: dict[str, str], count: int) -> dict[str, int]:
    """Returns supply caps by offer: again and again the most used node type of a region is cut to CAP_SHARE of its nodes.

    That is done in every region whose peak is over BUSY_RATIO; or, where peaks are even and little roaming traffic leaves
    home, in the one that keeps most of it. Ends after `count` cuts, later while either still asks for one.
    """
    caps: dict[str, int] = {}
    offers = relaxation.coefficients.offers
    cuts = 0
    while cuts < CUTS_MAX:
        answer = relaxation.solve(scale, caps)
        peaks = answer.nodes.groupby(["region", "period", "block"])["nodes"].sum().groupby("region").max()
        chosen = [str(region) for region in peaks.index[peaks > BUSY_RATIO * peaks.mean()]]
        if not chosen:
            away, kept = roaming(answer, origins)
            if kept is not None and away < AWAY_SHARE_MIN:
                chosen = [kept]
            elif cuts < count:
                chosen = [str(peaks.idxmax())]
            else:
                break
        for region in chosen:
            most = answer.nodes[answer.nodes["region"] == region].groupby("node_type")["nodes"].max()
            there = offers[(offers["node_type"] == most.idxmax()) & (offers["region"] == region)]
            caps |= _shared(there["offer"].tolist(), max(1, round(CAP_SHARE * most.max())))
        cuts += len(chosen)
    return caps


def roaming(answer: Answer, origins: dict[str, str]) -> tuple[float, str | None]:
    """Returns the share of roaming traffic served away from home, and the region that keeps most at home (None: no roaming)."""
    shares = answer.shares.assign(home=answer.shares["workload"].map(origins))
    moves = shares.groupby("workload")["region"].transform("nunique") > 1
    at_home = shares[moves & (shares["home"] == shares["region"])].groupby("region")["requests_per_s"].sum()
    total = float(shares.loc[moves, "requests_per_s"].sum())
    return (1 - float(at_home.sum()) / total, str(at_home.idxmax())) if total else (0.0, None)


def _shared(offers: list[str], nodes: int) -> dict[str, int]:
    """Returns `nodes` dealt out to offers one by one: three years first, then on demand, then one year."""
    turn = sorted(offers, key=lambda offer: (TERMS_DEALT.index(offer.rsplit("/", 1)[1]), offer))
    return {offer: nodes // len(turn) + (position < nodes % len(turn)) for position, offer in enumerate(turn)}


def _settings(size: str, volume: str, seed: int, portfolio: Portfolio) -> dict[str, Any]:
    rung = RUNGS[size]
    return {
        "schema_version": 1,
        "name": f"ladder-{size}-{volume}-{seed}",
        "story": f"Benchmark rung {size} at {volume} volume, seed {seed}, written by scripts/bench/ladder.py.\n",
        "horizon": {"periods": _quarters(rung.periods), "blocks": [{"block": b, "hours_per_day": h} for b, h in rung.blocks]},
        "regions": list(REGIONS[: rung.regions]),
        "candidates": candidates(rung.models),
        "quality": {"reported_by": "LMArena"},
        "supply": {
            "providers": ["aws", "azure", "gcp"],
            "node_types": list(NODE_TYPES), "terms": ["on_demand", "reserved_1y", "reserved_3y"],
            "nodes_max_per_offer": NODES_MAX[volume], "price_change_per_year": {"default": -0.20},
        },
        "money": {"terminal_use_share": 0.0, "egress_usd_per_gb": 0.08},
        "service": {"utilisation_max": 0.7},
        "workloads": list(portfolio.workloads),
        "pools": list(portfolio.pools),
        "tables": {"demand": "demand.csv", "supply": "supply.csv"},
    }  # fmt: skip


def _quarters(count: int) -> list[dict[str, Any]]:
    starts = [f"{YEAR + k // 4}-{3 * (k % 4) + 1:02d}-01" for k in range(count + 1)]
    return [{"period": f"{s[:4]}Q{(int(s[5:7]) + 2) // 3}", "start": s, "end": e} for s, e in itertools.pairwise(starts)]


def _write(out: Path, settings: dict[str, Any], portfolio: Portfolio, scale: float, caps: dict[str, int]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name in portfolio.files:
        shutil.copyfile(LENGTHS / name, out / name)
    text = yaml.safe_dump(settings, sort_keys=False, width=130)
    (out / "instance.yaml").write_text(text, encoding="utf-8")
    periods = [p["period"] for p in settings["horizon"]["periods"]]
    blocks = [b["block"] for b in settings["horizon"]["blocks"]]
    rows = [(w, periods[t], blocks[b], f"{rate * scale:.4g}") for (w, t, b), rate in portfolio.load.items()]
    pd.DataFrame(rows, columns=["workload", "period", "block", "requests_per_s"]).to_csv(out / "demand.csv", index=False)
    pd.DataFrame(sorted(caps.items()), columns=["offer", "nodes_max"]).to_csv(out / "supply.csv", index=False)


if __name__ == "__main__":
    main()
