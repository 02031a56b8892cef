"""Which families a problem uses beyond those that every fleet has: what a method must know to take it."""

from collections.abc import Callable, Mapping

from planner.program.groups import Groups

BASE = frozenset(
    {
        "eligibility", "demand", "capacity", "minimum_replicas", "cover", "fabric", "commitment", "supply",
        "rent", "commitment_charge", "terminal_credit", "egress",
    }
)  # fmt: skip
"""Families that every problem has."""

EXCLUSIVE: tuple[frozenset[str], ...] = (
    frozenset({"least_cost", "tail_cost", "least_carbon", "most_served"}),
    frozenset({"robust_capacity", "pooled_headroom"}),
    frozenset({"spare_replicas", "disaggregation"}),
    frozenset({"region_loss", "disaggregation"}),
)
"""Families of which a problem has one: goals (an order or weights take several), what replicas keep free for surges, and pairs
of pools or limits that count whole replicas.

Instances of their own use those that `everything` does not.
"""

USED: Mapping[str, Callable[[Groups], bool]] = {
    "robust_capacity": lambda g: bool(g.risk.guarded),
    "budget": lambda g: bool(g.policy.budgets),
    "unserved": lambda g: bool(g.service.refusals),
    "power": lambda g: bool(g.policy.powers),
    "carbon_cap": lambda g: bool(g.policy.carbon_caps),
    "vendor_share": lambda g: bool(g.policy.limits("vendor_share_max")),
    "provider_share": lambda g: bool(g.policy.limits("provider_share_max")),
    "region_share": lambda g: bool(g.policy.limits("region_share_max")),
    "accelerator_share": lambda g: bool(g.policy.limits("accelerator_share_max")),
    "spot_share": lambda g: bool(g.policy.limits("spot_share_max")),
    "workload_spot_share": lambda g: bool(g.policy.spot_routes),
    "orders_min": lambda g: bool(g.money.orders_min),
    "price_tiers": lambda g: bool(g.money.tiers),
    "volume_discount": lambda g: bool(g.money.tiers),
    "node_starts": lambda g: bool(g.money.starts),
    "switching": lambda g: bool(g.money.starts),
    "replica_starts": lambda g: bool(g.money.launches),
    "migration": lambda g: bool(g.money.launches),
    "discounting": lambda g: bool(g.money.flows),
    "carbon_price": lambda g: bool(g.policy.carbon_usd),
    "slices": lambda g: bool(g.slices.routes),
    "pooled_headroom": lambda g: bool(g.headroom.deployments),
    "savings_plan": lambda g: bool(g.savings.pledges),
    "savings": lambda g: bool(g.savings.pledges),
    "quota": lambda g: bool(g.quotas.accelerators_max),
    "option_cap": lambda g: bool(g.variety.caps["option"]),
    "model_cap": lambda g: bool(g.variety.caps["model"]),
    "spare_replicas": lambda g: bool(g.spares.levels or g.spares.cases),
    "region_loss": lambda g: bool(g.losses.rests),
    "api": lambda g: bool(g.service.calls),
    "api_cap": lambda g: bool(g.service.api_caps),
    "api_tiers": lambda g: bool(g.service.rebates),
    "api_discount": lambda g: bool(g.service.rebates),
    "interruptible": lambda g: bool(g.service.windows),
    "priority": lambda g: bool(g.service.rivals),
    "cascade": lambda g: bool(g.service.first_models),
    "indivisible": lambda g: bool(g.service.homes),
    "disaggregation": lambda g: bool(g.disaggregation.handovers),
    "mean_quality": lambda g: bool(g.quality.margins),
}
"""Does a problem use the family: by family name, every one that is not in BASE."""


def extensions(groups: Groups) -> list[str]:
    """Returns the names of the families beyond BASE that a problem uses, in register order."""
    return [name for name, is_used in USED.items() if is_used(groups)]
