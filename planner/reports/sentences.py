"""What a report says in words: the decision, what the gap means, how sure the numbers are, how the bound was proved."""

from collections.abc import Hashable, Mapping
from typing import Any

from planner.plan.audit import AuditReport
from planner.plan.goals import MAXIMISED
from planner.plan.plan import ENGINE_ASSERTED, PlanFacts
from planner.reports.facts import ReportFacts
from planner.reports.figures import counted, joined, number, share, usd_short
from planner.reports.sources import supposed_share

SIGNED_MAX = 3
"""Commitments named in the decision's sentence; the table has them all."""
METHOD_WORDS: Mapping[str, str] = {
    "textbook": "One engine solved the whole program by branch and bound. The bound is the best that the engine's open"
    " branches could still reach.",
    "outer": "Outer approximation: the quarters and regions were split into cells, each cell was asked what the nodes it is"
    " given are worth, and a master program over the answers chose the contracts. The bound is the optimum of that master"
    " program, which never overstates what a cell costs.",
}
ENGINE_WORDS = (
    "The cost is audited from prices alone. The bound is the engine's own word in floating-point arithmetic; no independent"
    " certificate has re-proved it."
)
RATE_WORDS: Mapping[str, str] = {
    "modelled": "modelled throughput that nobody measured on this hardware; cost goes up about as throughput goes down.",
    "estimate": "estimated throughput; cost goes up about as throughput goes down.",
    "calibrated": "a throughput model fitted to published measurements; measure your own setups before you sign.",
}
GOAL_WORDS: Mapping[str, str] = {
    "least_cost": "the least expected cost", "tail_cost": "the least cost with the worst futures weighed in",
    "least_carbon": "the least carbon", "most_served": "the most requests served", "weighted": "the least weighed sum of goals",
}  # fmt: skip
LIMIT_WORDS: Mapping[str, str] = {
    "time": "its time limit", "memory": "its memory limit", "gap": "the gap asked for", "interrupted": "an interruption",
    "none": "its engine's tolerances", "other": "the end of its engine's search",
}  # fmt: skip


def decision(facts: ReportFacts) -> str:
    """Returns the decision in a few sentences."""
    plan = facts.plan.facts
    regions = sorted(set(facts.routes["region"]))
    count = len(facts.instance.settings.workloads)
    cost = f"{'an expected ' if facts.futures else ''}{usd_short(plan.objective_usd)} over {span(facts)}"
    served = f"This fleet serves {counted(count, 'workload')} from {joined(regions)} at {cost}"
    if not regions:
        served = f"No replica of its own serves the {counted(count, 'workload')}; the plan costs {cost}"
    credit = credit_usd(facts)
    after = f", after a credit of {usd_short(credit)} for what commitments are worth beyond it" if credit > 0 else ""
    return " ".join([_signing(facts), _renting(facts), f"{served}{after}.", *_elsewhere(facts)])


def _elsewhere(facts: ReportFacts) -> list[str]:
    """Returns what part of the requests is bought or turned away; nothing where replicas answer all."""
    if facts.answered is None:
        return []
    whole, found = facts.answered["rows"][-1], []
    if whole["bought"] > 0:
        found.append(f"{share(whole['bought_share'], 1)} of the requests are bought by the token ({usd_short(whole['api_usd'])})")
    if whole["refused"] > 0:
        worst = max(facts.answered["rows"][:-1], key=lambda row: row["refused"])
        priced = f", charged at {usd_short(whole['unserved_usd'])}" if whole["unserved_usd"] > 0 else ""
        found.append(f"{share(whole['refused_share'], 1)} are turned away{priced}, mostly of {worst['workload']}")
    return [f"{joined(found)}."]


def span(facts: ReportFacts) -> str:
    """Returns the horizon by its first and last period."""
    return facts.periods[0] if len(facts.periods) == 1 else f"{facts.periods[0]} to {facts.periods[-1]}"


def credit_usd(facts: ReportFacts) -> float:
    """Returns the credit for hours of commitments after the horizon, in usd, not negative."""
    return float(facts.orders["credit_usd"].sum())


def _signing(facts: ReportFacts) -> str:
    orders = facts.orders
    if orders.empty:
        return "Sign nothing: this plan commits to no node."
    signed = list(dict.fromkeys(orders["period"]))
    is_once = len(signed) == 1
    named = [_order_words(row, is_once) for row in orders.head(SIGNED_MAX).to_dict("records")]
    more = len(orders) - SIGNED_MAX
    listed = joined([*named, counted(more, "more commitment")] if more > 0 else named)
    charge = usd_short(float(orders["charge_usd"].sum()))
    start = f"In {signed[0]} commit to" if is_once else "Commit to"
    return f"{start} {listed}: {charge} over the whole term{'' if len(orders) == 1 else 's'}."


def _order_words(row: Mapping[Hashable, Any], is_once: bool) -> str:
    what = f"{row['nodes']} × {row['node_type']}"
    when = "" if is_once else f", sign in {row['period']}"
    if row["contract"] == "bought":
        return f"{what} (bought for {row['region']}{when})"
    return f"{what} ({row['provider']}, {row['region']}, {counted(row['term_periods'], 'period')}{when})"


def _renting(facts: ReportFacts) -> str:
    rented = facts.rentals[facts.rentals["contract"] == "on demand"]
    if rented.empty:
        return "Rent nothing by the hour."
    types = list(dict.fromkeys(rented["node_type"]))
    return f"Rent {joined(types)} by the hour for the rest ({usd_short(float(rented['usd'].sum()))})."


def gap_meaning(plan: PlanFacts) -> str:
    """Returns what the gap means in plain words."""
    if plan.goals:
        return " ".join(goal_meanings(plan))
    if plan.gap is None or plan.bound_usd is None:
        return "No lower bound is proved: nobody knows how far this plan is from the best one."
    left = max(plan.objective_usd - plan.bound_usd, 0.0)
    proved = (
        f"No fleet of these candidates that keeps these promises costs less than {usd_short(plan.bound_usd)}, at these prices,"
        f" rates and demand. So any other choice could save at most {usd_short(left)}, {share(plan.gap, 2)} of this plan."
    )
    if plan.status == "optimal":
        return f"{proved} The gap asked for, {share(plan.gap_asked, 2)}, is met."
    stopped = LIMIT_WORDS.get(plan.limit, plan.limit or "its limit")
    return (
        f"{proved} The gap asked for, {share(plan.gap_asked, 2)}, is not met: the search stopped at {stopped}. A"
        " longer run may find a cheaper plan or prove that there is none."
    )


def goal_meanings(plan: PlanFacts) -> list[str]:
    """Returns what a plan with goals other than cost comes to at each in turn, and what is proved of it."""
    said = []
    for place, goal in enumerate(plan.goals):
        name = GOAL_WORDS.get(goal.goal, goal.goal.replace("_", " "))
        before = f"Among fleets within {share(plan.goals[place - 1].tolerance_share, 1)} of that, " if place else ""
        aim = f"{before}this plan aims at {name}" if place else f"This plan aims at {name}"
        proof = "no bound on it is proved"
        if goal.bound is not None and goal.gap is not None:
            word = "more than" if goal.goal in MAXIMISED else "less than"
            proof = f"no fleet that keeps these promises comes to {word} {goal_amount(goal.bound, goal.unit)}, so the gap is"
            proof = f"{proof} {share(goal.gap, 2)}"
        said.append(f"{aim} and comes to {goal_amount(goal.objective, goal.unit)}; {proof}.")
    if all(goal.unit != "usd" for goal in plan.goals):
        said.append(f"Its cost, {usd_short(plan.objective_usd)}, is what that takes; a cheaper fleet may exist.")
    return said


def goal_amount(value: float, unit: str) -> str:
    """Returns what a goal comes to: `$1.2 million`, `12,345 kg CO₂`, `3.4 million requests`.

    >>> goal_amount(2.5e9, "requests"), goal_amount(1234.0, "kg"), goal_amount(5.0, "weighed")
    ('2,500 million requests', '1,234 kg CO₂', '5 (weighed)')
    """
    if unit == "usd":
        return usd_short(value)
    if unit == "requests":
        return f"{number(value / 1e6, 4)} million requests"
    return f"{number(value, 4)} kg CO₂" if unit == "kg" else f"{number(value, 4)} ({unit})"


def gap_card(plan: PlanFacts) -> tuple[str, str, str]:
    """Returns the key number on the gap: name, value and what it is made of."""
    name, gap = "Gap to the best possible", "none proved" if plan.gap is None else share(plan.gap, 2)
    if plan.goals:
        first = plan.goals[0]
        bound = "no bound" if first.bound is None else f"none beyond {goal_amount(first.bound, first.unit)} is possible"
        return name, gap, f"{first.goal.replace('_', ' ')}: {goal_amount(first.objective, first.unit)}, {bound}"
    bound = "no lower bound" if plan.bound_usd is None else f"nothing under {usd_short(plan.bound_usd)} is possible"
    return name, gap, f"{bound}; {share(plan.gap_asked, 2)} asked"


def audit_words(audit: AuditReport) -> str:
    """Returns the verdict of the audit in a sentence."""
    errors = sum(finding.is_error for finding in audit.findings)
    verdict = "passed" if audit.passed else f"FAILED with {counted(errors, 'finding')}"
    rows = sum(audit.checks.values())
    return f"Audit {verdict}: {len(audit.checks)} checks over {rows:,} rows, recomputed from the plan's own inputs for this page."


def confidence(facts: ReportFacts) -> list[str]:
    """Returns how sure the cost is: what rests on numbers nobody measured or published, and what their range does."""
    plan = facts.plan.facts
    prices = supposed_share(facts.price_sources)
    what = "nodes and tokens" if facts.answered and facts.answered["sellers"] else "nodes"
    said = [
        f"{share(prices)} of the money for {what} is spent at estimated prices."
        if prices > 0
        else "Every price behind this plan is published or given by the user.",
        *_rate_words(facts),
    ]
    change = facts.price_range["change_usd"]
    if len(change) > 1:
        low, high = float(change.min()), float(change.max())
        ends = f"{usd_short(plan.objective_usd + low)} to {usd_short(plan.objective_usd + high)}"
        said.append(f"Over the stated range of those estimates this fleet costs {ends}.")
        if plan.bound_usd is not None:
            left = plan.objective_usd - plan.bound_usd
            wider = high - low > left
            word = "more than" if wider else "no more than"
            advice = " Confirm those prices before searching any further." if wider else ""
            said.append(f"That spread is {word} the {usd_short(left)} that a better plan could still save.{advice}")
    return said


def _rate_words(facts: ReportFacts) -> list[str]:
    """Returns what the throughput of replicas rests on, and how far it may fall short."""
    shares = facts.rate_sources.set_index("source")["share"]
    said = [
        f"{share(float(shares[kind]))} of the money for replicas is sized with {words}"
        for kind, words in RATE_WORDS.items()
        if shares.get(kind, 0.0) > 0
    ]
    if not said:
        return ["Every replica is sized with a measured or user-given rate."]
    margin = throughput_margin(facts)
    if margin is None:
        return said
    short = f"Throughput may fall {share(margin)} short before some block could not be carried even at full load"
    return [*said, f"{short}; latency promises break earlier."]


def throughput_margin(facts: ReportFacts) -> float | None:
    """Returns by which share every rate may fall before replicas serve beyond their full load; None where they serve nothing."""
    asked = facts.demand[facts.demand["served"] > 0]
    if asked.empty or not (asked["full"] > 0).all():
        return None
    return max(1.0 - float((asked["served"] / asked["full"]).max()), 0.0)


def bound_words(plan: PlanFacts) -> list[str]:
    """Returns how the bound was proved, and on whose word it rests."""
    engine = f"{plan.solver} ({plan.solver_version})" if plan.solver_version else plan.solver
    said = [f"Method {plan.method} with {engine}, {number(plan.wall_s)} s from reading the instance to the audited plan."]
    if plan.method in METHOD_WORDS:
        said.append(METHOD_WORDS[plan.method])
    if plan.goals:
        return [*said, "Each goal has its own bound, told above."]
    if plan.bound_usd is None:
        return [*said, "No bound came back."]
    if plan.bound_proof == ENGINE_ASSERTED:
        return [*said, ENGINE_WORDS]
    return [*said, f"The bound is backed by: {plan.bound_proof}."]


def terminal_words(facts: ReportFacts) -> str:
    """Returns what the value of hours after the horizon does to the cost; the decision is held fixed."""
    after = float((facts.orders["hours_after"] * facts.orders["nodes"]).sum())
    if after == 0:
        return "No commitment outlives the horizon, so the assumed use of hours after it changes nothing."
    return (
        f"Commitments run on for {after:,.0f} node-hours after the horizon. They are charged in full; the hours left are"
        " credited at the lower of the contract's rate and the forecast on-demand price, times the share expected to be of use."
        " The table prices the same decision at other shares: the decision is held fixed, and a planner who believed in another"
        " share might have signed something else."
    )
