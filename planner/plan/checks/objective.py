"""The cost claimed is the cost counted, and the claim of proof follows from the bound."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, number
from planner.plan.plan import gap_of, status_of
from planner.plan.tolerances import SHARE, USD


def objective(found: AuditInput) -> Checked:
    """The objective is the ledger's total and the recomputed cost, to a cent; bound, gap and status agree with it.

    Bounds and gaps of other goals than cost are judged by the check `goal`.
    """
    facts, tables = found.facts, found.tables
    totals = {
        "the total of the ledger": float(tables.ledger["usd"].sum(skipna=False)),
        "the cost recomputed from prices": float(found.due["usd"].sum(skipna=False)),
    }
    findings = [
        Finding("objective", f"objective_usd against {name}", number(total), number(facts.objective_usd), "usd")
        for name, total in totals.items()
        if not abs(total - facts.objective_usd) <= USD
    ]
    return Checked(len(totals) + 3, (*findings, *([] if facts.goals else _proof(found))))


def _proof(found: AuditInput) -> list[Finding]:
    """Returns what is wrong with bound, gap and status."""
    facts = found.facts
    findings = []
    if facts.bound_usd is not None and facts.bound_usd > facts.objective_usd + USD:
        most = f"at most the objective {number(facts.objective_usd)}"
        findings.append(Finding("objective", "bound_usd", most, number(facts.bound_usd), "usd"))
    gap = gap_of(facts.objective_usd, facts.bound_usd)
    if (gap is None) != (facts.gap is None) or (
        gap is not None and facts.gap is not None and abs(gap - facts.gap) > max(SHARE, USD / max(1.0, abs(facts.objective_usd)))
    ):
        findings.append(Finding("objective", "gap", _or_none(gap), _or_none(facts.gap)))
    due = {status_of(gap, facts.gap_asked - SHARE), status_of(gap, facts.gap_asked + SHARE)}  # both within rounding of the gap
    if facts.status not in due:
        status = status_of(gap, facts.gap_asked)
        subject = f"status at gap {_or_none(gap)} where {number(facts.gap_asked)} was asked"
        findings.append(Finding("objective", subject, status, facts.status))
    return findings


def _or_none(value: float | None) -> str:
    return "none" if value is None else number(value)
