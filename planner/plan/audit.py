"""The independent judge: every rule and every cost of a plan recomputed from its folder alone.

It shares no code with the program that made the plan: each check states its rule again, on tables.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.plan.audit_input import AuditInput, read_audit_input
from planner.plan.checks.accelerator_share import accelerator_share
from planner.plan.checks.api import api
from planner.plan.checks.api_cap import api_cap
from planner.plan.checks.api_discount import api_discount
from planner.plan.checks.api_tiers import api_tiers
from planner.plan.checks.budget import budget
from planner.plan.checks.candidates import candidates
from planner.plan.checks.capacity import capacity
from planner.plan.checks.carbon_cap import carbon_cap
from planner.plan.checks.carbon_price import carbon_price
from planner.plan.checks.cascade import cascade
from planner.plan.checks.commitment import commitment
from planner.plan.checks.commitment_charge import commitment_charge
from planner.plan.checks.cover import cover
from planner.plan.checks.demand import demand
from planner.plan.checks.demand_as_given import demand_as_given
from planner.plan.checks.digests import digests
from planner.plan.checks.disaggregation import disaggregation
from planner.plan.checks.discounting import discounting
from planner.plan.checks.egress import egress
from planner.plan.checks.eligibility import eligibility
from planner.plan.checks.fabric import fabric
from planner.plan.checks.goal import goal
from planner.plan.checks.goal_as_given import goal_as_given
from planner.plan.checks.indivisible import indivisible
from planner.plan.checks.integrality import integrality
from planner.plan.checks.interruptible import interruptible
from planner.plan.checks.length_classes import length_classes
from planner.plan.checks.live_instance import live_instance
from planner.plan.checks.mean_quality import mean_quality
from planner.plan.checks.migration import migration
from planner.plan.checks.minimum_replicas import minimum_replicas
from planner.plan.checks.model_cap import model_cap
from planner.plan.checks.node_starts import node_starts
from planner.plan.checks.objective import objective
from planner.plan.checks.option_cap import option_cap
from planner.plan.checks.orders_min import orders_min
from planner.plan.checks.placement import placement
from planner.plan.checks.pooled_headroom import pooled_headroom
from planner.plan.checks.power import power
from planner.plan.checks.power_as_listed import power_as_listed
from planner.plan.checks.price_tiers import price_tiers
from planner.plan.checks.prices_as_listed import prices_as_listed
from planner.plan.checks.priority import priority
from planner.plan.checks.provider_share import provider_share
from planner.plan.checks.quality import quality
from planner.plan.checks.quota import quota
from planner.plan.checks.readable import readable
from planner.plan.checks.references import references
from planner.plan.checks.region_loss import region_loss
from planner.plan.checks.region_share import region_share
from planner.plan.checks.rent import rent
from planner.plan.checks.replica_starts import replica_starts
from planner.plan.checks.residency import residency
from planner.plan.checks.robust_capacity import robust_capacity
from planner.plan.checks.savings import savings
from planner.plan.checks.savings_plan import savings_plan
from planner.plan.checks.scenario_costs import scenario_costs
from planner.plan.checks.scenarios_as_given import scenarios_as_given
from planner.plan.checks.service_as_given import service_as_given
from planner.plan.checks.settings_as_given import settings_as_given
from planner.plan.checks.slices import slices
from planner.plan.checks.slo import slo
from planner.plan.checks.spare_replicas import spare_replicas
from planner.plan.checks.spot_share import spot_share
from planner.plan.checks.supply import supply
from planner.plan.checks.supply_as_given import supply_as_given
from planner.plan.checks.switching import switching
from planner.plan.checks.terminal_credit import terminal_credit
from planner.plan.checks.unserved import unserved
from planner.plan.checks.vendor_share import vendor_share
from planner.plan.checks.volume_discount import volume_discount
from planner.plan.checks.workload_spot_share import workload_spot_share
from planner.plan.finding import Checked, Finding

Check = Callable[[AuditInput], Checked]

RULE_CHECKS: Mapping[str, Check] = {
    "robust_capacity": robust_capacity,
    "eligibility": eligibility, "demand": demand, "capacity": capacity, "minimum_replicas": minimum_replicas,
    "cover": cover, "fabric": fabric, "commitment": commitment, "supply": supply,
    "budget": budget, "power": power, "carbon_cap": carbon_cap, "vendor_share": vendor_share,
    "provider_share": provider_share, "region_share": region_share, "accelerator_share": accelerator_share,
    "spot_share": spot_share, "workload_spot_share": workload_spot_share,
    "slices": slices, "quota": quota,
    "option_cap": option_cap, "model_cap": model_cap,
    "spare_replicas": spare_replicas, "region_loss": region_loss,
    "orders_min": orders_min, "price_tiers": price_tiers, "node_starts": node_starts,
    "replica_starts": replica_starts,
    "savings_plan": savings_plan, "pooled_headroom": pooled_headroom,
    "api_cap": api_cap, "api_tiers": api_tiers, "interruptible": interruptible, "priority": priority, "cascade": cascade,
    "indivisible": indivisible, "mean_quality": mean_quality,
    "disaggregation": disaggregation,
}  # fmt: skip
"""One a constraint family, of the same name."""
COST_CHECKS: Mapping[str, Check] = {
    "rent": rent, "commitment_charge": commitment_charge, "terminal_credit": terminal_credit, "egress": egress,
    "unserved": unserved,
    "carbon_price": carbon_price, "volume_discount": volume_discount, "switching": switching, "migration": migration,
    "discounting": discounting,
    "api": api, "api_discount": api_discount, "savings": savings,
}  # fmt: skip
"""One a cost term, of the same name."""
FILE_CHECKS: Mapping[str, Check] = {
    "readable": readable, "digests": digests, "references": references, "integrality": integrality,
    "placement": placement, "objective": objective, "scenario_costs": scenario_costs, "goal": goal,
}  # fmt: skip
"""The plan against itself."""
INPUT_CHECKS: Mapping[str, Check] = {
    "demand_as_given": demand_as_given, "supply_as_given": supply_as_given, "settings_as_given": settings_as_given,
    "prices_as_listed": prices_as_listed, "power_as_listed": power_as_listed, "scenarios_as_given": scenarios_as_given,
    "goal_as_given": goal_as_given,
    "service_as_given": service_as_given, "length_classes": length_classes,
    "candidates": candidates, "residency": residency, "quality": quality, "slo": slo,
}  # fmt: skip
"""The coefficients against the instance and the catalog rows they were made from."""
CHECKS: Mapping[str, Check] = {**FILE_CHECKS, **RULE_CHECKS, **COST_CHECKS, **INPUT_CHECKS}


@dataclass(frozen=True)
class AuditReport:
    """The verdict on a plan: passed where no finding is an error."""

    passed: bool
    findings: tuple[Finding, ...]
    checks: Mapping[str, int]
    """Rows looked at, by check."""

    def record(self) -> dict[str, Any]:
        """Returns the report as plain JSON values."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Returns the report as text: the verdict, then a line a finding, errors first."""
        errors = sum(finding.is_error for finding in self.findings)
        rows = sum(self.checks.values())
        verdict = "passed" if self.passed else f"FAILED, {errors} finding(s)"
        head = f"audit {verdict}: {len(self.checks)} checks over {rows} rows"
        told = sorted(self.findings, key=lambda finding: not finding.is_error)
        return [head, *(f"{'error' if f.is_error else 'note'} [{f.check}] {f}" for f in told)]


def audit_plan(folder: Path, instance_path: Path | None = None) -> AuditReport:
    """Returns the verdict on the plan in a folder; with `instance_path` also compares with the live instance.

    Raises InputError where plan.json or a table cannot be read at all; every other damage is a finding.
    """
    with np.errstate(all="ignore"), _plain_texts():  # numbers out of all bounds fail comparisons, without a warning
        found = read_audit_input(folder)
        outcomes = {name: _outcome(name, check, found) for name, check in CHECKS.items()}
    if instance_path is not None:
        outcomes["live_instance"] = live_instance(found, instance_path)
    findings = tuple(finding for outcome in outcomes.values() for finding in outcome.findings)
    checks = {name: outcome.rows for name, outcome in outcomes.items()}
    return AuditReport(not any(finding.is_error for finding in findings), findings, checks)


def _plain_texts() -> AbstractContextManager[None]:
    """Returns the context in which names of columns are Python texts: on many small tables twice as fast as Arrow's."""
    return pd.option_context("mode.string_storage", "python")


def _outcome(name: str, check: Check, found: AuditInput) -> Checked:
    """Returns the outcome of a check; on a plan too damaged to be computed with, the failure is the finding."""
    try:
        return check(found)
    except Exception as error:  # a damaged plan must fail its audit, never end it
        actual = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        return Checked(0, (Finding(name, f"the check {name}", "tables it can compute with", actual),))
