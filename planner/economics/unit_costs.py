"""Unit economics of a plan: what a million tokens cost, who uses what is paid for, energy and carbon per token.

The money is shared out as in `plan.allocation` (nodes to replicas by accelerators, replicas to workloads by busy
replicas), then inside a workload and option to new input, cached input and output as `token_shares` says. What nobody
uses (idle accelerators, an option without traffic in a period) stays apart, so every sum is the ledger's; spread over all in
proportion to their own cost it makes each price `idle_factor` times as high. Tokens bought cost what their list prices say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from planner.economics.bought_tokens import BOUGHT, bought_tokens
from planner.economics.token_shares import token_shares
from planner.inputs.instance import Instance
from planner.options.coefficients import Coefficients
from planner.options.length_classes import by_class
from planner.options.rates import workload_lengths
from planner.plan.allocation import IDLE, allocate
from planner.plan.files import read_plan, read_plan_inputs
from planner.plan.handovers import work
from planner.plan.ledger_frame import KEYS, block_hours
from planner.plan.length_classes import spoken
from planner.plan.plan import PlanTables
from planner.units import SECONDS_PER_HOUR, TOKENS_PER_MTOK

SLOT = ["period", "block"]
DIMENSIONS = ("workload", "model", "accelerator", "period")
KINDS = ("input", "cached", "output")
USD = [*(f"usd_{kind}" for kind in KINDS), "usd_by_request", "usd_idle"]
AMOUNTS = ["requests", *(f"mtok_{kind}" for kind in KINDS), *USD]


@dataclass(frozen=True, eq=False)
class UnitCosts:
    """Unit economics of one plan.

    `detail`: workload, model, accelerator, option, period and AMOUNTS: million tokens of new input, cached input and output,
    their usd, usd that is paid by request (egress, requests turned away) and usd of what nobody uses (workload `idle`).
    Tokens bought stand under the accelerator `bought by the token`.
    `use`: accelerator, period, paid_hours, allocated_hours, busy_hours (of accelerators) and their shares of what is paid.
    `energy`: workload (and `idle`, `all`), mtok, kwh, kg of carbon dioxide, and both per million tokens.
    """

    name: str
    objective_usd: float
    detail: pd.DataFrame
    use: pd.DataFrame
    energy: pd.DataFrame
    bases: tuple[str, ...]

    @property
    def rule(self) -> str:
        """How a request's cost was split over its tokens, in words."""
        own = [f"{' and '.join(self.bases)} of prefill and decode"] if self.bases else []
        return ", ".join([*own, *(["tokens bought at their list prices"] if self.is_buying else [])]) or "no rule: no tokens"

    @property
    def is_buying(self) -> bool:
        """Whether some tokens are bought from an API."""
        return bool((self.detail["accelerator"] == BOUGHT).any())

    @property
    def idle_factor(self) -> float:
        """Factor on every price that spreads what nobody uses over all in proportion."""
        used = self.objective_usd - float(self.detail["usd_idle"].sum())
        return self.objective_usd / used if used > 0 else float("nan")

    def by(self, dimensions: Sequence[str]) -> pd.DataFrame:
        """Returns AMOUNTS summed by some of DIMENSIONS, `usd` (their sum), and prices without what nobody uses.

        usd_per_mtok_input, usd_per_mtok_cached, usd_per_mtok_output and usd_per_request; NaN where there are no tokens.
        """
        keys = list(dimensions)
        return _priced(self.detail.groupby(keys, as_index=False, sort=False)[AMOUNTS].sum())

    def total(self) -> pd.DataFrame:
        """Returns the one row of `by` for the whole plan."""
        return _priced(pd.DataFrame([self.detail[AMOUNTS].sum()]))

    def record(self) -> dict[str, Any]:
        """Returns plain values for JSON."""
        tables = {f"by_{name}": self.by([name]) for name in DIMENSIONS}
        tables |= {"total": self.total(), "detail": self.by(DIMENSIONS), "utilisation": self.use, "energy": self.energy}
        return {
            "name": self.name, "objective_usd": self.objective_usd,
            "idle_factor": self.idle_factor,
            "attribution": [*self.bases, *(["list prices"] if self.is_buying else [])],
            **{name: frame.to_dict("records") for name, frame in tables.items()},
        }  # fmt: skip


def plan_unit_costs(folder: Path) -> UnitCosts:
    """Returns the unit economics of the plan in a folder; raises InputError where it cannot be read."""
    plan, given = read_plan(folder), read_plan_inputs(folder)
    tables, coefficients, instance = plan.tables, given.coefficients, by_class(given.instance)
    served = tokens_served(tables, coefficients, instance)
    shares = token_shares(folder, instance, coefficients, served[["workload", "option"]].drop_duplicates())
    bought = bought_tokens(tables, coefficients)
    detail = spoken(_detail(tables, coefficients, served, shares, bought), coefficients)
    detail = detail.groupby([*DIMENSIONS, "option"], as_index=False, sort=False)[AMOUNTS].sum()
    bases = tuple(dict.fromkeys(str(name) for name in shares["basis"]))
    return UnitCosts(
        plan.facts.name, tables.total_usd, detail, utilisation(tables, coefficients), energy(tables, coefficients, served), bases
    )  # fmt: skip


def tokens_served(tables: PlanTables, coefficients: Coefficients, instance: Instance) -> pd.DataFrame:
    """Returns workload, option, period, requests and million tokens of each kind; expectations over scenarios.

    Where prompts and tokens are worked off apart, prompts count on the prefill option, tokens and requests on the decode one.
    """
    timed = work(tables.traffic, tables.handovers).merge(block_hours(coefficients), on=SLOT)
    timed = timed.assign(requests=timed["requests_per_s"] * timed["hours"] * SECONDS_PER_HOUR)
    keys = ["workload", "option", "period"]
    if timed.empty:
        return pd.DataFrame(columns=[*keys, "requests", *(f"mtok_{kind}" for kind in KINDS)])
    summed = timed.groupby(keys, as_index=False)[["requests"]].sum()
    each = pd.DataFrame([_mean_tokens(instance, name) for name in dict.fromkeys(summed["workload"])])
    rows = summed.merge(each, on="workload")
    roles = rows["option"].map(coefficients.options.set_index("option")["role"])
    mtok = {
        f"mtok_{kind}": rows["requests"] * rows[kind] / TOKENS_PER_MTOK * (roles != ("prefill" if kind == "output" else "decode"))
        for kind in KINDS
    }
    return rows.drop(columns=list(KINDS)).assign(**mtok, requests=rows["requests"] * (roles != "prefill"))


def utilisation(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns accelerator-hours paid, allocated to replicas and busy, by accelerator and period, and shares of the paid.

    Busy: requests per second over the rate of a replica at full load, times its accelerators.
    """
    hours = block_hours(coefficients)
    offers = coefficients.offers[["offer", "accelerator", "accelerators"]]
    options = coefficients.options[["option", "accelerator", "gpus"]]
    rates = coefficients.rates[["workload", "option", "requests_per_s"]].rename(columns={"requests_per_s": "rate"})
    paid = tables.nodes.merge(offers, on="offer").merge(hours, on=SLOT)
    taken = tables.placement.drop(columns="accelerators").assign(taken=tables.placement["accelerators"])
    taken = taken.merge(offers[["offer", "accelerator"]], on="offer").merge(hours, on=SLOT)
    busy = (
        work(tables.traffic, tables.handovers)
        .merge(options, on="option")
        .merge(rates, on=["workload", "option"])
        .merge(hours, on=SLOT)
    )
    parts = {
        "paid_hours": (paid, paid["nodes"] * paid["accelerators"] * paid["hours"]),
        "allocated_hours": (taken, taken["taken"] * taken["hours"]),
        "busy_hours": (busy, busy["requests_per_s"] / busy["rate"] * busy["gpus"] * busy["hours"]),
    }
    columns = [
        amount.groupby([frame["accelerator"], frame["period"]]).sum().rename(name) for name, (frame, amount) in parts.items()
    ]
    joined = pd.concat(columns, axis=1).fillna(0.0).astype(float).rename_axis(["accelerator", "period"]).reset_index()
    order = {name: place for place, name in enumerate(coefficients.periods.sort_values("position")["period"])}
    joined = joined.assign(position=joined["period"].map(order)).sort_values(["accelerator", "position"]).drop(columns="position")
    share = {f"{name}_share": joined[f"{name}_hours"] / joined["paid_hours"] for name in ("allocated", "busy")}
    return joined.assign(**share).reset_index(drop=True)


def energy(tables: PlanTables, coefficients: Coefficients, served: pd.DataFrame) -> pd.DataFrame:
    """Returns kWh and kg of carbon dioxide by workload, `idle` and `all`, and both per million tokens of any kind.

    A node that is there draws full power: kW x PUE x hours; carbon is that times the grid's location-based average. Shared
    out like money. NaN where the plan has no power of a node type or no grid of a region.
    """
    offers = coefficients.offers[["offer", "node_type", "region"]]
    there = tables.nodes.merge(offers, on="offer").merge(block_hours(coefficients), on=SLOT)
    there = there.merge(coefficients.machines, on="node_type", how="left").merge(coefficients.grid, on="region", how="left")
    kwh = there["power_kw"] * there["pue"] * there["hours"] * there["nodes"]
    mtok = spoken(served, coefficients).groupby("workload")[[f"mtok_{kind}" for kind in KINDS]].sum().sum(axis=1)
    names = list(dict.fromkeys(spoken(coefficients.pools, coefficients)["workload"]))
    columns = {"kwh": _shared_out(there, kwh, tables, coefficients)}
    columns["kg"] = _shared_out(there, kwh * there["grid_kg_co2_per_kwh"], tables, coefficients)
    frame = pd.DataFrame({"workload": names, "mtok": mtok.reindex(names).fillna(0.0).to_numpy()})
    for name, amount in columns.items():
        frame[name] = amount.reindex(names).fillna(0.0).to_numpy()
    rest = {name: float(amount.sum()) - float(frame[name].sum()) for name, amount in columns.items()}
    whole = {name: float(amount.sum()) if amount.notna().all() else float("nan") for name, amount in columns.items()}
    last = [{"workload": IDLE, "mtok": 0.0, **rest}, {"workload": "all", "mtok": float(frame["mtok"].sum()), **whole}]
    frame = pd.concat([frame, pd.DataFrame(last)], ignore_index=True)
    per = frame["mtok"].where(frame["mtok"] > 0)
    return frame.assign(kwh_per_mtok=frame["kwh"] / per, kg_per_mtok=frame["kg"] / per)


def _shared_out(there: pd.DataFrame, amount: pd.Series, tables: PlanTables, coefficients: Coefficients) -> pd.Series:
    """An amount of every offer and slot by workload, shared out as its rent would be."""
    rows = {"term": "rent", "offer": there["offer"], "workload": "", "period": there["period"], "block": there["block"]}
    ledger = pd.DataFrame({**rows, "usd": amount})[[*KEYS, "usd"]]
    made = replace(tables, ledger=ledger, orders=tables.orders.iloc[:0])
    return spoken(allocate(made, coefficients), coefficients).groupby("workload")["usd"].sum()


def _detail(
    tables: PlanTables, coefficients: Coefficients, served: pd.DataFrame, shares: pd.DataFrame, bought: pd.DataFrame
) -> pd.DataFrame:
    """The detail frame: allocated money of every workload and option by period, beside the tokens it served."""
    kinds = coefficients.offers.set_index("offer")["accelerator"]
    of_option = coefficients.options.set_index("option")[["model", "accelerator"]]
    spent = allocate(tables, coefficients)
    spent = spent[~spent["offer"].isin(bought["api_offer"])]
    workloads = set(coefficients.pools["workload"])
    is_used = spent["workload"].isin(workloads) & (spent["option"] != "")
    is_direct = spent["workload"].isin(workloads) & (spent["option"] == "")
    key = ["workload", "option", "period"]
    used = spent[is_used].groupby(key, as_index=False)[["usd"]].sum().merge(served, on=key, how="left")
    used = used.merge(shares, on=["workload", "option"], how="left")
    used = used.assign(
        model=used["option"].map(of_option["model"]), accelerator=used["option"].map(of_option["accelerator"]),
        usd_idle=used["usd"].where(used["requests"].isna(), 0.0),
        **{f"usd_{kind}": (used["usd"] * used[f"{kind}_share"]).where(used["requests"].notna()) for kind in KINDS},
    )  # fmt: skip
    direct = spent[is_direct].rename(columns={"usd": "usd_by_request"}).assign(accelerator="")
    idle = spent[~is_used & ~is_direct].rename(columns={"usd": "usd_idle"})
    idle = idle.assign(workload=IDLE, model="", option="", accelerator=idle["offer"].map(kinds).fillna(""))
    columns = [*DIMENSIONS, "option", *AMOUNTS]
    parts = [part.reindex(columns=columns) for part in (used, direct, idle, bought.assign(option="")) if len(part)]
    joined = pd.concat(parts or [used.reindex(columns=columns)], ignore_index=True)
    joined[AMOUNTS] = joined[AMOUNTS].astype(float).fillna(0.0)
    return joined.groupby([*DIMENSIONS, "option"], as_index=False, sort=False)[AMOUNTS].sum()


def _priced(frame: pd.DataFrame) -> pd.DataFrame:
    prices = {
        f"usd_per_mtok_{kind}": frame[f"usd_{kind}"] / frame[f"mtok_{kind}"].where(frame[f"mtok_{kind}"] > 0) for kind in KINDS
    }
    usd = frame[USD].sum(axis=1)
    per_request = (usd - frame["usd_idle"]) / frame["requests"].where(frame["requests"] > 0)
    return frame.assign(usd=usd, **prices, usd_per_request=per_request)


def _mean_tokens(instance: Instance, workload: str) -> dict[str, object]:
    wish = next(one for one in instance.settings.workloads if one.workload == workload)
    lengths, hit = workload_lengths(instance, wish), wish.prefix_hit_share
    tokens = {"input": lengths.mean_input * (1 - hit), "cached": lengths.mean_input * hit, "output": lengths.mean_output}
    return {"workload": workload, **tokens}
