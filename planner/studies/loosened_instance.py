"""An instance with some promises relaxed: the same wishes but for a few edits, each of which a user could make by hand."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from planner.inputs.instance import Instance, InstanceFile
from planner.inputs.policy import SUPPLY
from planner.options.coefficients import Coefficients
from planner.options.scenarios import block_id, probabilities


@dataclass(frozen=True)
class Edit:
    """One change: a setting by its dotted path, a row of the supply table, or periods from order to first use of an offer."""

    kind: Literal["set", "supply", "lead", "demand", "orders_min"]
    key: tuple[str, ...]
    value: Any

    def __str__(self) -> str:
        if self.kind == "set":
            return f"--set {self.key[0]}={_yaml(self.value)}"
        if self.kind == "supply":
            return f"supply row: offer {self.key[0]}, period {self.key[1]}, nodes_max {self.value}"
        if self.kind == "orders_min":
            return f"orders_min row: offer {self.key[0]}, nodes_min {self.value}"
        if self.kind == "demand":
            return f"demand row: {' / '.join(self.key)}, requests_per_s {self.value:g}"
        return f"catalog, purchases: {self.key[0]} in {self.value} periods"


def edited(instance: Instance, edits: Sequence[Edit]) -> Instance:
    """Returns the instance with the settings, supply rows and demand of some edits (deliveries: see `delivered`)."""
    settings = instance.settings.model_dump(mode="json")
    for edit in edits:
        if edit.kind == "set":
            settings = _with(settings, edit.key[0].split("."), edit.value)
    rows = [
        {"offer": e.key[0], "node_type": "*", "region": "*", "provider": "*", "period": e.key[1], "nodes_max": int(e.value)}
        for e in edits if e.kind == "supply"
    ]  # fmt: skip
    supply = instance.tables["supply"]
    if rows:
        supply = pd.concat([f for f in (supply, SUPPLY.check(pd.DataFrame(rows), "supply")) if len(f)], ignore_index=True)
    rates = {e.key: float(e.value) for e in edits if e.kind == "demand"}
    demand = instance.demand
    is_only = len(probabilities(instance)) == 1
    columns = ["workload", "period", "block", "scenario", "requests_per_s"]
    asked = [
        rates.get((workload, period, block_id(block, scenario, is_only)), rate)
        for workload, period, block, scenario, rate in demand[columns].itertuples(index=False, name=None)
    ]
    least = {e.key[0]: int(e.value) for e in edits if e.kind == "orders_min"}
    orders = instance.tables["orders_min"]
    smaller = [least.get(offer, nodes) for offer, nodes in zip(orders["offer"], orders["nodes_min"], strict=True)]
    orders = orders.assign(nodes_min=pd.Series(smaller, index=orders.index, dtype="int64")).loc[lambda t: t["nodes_min"] > 0]
    return dataclasses.replace(
        instance, settings=InstanceFile.model_validate(settings), demand=demand.assign(requests_per_s=asked),
        tables={**instance.tables, "supply": supply, "orders_min": orders},
    )  # fmt: skip


def delivered(coefficients: Coefficients, edits: Sequence[Edit]) -> Coefficients:
    """Returns the coefficients with the deliveries of some edits."""
    leads: Mapping[str, int] = {e.key[0]: int(e.value) for e in edits if e.kind == "lead"}
    if not leads:
        return coefficients
    periods = coefficients.offers["lead_time_periods"].where(
        ~coefficients.offers["offer"].isin(leads), coefficients.offers["offer"].map(leads)
    )
    return coefficients.with_tables(offers=coefficients.offers.assign(lead_time_periods=periods.astype("int64")))


def _with(data: Any, parts: Sequence[str], value: Any) -> Any:
    """Returns a copy of nested data with one value replaced."""
    head, rest = parts[0], parts[1:]
    if isinstance(data, list):
        place = int(head)
        return [*data[:place], _with(data[place], rest, value) if rest else value, *data[place + 1 :]]
    return {**data, head: _with(data[head], rest, value) if rest else value}


def _yaml(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return f"{value:.12g}" if isinstance(value, float) else str(value)
