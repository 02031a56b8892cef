"""What the families on money, supply and policy sum over: limits of an instance prepared as rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyomo.environ as pyo

from planner.options.places import is_spot_place
from planner.units import KG_PER_TONNE, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from planner.program.groups import Groups

Slot = tuple[str, str]
"""(period, block)"""
Amount = tuple[str, tuple[str | int, ...], float]
"""(variable, index, amount a unit of it)"""
OWN_KINDS = ("owned", "purchase")
"""Nodes that are no provider's: they count in totals, and in a provider's share only where a limit names them."""


def weighed(m: Any, amounts: Sequence[Amount]) -> Any:
    """Returns the sum of amounts as an expression of a model."""
    return pyo.quicksum(value * m.component(variable)[index] for variable, index, value in amounts)


@dataclass(frozen=True)
class PolicyGroups:
    """Prepared sums of the policy families; every one is empty where the instance has no such limit."""

    groups: "Groups"

    def limits(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """Returns the limits of a kind by name: scope, period, value."""
        return {str(row["limit"]): row for row in self.groups.coefficients.limits_of(kind)}

    def periods_of(self, limit: Mapping[str, Any]) -> list[str]:
        """Returns the periods that a limit holds in: its own, or all."""
        return [str(limit["period"])] if limit["period"] else self.groups.periods

    @cached_property
    def cash_of_period(self) -> dict[str, list[Amount]]:
        """Cash paid by period, usd a unit of each variable: rent, orders (upfront, then by the hour), egress, tokens, pledges."""
        g = self.groups
        cash: dict[str, list[Amount]] = {t: [] for t in g.periods}
        for f, t, b in g.rentals:
            cash[t].append(("rent", (f, t, b), g.usd_per_hour[f, t] * g.hours[t, b]))
        usd: dict[tuple[tuple[str, str], str], float] = {}
        for order in g.orders:
            usd[order, order[1]] = g.upfront_usd[order] + g.residual_usd[order]
        for (_, t), alive in g.orders_alive.items():
            for order in alive:
                usd[order, t] = usd.get((order, t), 0.0) + g.usd_per_hour[order] * g.period_hours[t]
        for (order, t), amount in usd.items():
            cash[t].append(("commit", order, amount))
        for route in g.routes:
            price = g.egress_usd_per_request[route[0], g.region_of[route[2]]]
            cash[route[3]].append(("serve", route, price * SECONDS_PER_HOUR * g.hours[route[3], route[4]]))
        for t, paid in g.service.token_cash:
            cash[t].append(paid)
        for (pledge, t), hours in g.savings.hours_inside.items():
            cash[t].append(("pledge", pledge, hours))
        for key in g.savings.applied:
            cash[key[3]].append(("apply", key, -g.usd_per_hour[key[2], key[3]] * g.hours[key[3], key[4]]))
        return {t: [amount for amount in amounts if amount[2]] for t, amounts in cash.items()}

    @cached_property
    def budgets(self) -> dict[str, list[Amount]]:
        """Cash that each budget counts, by limit and scenario: that of its period, or of the whole horizon."""
        return self._in_each_scenario(lambda one: one.budgets_seen)

    @property
    def budgets_seen(self) -> dict[str, list[Amount]]:
        """Cash that each budget counts at the hours given, by limit."""
        rows = self.limits("budget_usd")
        return {name: [a for t in self.periods_of(row) for a in self.cash_of_period[t]] for name, row in rows.items()}

    def _in_each_scenario(self, rows: "Callable[[PolicyGroups], dict[str, list[Amount]]]") -> dict[str, list[Amount]]:
        """Returns the rows by limit; with several scenarios one for each, `limit@scenario`, at that scenario's own hours."""
        risk = self.groups.risk
        if len(risk.probability) == 1:
            return rows(self)
        return {f"{limit}@{s}": row for s in risk.probability for limit, row in rows(risk.seen_in(s).policy).items()}

    def most(self, kind: str) -> dict[str, float]:
        """Returns the value of the limits of a kind by the key of their rows: limit, or limit@scenario."""
        scenarios = list(self.groups.risk.probability)
        ends = [f"@{name}" for name in scenarios] if len(scenarios) > 1 else [""]
        return {f"{name}{end}": float(row["value"]) for name, row in self.limits(kind).items() for end in ends}

    @cached_property
    def nodes_of_slot(self) -> dict[Slot, list[tuple[str, tuple[str, ...], str]]]:
        """Nodes that are there, rented or held, by slot: (variable, index, offer)."""
        g = self.groups
        there: dict[Slot, list[tuple[str, tuple[str, ...], str]]] = {slot: [] for slot in g.slots}
        for f, t, b in g.rentals:
            there[t, b].append(("rent", (f, t, b), f))
        for f, t in g.holdings:
            for slot in (slot for slot in g.slots if slot[0] == t):
                there[slot].append(("hold", (f, t), f))
        return there

    @cached_property
    def power_kw(self) -> dict[str, float]:
        """Power of a node at full load before PUE, by offer; kW, 0 where it is not known."""
        machines = self.groups.coefficients.machines
        kw = dict(zip(machines["node_type"], machines["power_kw"], strict=True))
        return {name: float(kw.get(row["node_type"], 0.0)) for name, row in self.groups.offers.items()}

    @cached_property
    def powers(self) -> dict[tuple[str, str, str, str], list[Amount]]:
        """Power drawn by (limit, region, period, block): of the limit's region, or of each; kW."""
        rows: dict[tuple[str, str, str, str], list[Amount]] = {}
        for name, limit in self.limits("power_kw").items():
            for region in self._scopes(limit, "region"):
                for t, b in self._slots_of(limit):
                    at = [n for n in self.nodes_of_slot[t, b] if self.groups.offers[n[2]]["region"] == region]
                    rows[name, region, t, b] = [(v, i, self.power_kw[f]) for v, i, f in at if self.power_kw[f]]
        return {key: amounts for key, amounts in rows.items() if amounts}

    @cached_property
    def kg_co2_per_hour(self) -> dict[str, float]:
        """Emission of a node that is there, by offer: power x PUE x grid; kg/h."""
        grid = self.groups.coefficients.grid
        per_kwh = dict(zip(grid["region"], grid["pue"] * grid["grid_kg_co2_per_kwh"], strict=True))
        return {name: self.power_kw[name] * per_kwh.get(row["region"], 0.0) for name, row in self.groups.offers.items()}

    @cached_property
    def carbon_of_period(self) -> dict[str, list[tuple[str, Amount]]]:
        """Emission by period: (region, amount), kg a unit of each variable."""
        g = self.groups
        carbon: dict[str, list[tuple[str, Amount]]] = {t: [] for t in g.periods}
        for f, t, b in g.rentals:
            amount = ("rent", (f, t, b), self.kg_co2_per_hour[f] * g.hours[t, b])
            carbon[t].append((str(g.offers[f]["region"]), amount))
        for f, t in g.holdings:
            carbon[t].append((str(g.offers[f]["region"]), ("hold", (f, t), self.kg_co2_per_hour[f] * g.period_hours[t])))
        return {t: [one for one in amounts if one[1][2]] for t, amounts in carbon.items()}

    @cached_property
    def carbon_caps(self) -> dict[str, list[Amount]]:
        """Emission that each cap counts, by limit and scenario: of its region or all, in its period or the horizon; kg."""
        return self._in_each_scenario(lambda one: one.carbon_caps_seen)

    @property
    def carbon_caps_seen(self) -> dict[str, list[Amount]]:
        """Emission that each cap counts at the hours given, by limit; kg."""
        return {
            name: [a for t in self.periods_of(cap) for region, a in self.carbon_of_period[t] if cap["scope"] in ("", region)]
            for name, cap in self.limits("carbon_kg").items()
        }

    @cached_property
    def carbon_usd(self) -> list[Amount]:
        """Price of the carbon of every variable; usd a unit, empty where carbon has no price."""
        usd_per_kg = self.groups.coefficients.scalar("carbon_usd_per_tonne") / KG_PER_TONNE
        amounts = [a for rows in self.carbon_of_period.values() for _, a in rows]
        return [(variable, index, kg * usd_per_kg) for variable, index, kg in amounts] if usd_per_kg else []

    def shares(self, kind: str, attribute: str) -> dict[tuple[str, str, str, str], list[Amount]]:
        """Returns the rows of a share limit by (limit, scope, period, block): accelerators in scope less the share of all.

        A row whose scope no offer of the slot is in has no positive term and is left out.
        """
        rows: dict[tuple[str, str, str, str], list[Amount]] = {}
        g = self.groups
        for name, limit in self.limits(kind).items():
            for scope in self._scopes(limit, attribute):
                for t, b in self._slots_of(limit):
                    rows[name, scope, t, b] = [
                        (v, i, g.offers[f]["accelerators"] * (float(g.offers[f][attribute] == scope) - limit["value"]))
                        for v, i, f in self.nodes_of_slot[t, b]
                    ]
        return {key: amounts for key, amounts in rows.items() if any(usd > 0 for _, _, usd in amounts)}

    def _scopes(self, limit: Mapping[str, Any], attribute: str) -> list[str]:
        """Returns whom a limit holds for: its scope, or each value of the attribute among rented and reserved offers."""
        if limit["kind"] == "spot_share_max":
            return ["spot"]
        if limit["scope"]:
            return [str(limit["scope"])]
        found = [row[attribute] for row in self.groups.offers.values() if attribute != "provider" or row["kind"] not in OWN_KINDS]
        return [str(name) for name in dict.fromkeys(found)]

    def _slots_of(self, limit: Mapping[str, Any]) -> list[Slot]:
        return [slot for slot in self.groups.slots if slot[0] in self.periods_of(limit)]

    @cached_property
    def spot_share_max(self) -> dict[str, float]:
        """Largest share of its traffic on spot nodes, by workload that may use them."""
        frame = self.groups.coefficients.spot
        return dict(zip(frame["workload"], frame["spot_share_max"].astype(float), strict=True))

    @cached_property
    def up_share(self) -> dict[tuple[str, str], float]:
        """Share of its replicas that is up on average, by (option, place): below 1 on spot nodes alone."""
        up = 1.0 - self.groups.coefficients.scalar("spot_interruption_share")
        spans = {o: int(row["nodes_per_replica"]) for o, row in self.groups.options.items()}
        return {(o, p): up ** spans[o] if is_spot_place(p) else 1.0 for o, p in self.groups.bay_of}

    @cached_property
    def spot_routes(self) -> dict[tuple[str, str, str], list[Amount]]:
        """Traffic on spot nodes less the share allowed of all, by (workload, period, block) with a route to them; 1/s."""
        rows: dict[tuple[str, str, str], list[Amount]] = {}
        for (w, t, b), routes in self.groups.routes_of_demand.items():
            if any(is_spot_place(route[2]) for route in routes):
                rows[w, t, b] = [("serve", r, float(is_spot_place(r[2])) - self.spot_share_max[w]) for r in routes]
        return rows
