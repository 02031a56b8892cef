"""Everything a report says, as frames: read from a plan's folder, audited afresh, no rendering."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from planner.economics.unit_costs import UnitCosts, plan_unit_costs
from planner.inputs.instance import Instance
from planner.options.coefficients import Coefficients
from planner.plan.allocation import FLEET, IDLE, allocate, by_period, cost_by_price_source, cost_by_rate_source
from planner.plan.audit import AuditReport, audit_plan
from planner.plan.bindings import bindings
from planner.plan.files import read_plan, read_plan_inputs
from planner.plan.length_classes import spoken
from planner.plan.plan import Plan, PlanTables
from planner.plan.workload_costs import workload_costs
from planner.reports import fleet, money, service, sources
from planner.reports.answered import answered
from planner.reports.carbon import carbon
from planner.reports.explained import explained
from planner.reports.futures import futures
from planner.reports.limits import limits

LOG_FILE = "solver.log"
LOG_LINES_MAX = 60
BY_REQUEST = {
    "egress": "network", "api": "tokens bought", "api_discount": "discounts on tokens",
    "unserved": "turned away", "switching": "node starts", "migration": "replica starts",
    "discounting": "present value",
}  # fmt: skip
"""What the money is for that is spent on no accelerator, by its cost term."""


@dataclass(frozen=True, eq=False)
class ReportFacts:
    """The frames of a report; each is documented at the function that makes it."""

    plan: Plan
    instance: Instance
    coefficients: Coefficients
    audit: AuditReport
    periods: tuple[str, ...]
    fleet: pd.DataFrame
    fleet_wide: pd.DataFrame
    accelerators: dict[str, int]
    orders: pd.DataFrame
    rentals: pd.DataFrame
    load: pd.DataFrame
    demand: pd.DataFrame
    routes: pd.DataFrame
    promises: pd.DataFrame
    unit_costs: pd.DataFrame
    tokens: UnitCosts
    """What tokens cost, how the accelerators paid for are used, energy and carbon."""
    terms: pd.DataFrame
    cash: pd.DataFrame
    ledger: pd.DataFrame
    spending: pd.DataFrame
    """workload (or idle), accelerator (or what is paid by request), usd; its sum is the objective."""
    use_shares: pd.DataFrame
    price_range: pd.DataFrame
    prices: pd.DataFrame
    price_sources: pd.DataFrame
    rate_sources: pd.DataFrame
    binding: pd.DataFrame
    log_tail: str
    """Last lines of the solver's log; empty where the plan has none."""
    why: dict[str, Any] | None
    """What `planner explain` left beside the plan; None where it has not been run."""
    answered: dict[str, Any] | None
    """Who answers, where replicas do not answer all; this and the next are None where the plan has no use of them."""
    futures: dict[str, Any] | None
    carbon: dict[str, Any] | None
    limits: dict[str, Any] | None

    @property
    def estimates(self) -> pd.DataFrame:
        """The prices used that are estimates."""
        return self.prices[self.prices["source"] == money.ESTIMATE].reset_index(drop=True)


def report_facts(folder: Path) -> ReportFacts:
    """Returns the facts of the plan in a folder; raises InputError where the plan cannot be read."""
    plan, given = read_plan(folder), read_plan_inputs(folder)
    tables, coefficients, instance = plan.tables, given.coefficients, given.instance
    allocation = allocate(tables, coefficients)
    offers = given.catalog.get("offers", pd.DataFrame(columns=["offer"]))
    there = fleet.fleet(tables, coefficients)
    found = service.routes(tables, coefficients)
    return ReportFacts(
        plan=plan,
        instance=instance,
        coefficients=coefficients,
        audit=audit_plan(folder),
        periods=tuple(fleet.period_names(coefficients)),
        fleet=there,
        fleet_wide=fleet.fleet_by_period(there, coefficients),
        accelerators=fleet.accelerators_by_period(tables, coefficients),
        orders=fleet.orders(tables, coefficients),
        rentals=fleet.rentals(tables, coefficients),
        load=fleet.load_by_region(tables, coefficients),
        demand=service.demand_capacity(tables, coefficients),
        routes=found,
        promises=service.promises_kept(found, instance, coefficients),
        unit_costs=workload_costs(allocation, tables, coefficients, instance),
        tokens=plan_unit_costs(folder),
        terms=money.by_term(tables),
        cash=by_period(tables, coefficients),
        ledger=money.ledger_by_period(tables, coefficients),
        spending=spending(allocation, tables, coefficients),
        use_shares=money.use_share_cases(tables, coefficients),
        price_range=money.price_range(tables, coefficients, offers),
        prices=sources.prices_used(tables, coefficients, offers),
        price_sources=cost_by_price_source(tables, coefficients),
        rate_sources=cost_by_rate_source(allocation, coefficients),
        binding=bindings(tables, coefficients),
        log_tail=_log_tail(folder / LOG_FILE),
        why=explained(folder),
        answered=answered(tables, coefficients),
        futures=futures(tables, coefficients),
        carbon=carbon(tables, coefficients),
        limits=limits(tables, coefficients),
    )


def spending(allocation: pd.DataFrame, tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns workload, accelerator (or what is paid by request) and usd: who the money is spent on, and on what.

    The heaviest workload comes first. `allocation`: `allocate`'s.
    """
    kinds = coefficients.offers.set_index("offer")["accelerator"]
    nodes = allocation.assign(accelerator=allocation["offer"].map(kinds)).dropna(subset=["accelerator"])
    direct = tables.ledger[(tables.ledger["offer"] == "") | (tables.ledger["workload"] != "")]
    direct = direct.assign(
        workload=direct["workload"].where(direct["workload"] != "", FLEET), accelerator=direct["term"].map(BY_REQUEST)
    )
    rows = spoken(pd.concat([nodes, direct], ignore_index=True), coefficients)
    summed = rows.groupby(["workload", "accelerator"], as_index=False)[["usd"]].sum()
    weight = summed.groupby("workload")["usd"].transform("sum").where(summed["workload"] != IDLE, float("-inf"))
    ranked = summed.assign(weight=weight).sort_values(["weight", "workload", "usd"], ascending=[False, True, False])
    return ranked.drop(columns="weight").reset_index(drop=True)


def _log_tail(path: Path) -> str:
    if not path.is_file():
        return ""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES_MAX:])
