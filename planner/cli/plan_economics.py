"""`planner economics PLAN`: what a plan's tokens, requests and energy cost, and how well it uses what it pays for."""

from pathlib import Path

import pandas as pd

from planner.cli.output import Format, print_frame, print_json, print_lines
from planner.economics.pictures import check_suffix, write_picture
from planner.economics.unit_cost_picture import unit_cost_picture
from planner.economics.unit_costs import UnitCosts, plan_unit_costs

PRICES = ["usd_per_mtok_input", "usd_per_mtok_cached", "usd_per_mtok_output", "usd_per_request"]
SHORT = {
    "mtok_input": "Mtok in", "mtok_cached": "Mtok cached", "mtok_output": "Mtok out", "usd_per_mtok_input": "usd/Mtok in",
    "usd_per_mtok_cached": "usd/Mtok cached", "usd_per_mtok_output": "usd/Mtok out", "usd_per_request": "usd/request",
}  # fmt: skip


def run_plan_economics(folder: Path, plot: Path | None, output: Format) -> None:
    """Prints unit costs by workload, model, accelerator and period, utilisation and energy; draws them where asked."""
    if plot is not None:
        check_suffix(plot)
    found = plan_unit_costs(folder)
    if plot is not None:
        write_picture(unit_cost_picture(found), plot)
    if output is Format.JSON:
        print_json(found.record())
        return
    _print(found)
    print_lines([f"wrote {plot}"] if plot is not None else [])


def _print(found: UnitCosts) -> None:
    shown = ["usd", "mtok_input", "mtok_cached", "mtok_output", *PRICES]
    for name in ("workload", "model", "accelerator", "period"):
        frame = found.by([name]).replace({name: {"": "none"}}).sort_values(name, kind="stable")
        _titled(frame[[name, *shown]].rename(columns=SHORT), f"unit costs by {name}")
    _titled(found.use, "accelerator-hours paid for, in replicas, busy")
    _titled(found.energy, "energy (full power of every node that is there) and carbon (location-based)")
    print_lines([
        f"{found.name}: {found.objective_usd:,.2f} usd in all, the sum of every table; prices leave out what nobody uses:"
        f" spread over all it makes each {found.idle_factor:.3f} times as high",
        f"tokens are charged by {found.rule} (docs/unit_costs.md says how)",
    ])  # fmt: skip


def _titled(frame: pd.DataFrame, title: str) -> None:
    print_frame(frame, f"\n{title}", rows_max=len(frame))
