"""Every file is the one the plan was written with."""

from planner.plan.audit_input import AuditInput
from planner.plan.files import digest_of, files_of
from planner.plan.finding import Checked, Finding
from planner.plan.plan import TABLES


def digests(found: AuditInput) -> Checked:
    """The sha256 of every file equals the one in plan.json, none is missing, and no table or input stands outside it."""
    known = found.facts.provenance.digests
    there = files_of(found.folder)
    findings = []
    for name in sorted(known):
        if name not in there:
            findings.append(Finding("digests", f"file {name}", "the file", "no such file"))
            continue
        digest = digest_of(found.folder / name)
        if digest != known[name]:
            findings.append(Finding("digests", f"file {name}", f"sha256 {str(known[name])[:12]}", f"sha256 {digest[:12]}"))
    own = {f"{name}.csv" for name in TABLES}
    strangers = [name for name in there if name not in known and (name in own or name.startswith("inputs/"))]
    findings += [Finding("digests", f"file {name}", "a file named in plan.json", "an unknown file") for name in strangers]
    return Checked(len(known), tuple(findings))
