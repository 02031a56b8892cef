"""Hours, pools and scalar limits are those of the instance."""

from typing import get_args

import pandas as pd

from planner.inputs.instance import Instance
from planner.inputs.policy import LimitKind
from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, joined, number, told
from planner.plan.horizon import horizon_blocks, horizon_periods
from planner.plan.ledger import limit_or_nan
from planner.plan.tolerances import RELATIVE, SHARE


def settings_as_given(found: AuditInput) -> Checked:
    """Periods, blocks, pools, minima, parts, utilisation and use share of the coefficients are those the instance says."""
    if found.instance is None:
        return Checked(0)
    horizon = found.instance.settings.horizon
    given = found.coefficients
    parts = [
        _hours(given.periods.astype({"position": float}), horizon_periods(horizon), ["period", "position"]),
        _hours(given.blocks, horizon_blocks(horizon, found.instance.settings.risk.scenarios), SLOT),
        _pools(given.pools, found.instance),
        _slices(given.slices, found.instance),
        _limit(found, "utilisation_max", found.instance.settings.service.utilisation_max),
        _limit(found, "terminal_use_share", found.instance.settings.money.terminal_use_share),
        *(_scalar(found, name, value) for name, value in _optional(found.instance).items()),
        _policy(given.limits, found.instance),
        _spot(given.spot, found.instance),
    ]
    return joined(*parts)


def _hours(planned: pd.DataFrame, given: pd.DataFrame, key: list[str]) -> Checked:
    rows = planned[[*key, "hours"]].merge(given[[*key, "hours"]], on=key, how="outer", suffixes=("_planned", "_given"))
    wrong = rows[~((rows["hours_planned"] - rows["hours_given"]).abs() <= RELATIVE * rows["hours_given"])]
    return told(
        "settings_as_given",
        len(rows),
        wrong,
        lambda row: Finding(
            "settings_as_given",
            f"hours of {key[0]} {row[0]}" + (f"/{row[1]}" if key == SLOT else ""),
            number(row.hours_given),
            number(row.hours_planned),
            "h",
        ),
    )


def _pools(planned: pd.DataFrame, instance: Instance) -> Checked:
    """A workload has its declared pool, else its own name; and its own minimum of replicas."""
    settings = instance.settings
    member = {name: pool.pool for pool in settings.pools for name in pool.workloads}
    rows = [(w.workload, member.get(w.workload, w.workload), w.replicas_min) for w in settings.workloads]
    given = pd.DataFrame(rows, columns=["workload", "pool", "replicas_min"])
    both = planned[["workload", "pool", "replicas_min"]].merge(given, on="workload", how="outer", suffixes=("_planned", "_given"))
    is_right = (both["pool_planned"] == both["pool_given"]) & (both["replicas_min_planned"] == both["replicas_min_given"])
    return told(
        "settings_as_given",
        len(both),
        both[~is_right],
        lambda row: Finding(
            "settings_as_given",
            f"pool and fewest replicas of {row.workload}",
            f"{row.pool_given}, {number(row.replicas_min_given)}",
            f"{row.pool_planned}, {number(row.replicas_min_planned)}",
        ),
    )


def _slices(planned: pd.DataFrame, instance: Instance) -> Checked:
    """A workload has the equal parts that it asks for, none where it asks for none."""
    rows = [(w.workload, w.slices) for w in instance.settings.workloads if w.slices]
    given = pd.DataFrame(rows, columns=["workload", "parts"]).astype({"workload": object, "parts": "int64"})
    both = planned.merge(given, on="workload", how="outer", suffixes=("_planned", "_given"))
    both = both.fillna({"parts_planned": 0, "parts_given": 0})
    return told(
        "settings_as_given",
        len(both),
        both[~(both["parts_planned"] == both["parts_given"])],
        lambda row: Finding(
            "settings_as_given", f"equal parts of {row.workload}", number(row.parts_given), number(row.parts_planned), "parts"
        ),
    )


def _policy(planned: pd.DataFrame, instance: Instance) -> Checked:
    """Every policy limit of the instance is planned with, as it is said, and no other."""
    columns = ["limit", "kind", "scope", "period", "benchmark", "value"]
    reporter = instance.settings.quality.reported_by
    told_by = f" ({reporter})" if reporter else ""
    said = [
        {**limit.model_dump(), "benchmark": limit.benchmark and limit.benchmark + told_by} for limit in instance.settings.limits
    ]
    given = pd.DataFrame(said, columns=columns).astype({"value": float})
    rows = planned.loc[planned["kind"].isin(get_args(LimitKind)), columns]
    both = rows.merge(given, on=columns, how="outer", indicator="where")
    return told(
        "settings_as_given",
        len(both),
        both[both["where"] != "both"],
        lambda row: Finding(
            "settings_as_given",
            f"policy limit {row.limit}, {row.kind} of {row.scope or 'all'} in {row.period or 'all periods'}: {number(row.value)}",
            "the same in the instance and in the plan",
            "only in the plan" if row.where == "left_only" else "only in the instance",
        ),
    )


def _spot(planned: pd.DataFrame, instance: Instance) -> Checked:
    """A workload bears the share of spot nodes that the instance says, none where it says none."""
    given = {w.workload: w.spot_share_max for w in instance.settings.workloads if w.spot_share_max > 0}
    found = dict(zip(planned["workload"], planned["spot_share_max"], strict=True))
    rows = pd.DataFrame(
        [(name, given.get(name, 0.0), found.get(name, 0.0)) for name in sorted({*given, *found})],
        columns=["workload", "given", "planned"],
    )
    return told(
        "settings_as_given",
        len(rows),
        rows[~((rows["given"] - rows["planned"]).abs() <= SHARE)],
        lambda row: Finding("settings_as_given", f"spot_share_max of {row.workload}", number(row.given), number(row.planned)),
    )


def _optional(instance: Instance) -> dict[str, float]:
    """Returns the scalars that stand among the limits only where the instance sets them."""
    money, supply = instance.settings.money, instance.settings.supply
    return {
        "carbon_usd_per_tonne": money.carbon_usd_per_tonne,
        "switching_usd_per_node": money.switching_usd_per_node,
        "migration_usd_per_replica": money.migration_usd_per_replica,
        "discount_rate_per_year": money.discount_rate_per_year,
        "spot_interruption_share": supply.spot_interruption_share if "spot" in supply.terms else 0.0,
    }


def _scalar(found: AuditInput, name: str, given: float) -> Checked:
    planned = found.coefficients.scalar(name)
    if abs(planned - given) <= SHARE:
        return Checked(1)
    return Checked(1, (Finding("settings_as_given", name, number(given), number(planned)),))


def _limit(found: AuditInput, name: str, given: float) -> Checked:
    planned = limit_or_nan(found.coefficients, name)
    if abs(planned - given) <= SHARE:
        return Checked(1)
    return Checked(1, (Finding("settings_as_given", name, number(given), number(planned)),))
