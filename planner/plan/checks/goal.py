"""What the plan claims to come to at its goals, and how near to the best, is so."""

import math

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, number
from planner.plan.goals import MAXIMISED, Asked, asked_of, gap_allowed, goal_gap, goal_name, value_of
from planner.plan.plan import Reached, status_of
from planner.plan.tolerances import RELATIVE, SHARE


def goal(found: AuditInput) -> Checked:
    """Each goal's value is the one recomputed from the tables, its bound is on the other side, gap and status follow.

    A plan for another goal than least expected cost has no bound in usd.
    """
    facts, asked = found.facts, asked_of(found.coefficients)
    findings = []
    if facts.goal != goal_name(asked) or len(asked) != len(facts.goals):
        told = f"{facts.goal} with {len(facts.goals)} stages"
        findings.append(Finding("goal", "goal of the plan", f"{goal_name(asked)} with {len(asked)} stages", told))
    if asked and facts.bound_usd is not None:
        findings.append(Finding("goal", "bound_usd of a plan for another goal than cost", "none", number(facts.bound_usd), "usd"))
    for stage, claim in zip(asked, facts.goals, strict=False):
        findings += _stage(found, stage, claim)
    if facts.goals:
        findings += _proof(found)
    return Checked(1 + len(asked), tuple(findings))


def _stage(found: AuditInput, stage: Asked, claim: Reached) -> list[Finding]:
    """Returns what is wrong with the claim on one stage."""
    findings = []
    value = value_of(stage, found.tables, found.coefficients)
    room = RELATIVE * max(1.0, abs(value))
    if claim.goal != stage.name or abs(claim.tolerance_share - stage.tolerance_share) > SHARE:
        due = f"{stage.name}, tolerance {number(stage.tolerance_share)}"
        findings.append(Finding("goal", "a stage", due, f"{claim.goal}, tolerance {number(claim.tolerance_share)}"))
    if not abs(claim.objective - value) <= room:
        findings.append(Finding("goal", f"value of {claim.goal}", number(value), number(claim.objective), claim.unit))
    if claim.bound is not None:
        ahead = claim.bound - value if stage.name not in MAXIMISED else value - claim.bound
        if not ahead <= room:
            subject, most = f"bound of {claim.goal}", f"not beyond {number(value)}"
            findings.append(Finding("goal", subject, most, number(claim.bound), claim.unit))
    gap = goal_gap(claim.objective, claim.bound)
    if (gap is None) != (claim.gap is None) or (gap is not None and claim.gap is not None and abs(gap - claim.gap) > SHARE):
        findings.append(Finding("goal", f"gap of {claim.goal}", str(gap), str(claim.gap)))
    return findings


def _proof(found: AuditInput) -> list[Finding]:
    """Returns what is wrong with the plan's gap, the largest of its stages, and with its status."""
    facts = found.facts
    gaps = [stage.gap for stage in facts.goals]
    largest = None if None in gaps else max(gap for gap in gaps if gap is not None)
    findings = []
    if largest != facts.gap:
        findings.append(Finding("goal", "gap of the plan, the largest of its stages", str(largest), str(facts.gap)))
    beyond = [math.inf if s.gap is None else s.gap - gap_allowed(facts.gap_asked, s.tolerance_share) for s in facts.goals]
    due = status_of(max(beyond, default=0.0), 0.0)
    if facts.status != due:
        findings.append(Finding("goal", "status", due, facts.status))
    return findings
