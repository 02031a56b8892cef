"""Small worlds with every coupling: traffic that roams between regions, a supply cap, a budget and commitments, over periods.

`coupled_world` draws them, `Coupling` tells by enumeration which couplings matter at the optimum. Most draws lack one of them, so
that COUPLED names the seeds that have all; the test of this module holds the list to it.
"""

import math
from dataclasses import dataclass

import numpy as np

from planner.options.coefficients import Coefficients
from tests.oracles.brute_force import TOLERANCE, Facts, costs_and_cash_usd, least_cost_usd, order_books
from tests.policy_worlds import limited
from tests.worlds import offer_row, option_row, price_rows, rate_row, rich_world, world

REGIONS = ("here", "there")
MARKET_USD_PER_HOUR = 4.0
"""About what a node costs on demand: what is paid for a commitment at its signing is about a horizon of that."""

COUPLED = (
    9, 50, 51, 54, 76, 80, 110, 119, 145, 156, 176, 182, 206, 226, 243, 293, 315, 357, 360, 390, 427, 437, 457, 480, 481,
    537, 553, 563, 583, 611, 613, 648, 682, 705, 722, 760, 781, 809, 837, 840, 911, 923, 963, 968, 973, 978, 983, 998, 1012,
    1028, 1052, 1060, 1084, 1091, 1102, 1117, 1123, 1145, 1150, 1208, 1274, 1307, 1318, 1322, 1336, 1337, 1350, 1364, 1372,
    1376, 1379, 1418, 1509, 1553, 1562, 1587, 1602, 1605, 1622, 1625, 1628, 1646, 1690, 1735, 1737, 1738, 1743, 1746, 1776,
    1800, 1807, 1837, 1859, 1868, 1878, 1901, 1904, 1915, 1921, 1934,
)  # fmt: skip
"""Seeds whose worlds have every coupling at once: each changes what the best plan costs."""


@dataclass(frozen=True)
class Coupling:
    """What couples a world at its optimum: every amount by enumeration, in usd."""

    usd: float
    """The optimum, budget and caps kept."""
    free_usd: float
    """Without the budget."""
    uncommitted_usd: float
    """Without orders: everything rented."""
    uncapped_usd: float
    """With one node more, in every period, of the offer where that saves most."""
    home_usd: float
    """Where the workload that saves most by roaming may not: the better of its regions alone."""
    roaming: int
    """Workloads that may be served in both regions."""

    @property
    def has_binding_budget(self) -> bool:
        """Whether the budget rules the cheapest plan out and leaves another."""
        return _is_less(self.free_usd, self.usd) and math.isfinite(self.usd)

    @property
    def has_binding_cap(self) -> bool:
        """Whether the cap of a single offer, loosened, lowers the optimum: lifting it then does all the more."""
        return _is_less(self.uncapped_usd, self.usd)

    @property
    def has_commitments(self) -> bool:
        """Whether every optimal plan takes a commitment."""
        return _is_less(self.usd, self.uncommitted_usd)

    @property
    def has_roaming(self) -> bool:
        """Whether the best plan has one workload's traffic in both regions, at one time or another."""
        return _is_less(self.usd, self.home_usd)


def _is_less(one_usd: float, other_usd: float) -> bool:
    return one_usd < other_usd - 1e-6 * max(1.0, abs(one_usd))


def budgeted(seed: int) -> tuple[Coefficients, float]:
    """Returns a world under a budget between the least cash that any plan takes and that of the cheapest plan, and the budget.

    Where no plan serves it, or the cheapest takes the least cash, the budget rules nothing out.
    """
    made = coupled_world(seed)
    costs = costs_and_cash_usd(made)
    least_usd, cheapest_usd = min((cash for _, cash in costs), default=math.inf), min(costs, default=(0.0, math.inf))[1]
    if math.isinf(cheapest_usd):
        return made, math.inf
    share = float(np.random.default_rng(seed).uniform(0.05, 0.95))
    budget_usd = least_usd + share * (cheapest_usd - least_usd)
    return limited(made, "budget_usd", budget_usd), budget_usd


def coupling(made: Coefficients, budget_usd: float) -> Coupling:
    """Returns what couples a world under a budget."""
    books = list(zip(costs_and_cash_usd(made), order_books(Facts.of(made)), strict=False))
    within = [(usd, held) for (usd, cash), (held, *_) in books if cash <= budget_usd * (1 + TOLERANCE)]
    usd = min((one for one, _ in within), default=math.inf)
    return Coupling(
        usd,
        min((one for (one, _), _ in books), default=math.inf),
        min((one for one, held in within if not any(held.values())), default=math.inf),
        min(least_cost_usd(_with_one_more(made, offer), budget_usd) for offer in _capped(made)),
        max((min(least_cost_usd(_kept_in(made, w, r), budget_usd) for r in REGIONS) for w in _roaming(made)), default=usd),
        len(_roaming(made)),
    )


def _capped(made: Coefficients) -> list[str]:
    """Returns the offers with a cap under the usual."""
    most = made.supply["nodes_max"].max()
    return sorted(set(made.supply.loc[made.supply["nodes_max"] < most, "offer"]))


def _with_one_more(made: Coefficients, offer: str) -> Coefficients:
    """Returns the world with one node more of an offer in every period."""
    more = made.supply["nodes_max"] + (made.supply["offer"] == offer)
    return made.with_tables(supply=made.supply.assign(nodes_max=more))


def _roaming(made: Coefficients) -> list[str]:
    """Returns the workloads with traffic that a replica can serve in both regions."""
    facts = Facts.of(made)
    asked = made.demand[made.demand["requests_per_s"] > 0]["workload"].unique().tolist()
    return [w for w in asked if {s.region for s in facts.spots if facts.rate_at(w, s) > 0} == set(REGIONS)]


def _kept_in(made: Coefficients, workload: str, region: str) -> Coefficients:
    """Returns the world with a workload served in one region alone."""
    is_closed = (made.paths["workload"] == workload) & (made.paths["region"] != region)
    return made.with_tables(paths=made.paths.assign(is_allowed=made.paths["is_allowed"] & ~is_closed))


def coupled_world(seed: int) -> Coefficients:
    """Returns a random world of two regions and two or three periods, small enough to enumerate; it has no budget yet.

    The first workload roams, the second may or may not; the cheaper region's nodes are few. Reservations and purchases may
    outlive the horizon, so that what costs least takes much cash. Members of a shared pool pay no egress, for the enumeration.
    """
    rng = np.random.default_rng(20_000 + seed)
    periods = [f"q{i + 1}" for i in range(3 if rng.random() < 0.2 else 2)]
    blocks = ["day", "night"][: rng.integers(1, 3)]
    hours = {(t, b): float(rng.integers(50, 150)) for t in periods for b in blocks}
    workloads = ["chat", "code"][: rng.integers(1, 3)]
    is_shared = len(workloads) == 2 and rng.random() < 0.3
    second = [option_row("wide", "2xT", 4, nodes_per_replica=2), option_row("pair", "2xU", 2), option_row("both", "2xT", 2)]
    options = [option_row("one", "2xT", 1), *([second[rng.integers(3)]] if rng.random() < 0.6 else [])]
    rates = [
        rate_row(w, str(o["option"]), round(float(rng.uniform(2, 5) * int(str(o["gpus"]))), 2))
        for w in workloads for o in options
    ]  # fmt: skip
    paths = [
        {
            "workload": w, "region": r, "network_ms": 5.0, "is_allowed": w == "chat" or r == "here" or bool(rng.random() < 0.5),
            "egress_usd_per_request": 0.0 if is_shared or r == "here" else float(rng.choice([0.0, 2e-5, 1e-4])),
        }
        for w in workloads for r in REGIONS
    ]  # fmt: skip
    demand = {(w, t, b): round(float(rng.uniform(1, 14 / len(workloads))), 2) for w in workloads for t, b in hours}
    offers, prices, supply = _offers(rng, sorted({str(o["node_type"]) for o in options}), periods, sum(hours.values()))
    return world(
        options, rates, offers, prices, demand, hours, nodes_max=6, supply=supply, paths=paths,
        utilisation_max=float(rng.choice([0.7, 0.8, 1.0])),
        pool_of=dict.fromkeys(workloads, "shared") if is_shared else None,
        replicas_min={workloads[-1]: int(rng.integers(0, 3))}, terminal_use_share=float(rng.choice([0.5, 1.0])),
    )  # fmt: skip


def _offers(
    rng: np.random.Generator, node_types: list[str], periods: list[str], horizon_hours: float
) -> tuple[list[dict[str, object]], list[dict[str, object]], dict[tuple[str, str], int]]:
    """Returns offers, prices by period and caps: few nodes on demand here, more and dearer ones there; one or two commitments."""
    offers = [offer_row(f"od-{n}-{r}", n, 2, region=r) for n in node_types for r in REGIONS]
    terms = rng.integers(2, 7, size=2)
    committed = [
        offer_row("re", node_types[0], 2, "reserved", int(terms[0]), "here", "q", int(rng.random() < 0.3)),
        offer_row("buy", node_types[-1], 2, "purchase", int(terms[1]), REGIONS[rng.integers(2)], "purchase"),
    ]
    offers += committed if rng.random() < 0.5 else [committed[rng.integers(2)]]
    prices: list[dict[str, object]] = []
    supply: dict[tuple[str, str], int] = {}
    for offer in offers:
        name, is_rented, is_here = str(offer["offer"]), offer["kind"] == "on_demand", offer["region"] == "here"
        low, high = ((3.0, 4.5) if is_here else (4.0, 6.0)) if is_rented else (0.2, 1.5)
        upfront_usd = 0.0 if is_rented else round(float(rng.uniform(0.5, 1.5)) * MARKET_USD_PER_HOUR * horizon_hours, 2)
        for period in periods:
            prices += price_rows(name, [period], round(float(rng.uniform(low, high)), 2), upfront_usd)
            if is_here or not is_rented:
                supply[name, period] = int(rng.integers(1, 3))
    return offers, prices, supply


TIGHT = (8, 11, 35, 59, 60, 83, 85, 99, 121, 125, 143, 144, 147, 151, 153, 161, 163, 165, 171, 183, 192, 195, 206, 214, 216)
"""Rich worlds whose cheapest plan takes more cash than another does."""


def tight(seed: int) -> tuple[Coefficients, float]:
    """Returns a rich world of places, caps and commitments under a budget that rules its cheapest plan out, and its optimum."""
    made = rich_world(TIGHT[seed % len(TIGHT)])
    costs = costs_and_cash_usd(made)
    least_usd, cheapest_usd = min(cash for _, cash in costs), min(costs)[1]
    budget_usd = least_usd + float(np.random.default_rng(seed).uniform(0.0, 0.95)) * (cheapest_usd - least_usd)
    return limited(made, "budget_usd", budget_usd), least_cost_usd(made, budget_usd)
