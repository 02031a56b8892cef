"""A relaxed promise in words that a fleet person uses, with the edits that make it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance
from planner.inputs.workloads import Workload
from planner.options.prices import market
from planner.program.elastic import GIVES, Choice, Slack
from planner.studies.give_and_take import Give
from planner.studies.loosened_instance import Edit
from planner.studies.loosening import NO_SCORE, rounded_up, slo_promise

METRIC = {"ttft": "time to first token", "tpot": "time per output token", "e2e": "end-to-end time"}


@dataclass(frozen=True)
class Relaxation:
    """One promise given up as far as it takes."""

    promise: str
    """Kind and subject: `supply|offer`, `slo|workload|metric|statistic`, `quality|workload`..."""
    text: str
    before: float | None
    after: float | None
    unit: str
    edits: tuple[Edit, ...]

    @property
    def kind(self) -> str:
        """What kind of promise it is."""
        return self.promise.split("|")[0]


def relaxations(
    give: Give,
    catalog: Catalog,
    broken: Sequence[Choice],
    amounts: Sequence[tuple[Slack, float, tuple[str, ...]]],
    shares: Mapping[int, float],
) -> tuple[Relaxation, ...]:
    """Returns what is relaxed at a point of the elastic program: the steps taken and the rows overstepped, promise by promise.

    `shares` are those that the point takes in the rows of share limits that it oversteps.
    """
    found = [_step(give.instance, catalog, choice) for choice in broken if choice[1]]
    for promise in dict.fromkeys(slack.promise for slack, _, _ in amounts):
        rows = [(slack, amount, key) for slack, amount, key in amounts if slack.promise == promise]
        family = promise.split("|")[0]
        if family == "supply":
            found.append(_more_supply(give, promise, rows))
        elif family == "demand":
            found.append(_less_traffic(give, promise, rows))
        elif family == "orders_min":
            found.append(_smaller_order(give, promise, rows))
        elif family == "minimum_replicas":
            found.append(_fewer_replicas(give.instance, promise, rows))
        elif family == "spare_replicas":
            found.append(_fewer_spares(give, promise, rows))
        elif family == "region_loss":
            found.append(_lower_service_share(give, promise, rows))
        elif GIVES[family].is_share:
            found.append(_larger_share(give.instance, promise, max(shares[slack.row] for slack, _, _ in rows)))
        else:
            found.append(_higher_limit(give.instance, promise, rows))
    return tuple(found)


def _workload(instance: Instance, name: str) -> tuple[int, Workload]:
    return next((i, w) for i, w in enumerate(instance.settings.workloads) if w.workload == name)


def _step(instance: Instance, catalog: Catalog, choice: Choice) -> Relaxation:
    promise, step = choice
    kind, name = promise.split("|")[:2]
    if kind == "market":
        return _other_market(instance, promise, step)
    if kind == "layout":
        edits = tuple(
            Edit("set", (f"deployment.{key}",), int(step)) for key in ("nodes_per_replica_max", "pp_max")
            if getattr(instance.settings.deployment, key) < int(step)
        )  # fmt: skip
        before = instance.settings.deployment.nodes_per_replica_max
        return Relaxation(promise, f"replicas over up to {step} nodes", before, int(step), "nodes", edits)
    if kind == "lead":
        return _earlier(instance, catalog, name, int(step))
    i, workload = _workload(instance, name)
    if kind == "slo":
        j = next(j for j in range(len(workload.slo)) if slo_promise(workload, j) == promise)
        target, factor = workload.slo[j], float(step)
        after = float(f"{target.ms * factor:.6g}")
        text = f"{METRIC[target.metric]} ({target.statistic}) of {name}: {target.ms:g} -> {after:g} ms ({_times(factor)})"
        return Relaxation(promise, text, target.ms, after, "ms", (Edit("set", (f"workloads.{i}.slo.{j}.ms",), after),))
    if kind == "quality":
        return _lower_floor(promise, step, i, workload)
    if kind == "models":
        return _other_model(promise, step, i, workload)
    return _other_region(promise, step, i, workload, catalog)


def _times(factor: float) -> str:
    """Returns how much more a limit is: in per cent, or how many times as much where that is plainer."""
    return f"{factor - 1:+.0%}" if factor < 10 else f"{factor:.3g} times as much"


def _other_market(instance: Instance, promise: str, step: str) -> Relaxation:
    """Returns a list of what may be bought with one more name, or a refusal taken back."""
    supply, noun = instance.settings.supply, promise.removeprefix("market|")
    if noun.startswith("offer "):
        edit = Edit("set", ("supply.offers_deny",), [name for name in supply.offers_deny if name != step])
    elif noun.startswith("provider "):
        edit = Edit("set", ("supply.providers",), [*supply.providers, step])
    else:
        edit = Edit("set", ("supply.node_types",), [*supply.node_types, step])
    return Relaxation(promise, f"also shop for {noun}", None, None, "", (edit,))


def _lower_floor(promise: str, step: str, i: int, workload: Workload) -> Relaxation:
    assert workload.quality is not None
    floor, name = workload.quality.floor, workload.quality.benchmark
    if step == NO_SCORE:
        text = f"no quality floor for {workload.workload} (nobody has scored what could serve it on {name})"
        return Relaxation(promise, text, floor, None, "points", (Edit("set", (f"workloads.{i}.quality",), None),))
    text = f"quality floor of {workload.workload} on {name}: {floor:g} -> {float(step):g} points"
    edit = Edit("set", (f"workloads.{i}.quality.floor",), float(step))
    return Relaxation(promise, text, floor, float(step), "points", (edit,))


def _other_model(promise: str, model: str, i: int, workload: Workload) -> Relaxation:
    edits = []
    if workload.models_allow and model not in workload.models_allow:
        edits.append(Edit("set", (f"workloads.{i}.models_allow",), [*workload.models_allow, model]))
    if model in workload.models_deny:
        edits.append(Edit("set", (f"workloads.{i}.models_deny",), [m for m in workload.models_deny if m != model]))
    return Relaxation(promise, f"{workload.workload} may also be served by {model}", None, None, "", tuple(edits))


def _other_region(promise: str, region: str, i: int, workload: Workload, catalog: Catalog) -> Relaxation:
    lists = workload.regions
    law = str(catalog.regions.set_index("region")["jurisdiction"][region])
    edits = []
    if lists.allow and region not in lists.allow:
        edits.append(Edit("set", (f"workloads.{i}.regions.allow",), [*lists.allow, region]))
    if region in lists.deny:
        edits.append(Edit("set", (f"workloads.{i}.regions.deny",), [r for r in lists.deny if r != region]))
    if lists.jurisdictions and law not in lists.jurisdictions:
        edits.append(Edit("set", (f"workloads.{i}.regions.jurisdictions",), [*lists.jurisdictions, law]))
    text = f"{workload.workload} may also be served in {region}"
    text += f" (data under the law of {law})" if lists.jurisdictions else ""
    return Relaxation(promise, text, None, None, "", tuple(edits))


def _earlier(instance: Instance, catalog: Catalog, offer: str, periods: int) -> Relaxation:
    offers = market(instance, catalog).offers
    lead = dict(zip(offers["offer"], offers["lead_time_periods"].astype(int).tolist(), strict=True))[offer]
    text = f"{offer} delivered {periods} period{'s' * (periods > 1)} earlier ({lead} -> {lead - periods} from order to first use)"
    return Relaxation(f"lead|{offer}", text, lead, lead - periods, "periods", (Edit("lead", (offer,), lead - periods),))


def _more_supply(give: Give, promise: str, rows: Sequence[tuple[Slack, float, tuple[str, ...]]]) -> Relaxation:
    """Returns the nodes that are missing, the most of any block of each period."""
    offer = promise.split("|")[1]
    node_type = give.groups.offers[offer]["node_type"]
    missing: dict[str, int] = {}
    for _, amount, (_, period, _) in rows:
        missing[period] = max(missing.get(period, 0), math.ceil(amount - 1e-6))
    parts = [f"+{n} in {t} ({give.caps[offer, t]} -> {give.caps[offer, t] + n})" for t, n in missing.items()]
    edits = tuple(Edit("supply", (offer, t), give.caps[offer, t] + n) for t, n in missing.items())
    first = next(iter(missing))
    before = float(give.caps[offer, first])
    text = f"more nodes {node_type} of {offer}: {', '.join(parts)}"
    return Relaxation(promise, text, before, before + missing[first], "nodes", edits)


def _smaller_order(give: Give, promise: str, rows: Sequence[tuple[Slack, float, tuple[str, ...]]]) -> Relaxation:
    """Returns the smallest order that the seller would have to take."""
    offer = promise.split("|")[1]
    before = give.orders_min[offer]
    after = before - math.ceil(max(amount for _, amount, _ in rows) - 1e-6)
    edit = Edit("orders_min", (offer,), after)
    return Relaxation(promise, f"smallest order of {offer}: {before} -> {after} nodes", before, after, "nodes", (edit,))


def _less_traffic(give: Give, promise: str, rows: Sequence[tuple[Slack, float, tuple[str, ...]]]) -> Relaxation:
    workload = promise.split("|")[1]
    parts, edits = [], []
    for slack, amount, key in rows:
        left = max(0.0, math.floor((slack.limit - amount) * (1 - 1e-6) * 1e6) / 1e6)
        parts.append(f"{amount / slack.limit:.1%} of {slack.limit:g} requests/s in {key[1]} {key[2]}")
        edits.append(Edit("demand", (key[0], key[1], key[2]), left))
    first = rows[0][0]
    text = f"turn away traffic of {workload}: {', '.join(parts[:4])}" + (f" and {len(parts) - 4} more" if len(parts) > 4 else "")
    return Relaxation(promise, text, first.limit, first.limit - rows[0][1], "requests/s", tuple(edits))


def _fewer_replicas(instance: Instance, promise: str, rows: Sequence[tuple[Slack, float, tuple[str, ...]]]) -> Relaxation:
    pool = promise.split("|")[1]
    before = int(rows[0][0].limit)
    after = before - math.ceil(max(amount for _, amount, _ in rows) - 1e-6)
    members = next((p.workloads for p in instance.settings.pools if p.pool == pool), (pool,))
    edits = [
        Edit("set", (f"workloads.{i}.replicas_min",), after)
        for i, w in enumerate(instance.settings.workloads) if w.workload in members and w.replicas_min > after
    ]  # fmt: skip
    text = f"fewest replicas of {pool}: {before} -> {after}"
    return Relaxation(promise, text, before, after, "replicas", tuple(edits))


def _fewer_spares(give: Give, promise: str, rows: Sequence[tuple[Slack, float, tuple[str, ...]]]) -> Relaxation:
    """Returns how many replicas may still be lost: none in a pool of several workloads, whose losses are cases."""
    name = promise.split("|")[1]
    i, value = _limit(give.instance, name)
    rows = [row for row in rows if row[2][-1] not in ("worth", "count")]
    judged = (give.groups.spares.levels.get(key) for _, _, key in rows)  # type: ignore[arg-type]
    left = [
        0.0 if one is None else math.floor(one.spares - amount / one.level_requests_per_s + 1e-6)
        for one, (_, amount, _) in zip(judged, rows, strict=True)
    ]
    after = max(0.0, min(left, default=value - 1))
    text = f"spare replicas ({name}): {value:g} -> {after:g}"
    return Relaxation(promise, text, value, after, "replicas", (Edit("set", (f"limits.{i}.value",), after),))


def _lower_service_share(give: Give, promise: str, rows: Sequence[tuple[Slack, float, tuple[str, ...]]]) -> Relaxation:
    """Returns the share that can still be served without a region, down to the per cent."""
    name = promise.split("|")[1]
    i, before = _limit(give.instance, name)
    lacking = 0.0
    for _, amount, key in rows:
        rule = "region_loss_carried" if len(key) > 5 else "region_loss"
        lacking = max(lacking, before * amount / give.traffic_after_loss(rule, list(key)))
    after = max(0.0, math.floor((before - lacking) * 100 + 1e-6) / 100)
    text = f"share served without a region ({name}): {before:.0%} -> {after:.0%} of requests"
    return Relaxation(promise, text, before, after, "share", (Edit("set", (f"limits.{i}.value",), after),))


def _higher_limit(instance: Instance, promise: str, rows: Sequence[tuple[Slack, float, tuple[str, ...]]]) -> Relaxation:
    """Returns a policy limit raised (or a floor lowered) to three digits beyond what is needed."""
    family, name = promise.split("|")[:2]
    slack, amount = max(((s, a) for s, a, _ in rows), key=lambda row: row[1])
    give = GIVES[family]
    after = rounded_up(slack.limit + amount)
    i, _ = _limit(instance, name)
    text = f"{give.noun} {name}: {slack.limit:,.10g} -> {after:,.10g} {give.unit} ({after / slack.limit - 1:+.1%})"
    return Relaxation(promise, text, slack.limit, after, give.unit, (Edit("set", (f"limits.{i}.value",), after),))


def _larger_share(instance: Instance, promise: str, share: float) -> Relaxation:
    """Returns a share limit raised to the next per cent."""
    family, name = promise.split("|")[:2]
    i, before = _limit(instance, name)
    after = min(1.0, math.ceil(share * 100 - 1e-6) / 100)
    text = f"{GIVES[family].noun} ({name}): {before:.0%} -> {after:.0%} {GIVES[family].unit}"
    return Relaxation(promise, text, before, after, "share", (Edit("set", (f"limits.{i}.value",), after),))


def _limit(instance: Instance, name: str) -> tuple[int, float]:
    """Returns the position and the value of a limit by its name, in one future too."""
    i = instance.limit_position(name)
    assert i is not None, name
    return i, instance.settings.limits[i].value


def keys_of(row_names: Sequence[str], amounts: Sequence[tuple[Slack, float]]) -> list[tuple[Slack, float, tuple[str, ...]]]:
    """Returns amounts with the index of their rows."""
    return [(slack, amount, tuple(row_names[slack.row][:-1].partition("[")[2].split(","))) for slack, amount in amounts]
