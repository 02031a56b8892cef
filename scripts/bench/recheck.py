"""Proves the bounds of plans again and writes a table: how much of each, by what, how soon.

usage: python scripts/bench/recheck.py PLAN... [--seconds 300] [--threads N] [--format markdown|csv]

Every row is `planner audit PLAN --deep` in a process of its own, one after another: the other engine, on a statement of the
program that shares no code with the one that was solved. Columns: gap (%) and bound (usd) of the plan, the share of the bound
that is proved again (%), by what, seconds, and the share that the stored prices prove by themselves (%). Exit 1 where a bound is
false, the certifier contradicts itself or a plan fails its audit.
"""

import argparse
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from run_ladder import write  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plans", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--format", choices=("markdown", "csv"), default="markdown")
    args = parser.parse_args()
    rows = []
    for plan in args.plans:
        print(f"{plan.name} ...", file=sys.stderr)
        rows.append(row(plan, args.seconds, args.threads))
    write(rows, args.format)
    return int(any(found["by"].startswith("FAILED") for found in rows))


def row(plan: Path, seconds: float, threads: int | None) -> dict[str, Any]:
    """Returns the row of one plan."""
    command = [sys.executable, "-m", "planner", "audit", str(plan.resolve()), "--deep", "--format", "json"]
    command += ["--time-limit", str(seconds)]
    command += ["--threads", str(threads)] if threads else []
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, cwd=ROOT)
    try:
        deep = json.loads(done.stdout)["deep"]
    except (json.JSONDecodeError, KeyError):
        deep = None
    if done.returncode != 0 or deep is None:
        return {"plan": plan.name, "by": f"FAILED (exit {done.returncode})"}
    facts = json.loads((plan / "plan.json").read_text(encoding="utf-8"))
    return {"plan": plan.name, "gap_pct": _percent(facts["gap"]), **told(deep)}


def told(deep: dict[str, Any]) -> dict[str, Any]:
    """Returns what the certifier's record says."""
    claimed, at_prices = deep["claimed_usd"], deep["at_prices"]
    share = None if not claimed or deep["reproved_usd"] is None else min(1.0, deep["reproved_usd"] / claimed)
    by = deep["kind"] + (f", {deep['whole']} whole" if deep["kind"] == "tree" else "")
    return {
        "bound_usd": None if claimed is None else round(claimed),
        "again_pct": 100.0 if deep["is_reproved"] else _floor(share), "by": by, "wall_s": round(deep["wall_s"], 1),
        "prices_pct": _floor(at_prices["usd"] / claimed) if claimed and at_prices else None,
    }  # fmt: skip


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 3)


def _floor(share: float | None) -> float | None:
    """Returns a share in percent, rounded down: less than the whole never shows as the whole."""
    return None if share is None or not math.isfinite(share) else math.floor(1e4 * share) / 100


if __name__ == "__main__":
    sys.exit(main())
