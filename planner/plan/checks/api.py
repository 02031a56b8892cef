"""Answers bought by the token: paid for, allowed, and at the listed price."""

import pandas as pd

from planner.inputs.instance import Instance
from planner.plan.api_terms import api as recomputed_api
from planner.plan.audit_input import AuditInput, numbers
from planner.plan.finding import Checked, Finding, joined, number, told
from planner.plan.ledger_rows import ledger_check
from planner.plan.tolerances import RELATIVE, SHARE

PRICES = ("input_usd_per_mtok", "cached_input_usd_per_mtok", "output_usd_per_mtok")
TOKENS = ("input_tokens", "cached_tokens", "output_tokens")


def api(found: AuditInput) -> Checked:
    """Calls cost their tokens, to a cent; offers are named by their workload, lawful, good enough, and priced as listed."""
    money = ledger_check("api", found, recomputed_api(found.tables.api_traffic, found.coefficients))
    if found.instance is None:
        return money
    return joined(money, _listed(found), _tokens(found, found.instance), _allowed(found, found.instance))


def _listed(found: AuditInput) -> Checked:
    """Token prices are those of the copied catalog rows."""
    if found.coefficients.api.empty:
        return Checked(0)
    catalog = found.catalog.get("api_prices", pd.DataFrame(columns=["api_offer", "provider", "model", *PRICES]))
    listed = catalog[["api_offer", "provider", "model"]].assign(**{name: numbers(catalog, name) for name in PRICES})
    rows = found.coefficients.api.merge(listed, on="api_offer", how="left", suffixes=("", "_listed"))
    parts = []
    for name in PRICES:
        planned, due = rows[name].astype(float), rows[f"{name}_listed"]
        is_right = ((planned - due).abs() <= RELATIVE * due) | (planned.isna() & due.isna() & rows["provider_listed"].notna())
        is_right &= (rows["model"] == rows["model_listed"]) & (rows["provider"] == rows["provider_listed"])
        wrong = rows.assign(planned=planned, due=due)[~is_right]
        parts.append(told("api", len(rows), wrong, lambda row, name=name: _price(row, name)))  # type: ignore[misc]
    return joined(*parts)


def _price(row: "pd.Series[float]", name: str) -> Finding:
    return Finding("api", f"{name} of {row.api_offer} in {row.period}", number(row.due), number(row.planned), "usd/1e6 tokens")


def _tokens(found: AuditInput, instance: Instance) -> Checked:
    """Tokens of a request are the workload's means, the hit share of its prompts cached."""
    if found.coefficients.calls.empty:
        return Checked(0)
    given = []
    for w in instance.settings.workloads:
        if w.workload not in instance.lengths:
            continue  # not known: then nothing is paid by its tokens
        lengths = instance.lengths[w.workload]
        sent, made = (float((lengths[n] * lengths["weight"]).sum()) for n in ("input_tokens", "output_tokens"))
        given.append((w.workload, sent * (1 - w.prefix_hit_share), sent * w.prefix_hit_share, made))
    means = pd.DataFrame(given, columns=["workload", *TOKENS])
    rows = found.coefficients.calls.merge(means, on="workload", how="left", suffixes=("", "_given"))
    wrong = pd.Series(False, index=rows.index)
    for name in TOKENS:
        wrong |= ~((rows[name] - rows[f"{name}_given"]).abs() <= RELATIVE * rows[f"{name}_given"] + SHARE)
    return told(
        "api",
        len(rows),
        rows[wrong],
        lambda row: Finding(
            "api",
            f"tokens of a request of {row.workload} to {row.api_offer}",
            f"{number(row.input_tokens_given)} + {number(row.cached_tokens_given)} cached, {number(row.output_tokens_given)} out",
            f"{number(row.input_tokens)} + {number(row.cached_tokens)} cached, {number(row.output_tokens)} out",
        ),
    )


def _allowed(found: AuditInput, instance: Instance) -> Checked:
    """Only offers that a workload names are called, under a law that its residency admits, with a score over its floor."""
    if found.tables.api_traffic.empty:
        return Checked(0)
    used = found.tables.api_traffic[["workload", "api_offer"]].drop_duplicates()
    facts = found.coefficients.api.drop_duplicates("api_offer").set_index("api_offer")
    scores = found.coefficients.scores.drop_duplicates(["variant", "benchmark"]).set_index(["variant", "benchmark"])["score"]
    workloads = {w.workload: w for w in instance.settings.workloads}
    laws = instance.settings.supply.api_jurisdictions
    findings = []
    for name, offer in used.itertuples(index=False, name=None):
        workload = workloads.get(name)
        subject = f"requests of {name} answered by {offer}"
        if workload is None or offer not in workload.api_allow:
            findings.append(Finding("api", subject, "an offer that its api_allow names", offer))
            continue
        row, lists = facts.loc[offer] if offer in facts.index else None, workload.regions
        seller = "" if row is None else str(row["provider"])
        if lists.allow or lists.deny or (lists.jurisdictions and laws.get(seller) not in lists.jurisdictions):
            findings.append(Finding("api", subject, "a seller known to compute where its lists permit", seller))
        model = "" if row is None else str(row["model"])
        is_first = workload.cascade is not None and model in {m.lower() for m in workload.cascade.first}
        if workload.quality is not None and not is_first:
            reporter = workload.quality.reported_by or instance.settings.quality.reported_by
            key = f"{workload.quality.benchmark} ({reporter})" if reporter else workload.quality.benchmark
            score = float(scores.get((offer, key), float("nan")))
            if not score >= workload.quality.floor - SHARE:
                least = f"a score of at least {number(workload.quality.floor)} on {key}"
                findings.append(Finding("api", subject, least, number(score), "points"))
    return Checked(len(used), tuple(findings))
