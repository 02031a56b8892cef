"""Confirms that a ladder instance is as hard as it says: prints each condition with its figure, pass or fail.

usage: python scripts/bench/ladder_check.py INSTANCE [--seconds 60] [--method auto] [--textbook]

After pruning: workload x option x region triples and accelerators; in the relaxation: a supply cap and the budget have a
price, roaming traffic leaves home; in the best plan that `--method` finds in `--seconds`: nodes per region and block in the
volume's range. With --textbook (M and L, low): `textbook` holds a gap over 5 % after 60 s. Exit code 1 where one fails.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from ladder import roaming  # noqa: E402
from ladder_relaxation import Relaxation  # noqa: E402

from planner import pipeline  # noqa: E402
from planner.methods import MethodSettings, solve_program  # noqa: E402
from planner.options.coefficients import Coefficients  # noqa: E402
from planner.plan.assemble import plan_tables  # noqa: E402
from planner.program.groups import Groups  # noqa: E402

TRIPLES_MIN = {"S": 40, "M": 400, "L": 1500, "XL": 1500}
NODES = {"low": (1, 5), "mid": (10, 50), "high": (101, 10**9)}
ACCELERATORS_MIN, AWAY_MIN, TEXTBOOK_GAP, TEXTBOOK_S = 6, 0.10, 0.05, 60.0

Line = tuple[str, bool, str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("instance", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0, help="for the plan whose nodes are counted; 0: no plan")
    parser.add_argument("--method", default="auto")
    parser.add_argument("--textbook", action="store_true", help="run the named baseline too")
    args = parser.parse_args()
    instance, catalog = pipeline.read(args.instance)
    _, size, volume, _ = instance.name.split("-")
    coefficients = pipeline.prepare_instance(instance, catalog).coefficients
    groups = Groups(coefficients)
    origins = {w.workload: w.origin for w in instance.settings.workloads}
    lines = [*pruned(groups, size), *relaxed(coefficients, origins)]
    if args.seconds:
        lines += planned(groups, NODES[volume], args.method, args.seconds)
    if args.textbook:
        lines += baseline(groups)
    for what, is_met, figure in lines:
        print(f"{'pass' if is_met else 'FAIL'}  {what}: {figure}")
    return 0 if all(is_met for _, is_met, _ in lines) else 1


def pruned(groups: Groups, size: str) -> list[Line]:
    """Returns what is left after pruning."""
    triples = {(route[0], route[1], groups.region_of[route[2]]) for route in groups.routes}
    accelerators = {groups.options[option]["accelerator"] for _, option, _ in triples}
    least = TRIPLES_MIN[size]
    return [
        (f"workload x option x region triples, at least {least}", len(triples) >= least, f"{len(triples)}"),
        (f"accelerators, at least {ACCELERATORS_MIN}", len(accelerators) >= ACCELERATORS_MIN, f"{len(accelerators)}"),
    ]


def relaxed(coefficients: Coefficients, origins: dict[str, str]) -> list[Line]:
    """Returns what binds in the relaxation."""
    budgets = coefficients.limits_of("budget_usd")
    budget_usd = float(budgets[0]["value"]) if budgets else None
    answer = Relaxation(coefficients).solve(budget_usd=budget_usd)
    dearest = max(answer.cap_price_usd, key=lambda offer: answer.cap_price_usd[offer], default="none")
    price = answer.cap_price_usd.get(dearest, 0.0)
    spent = "no budget" if budget_usd is None else f"{answer.budget_price:.4f} usd a usd ({answer.cash_usd:,.0f} usd)"
    lines = [
        ("a supply cap has a price in the relaxation", price > 1.0, f"{price:,.0f} usd a node of {dearest}"),
        ("the budget has a price in the relaxation", answer.budget_price > 1e-6, spent),
    ]
    away, kept = roaming(answer, origins)
    if kept is not None:
        lines.append((f"roaming traffic leaves home, at least {AWAY_MIN:.0%}", away >= AWAY_MIN, f"{away:.1%} in the relaxation"))
    return lines


def planned(groups: Groups, wanted: tuple[int, int], method: str, seconds: float) -> list[Line]:
    """Returns whether the best plan found has its nodes per region and block in the volume's range."""
    result = solve_program(groups, MethodSettings(relative_gap=1e-4, time_limit_s=seconds), method)
    least, most = wanted
    what = f"nodes per region and block in the best plan, {least} to {most}" if most < 10**9 else f"nodes, at least {least}"
    if result.decision is None:
        return [(what, False, f"no plan in {seconds:g} s ({result.status})")]
    d = result.decision
    tables = plan_tables(groups.coefficients, d.deployments, d.traffic, d.rentals, d.orders)
    nodes = tables.nodes.merge(groups.coefficients.offers[["offer", "region"]], on="offer")
    counts: pd.Series = nodes.groupby(["region", "period", "block"])["nodes"].sum()
    gap = f"{1 - (result.bound_usd or 0.0) / tables.total_usd:.2%}"
    figure = (
        f"{counts.min()} to {counts.max()}, mean {counts.mean():.1f} ({tables.total_usd:,.0f} usd, gap {gap}, {result.method})"
    )
    return [(what, bool(counts.min() >= least and counts.max() <= most), figure)]


def baseline(groups: Groups) -> list[Line]:
    """Returns whether the named baseline is still far off after a minute."""
    result = solve_program(groups, MethodSettings(relative_gap=1e-4, time_limit_s=TEXTBOOK_S), "textbook")
    what = f"textbook holds a gap over {TEXTBOOK_GAP:.0%} after {TEXTBOOK_S:g} s"
    if result.objective_usd is None or result.bound_usd is None:
        return [(what, True, f"no plan or no bound ({result.status})")]
    gap = 1 - result.bound_usd / result.objective_usd
    return [(what, gap > TEXTBOOK_GAP, f"{gap:.1%} ({result.objective_usd:,.0f} usd, bound {result.bound_usd:,.0f} usd)")]


if __name__ == "__main__":
    sys.exit(main())
