"""The world in which each family's golden linear program is written; the others are written in the tiny world."""

from collections.abc import Callable, Mapping

from planner.options.coefficients import Coefficients
from tests.disaggregated_worlds import apart
from tests.headroom_worlds import pooled
from tests.policy_worlds import SHARES, budgeted, limited, priced, spotty, tiered, twins, whole_orders, yearly
from tests.resilience_worlds import lost_region, one_model, one_option, spared
from tests.savings_worlds import promised
from tests.service_worlds import (
    bought,
    capped,
    good_on_average,
    in_one_place,
    in_two_steps,
    put_off,
    ranked,
    tiered_tokens,
    turned_away,
)
from tests.sliced_worlds import quota_world, sliced
from tests.uncertain_worlds import tailed, trio, with_goals, with_surges
from tests.worlds import showcase, tiny

GOLDEN_WORLDS: Mapping[str, Callable[[], Coefficients]] = {
    "eligibility": showcase, "fabric": showcase, "minimum_replicas": showcase, "egress": showcase,
    "price_tiers": tiered, "volume_discount": tiered, "orders_min": lambda: whole_orders("re", 2),
    "node_starts": lambda: priced(tiny(), "switching_usd_per_node", 300.0),
    "switching": lambda: priced(tiny(), "switching_usd_per_node", 300.0),
    "replica_starts": lambda: priced(tiny(), "migration_usd_per_replica", 300.0),
    "migration": lambda: priced(tiny(), "migration_usd_per_replica", 300.0),
    "discounting": lambda: priced(yearly(), "discount_rate_per_year", 1.0),
    "workload_spot_share": lambda: spotty(0.5), "spot_share": lambda: limited(spotty(1.0), "spot_share_max", 0.34),
    "budget": budgeted, "power": lambda: limited(twins(), "power_kw", 20.0, "here"),
    "carbon_cap": lambda: limited(twins(), "carbon_kg", 3710.0),
    "carbon_price": lambda: priced(twins(), "carbon_usd_per_tonne", 100.0),
    **{name: (lambda kind=kind, scope=scope: limited(twins(), kind, 0.5, scope)) for name, (kind, scope) in SHARES.items()},
    "least_carbon": twins, "most_served": lambda: with_goals(turned_away(), ("most_served", 0.0, "share")),
    "tail_cost": tailed, "robust_capacity": lambda: with_surges(trio(), 1.5, 0.5),
    "slices": sliced, "quota": quota_world, "option_cap": one_option, "model_cap": one_model,
    "pooled_headroom": pooled,
    "savings_plan": promised, "savings": promised,
    "spare_replicas": spared, "region_loss": lost_region,
    "unserved": turned_away, "api": bought, "api_cap": capped, "api_tiers": tiered_tokens, "api_discount": tiered_tokens,
    "interruptible": put_off, "priority": ranked,
    "disaggregation": lambda: apart(2.0, providers=("p", "q")),
    "cascade": in_two_steps, "indivisible": in_one_place, "mean_quality": good_on_average,
}  # fmt: skip
"""Families that say nothing in the tiny world, and where they speak."""
