"""The instance planned for is still the instance."""

from pathlib import Path

from planner.errors import InputError
from planner.inputs.instance import load_instance
from planner.plan.audit_input import AuditInput
from planner.plan.differences import instance_differences
from planner.plan.finding import Checked, Finding, faulted
from planner.plan.tolerances import FINDINGS_MAX


def live_instance(found: AuditInput, path: Path) -> Checked:
    """Settings, demand, lengths and tables of the instance at `path` equal those the plan was made for."""
    if found.instance is None:
        return Checked(0)
    try:
        live = load_instance(path, found.facts.provenance.overrides)
    except InputError as error:
        return faulted("live_instance", 0, error.faults)
    changes = instance_differences(found.instance, live)
    findings = [
        Finding("live_instance", f"{row.part} {row.name}".strip(), str(row.before), str(row.after))
        for row in changes.head(FINDINGS_MAX).itertuples(index=False)
    ]
    if len(changes) > FINDINGS_MAX:
        findings.append(Finding("live_instance", "further changes", "none", f"{len(changes) - FINDINGS_MAX} more like these"))
    return Checked(len(live.demand), tuple(findings))
