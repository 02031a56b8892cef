"""What is loaded is paid for once, in the period in which it starts."""

from planner.plan.audit_input import AuditInput
from planner.plan.checks.node_starts import starts_paid
from planner.plan.finding import Checked


def replica_starts(found: AuditInput) -> Checked:
    """No period pays less for replicas that start than for the largest increase of each option at each place."""
    price = found.coefficients.scalar("migration_usd_per_replica")
    return starts_paid(found, "replica_starts", "migration", price, found.deployments, ["option", "place"], "replicas")
