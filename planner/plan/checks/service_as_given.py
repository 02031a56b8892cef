"""The wishes planned with are those of the instance."""

from planner.plan.audit_input import AuditInput, canonical
from planner.plan.finding import Checked, Finding

WISHES = ("priority", "is_interruptible", "is_indivisible")


def service_as_given(found: AuditInput) -> Checked:
    """Priority, interruption, indivisibility and cascades of the coefficients are those that the instance says."""
    if found.instance is None:
        return Checked(0)
    service = found.coefficients.service.drop_duplicates("workload").set_index("workload")
    cascades = found.coefficients.cascades
    findings = []
    for workload in found.instance.settings.workloads:
        name = workload.workload
        for wish in WISHES:
            given = getattr(workload, wish)
            planned = service[wish].get(name, 0)
            if int(given) != int(planned):
                findings.append(Finding("service_as_given", f"{wish} of {name}", str(given), str(planned)))
        rows = cascades[cascades["workload"] == name]
        planned_pairs = sorted((str(m).lower(), float(s)) for m, s in zip(rows["model"], rows["escalation_share"], strict=True))
        given_pairs = sorted(
            {(canonical(found.catalog, "model", m), workload.cascade.escalation_share) for m in workload.cascade.first}
            if workload.cascade
            else set()
        )
        if planned_pairs != given_pairs:
            findings.append(Finding("service_as_given", f"cascade of {name}", str(given_pairs), str(planned_pairs)))
    strangers = (set(service.index) | set(cascades["workload"])) - {w.workload for w in found.instance.settings.workloads}
    findings += [Finding("service_as_given", f"wishes of {name}", "a workload of the instance", "none") for name in strangers]
    return Checked(len(found.instance.settings.workloads), tuple(findings))
