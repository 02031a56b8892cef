"""The constraint families in reading order."""

from planner.program.family import Family
from planner.program.rules.accelerator_share import accelerator_share
from planner.program.rules.api_cap import api_cap
from planner.program.rules.api_tiers import api_tiers
from planner.program.rules.budget import budget
from planner.program.rules.capacity import capacity
from planner.program.rules.carbon_cap import carbon_cap
from planner.program.rules.cascade import cascade
from planner.program.rules.commitment import commitment
from planner.program.rules.cover import cover
from planner.program.rules.demand import demand
from planner.program.rules.disaggregation import disaggregation
from planner.program.rules.eligibility import eligibility
from planner.program.rules.fabric import fabric
from planner.program.rules.indivisible import indivisible
from planner.program.rules.interruptible import interruptible
from planner.program.rules.mean_quality import mean_quality
from planner.program.rules.minimum_replicas import minimum_replicas
from planner.program.rules.model_cap import model_cap
from planner.program.rules.node_starts import node_starts
from planner.program.rules.option_cap import option_cap
from planner.program.rules.orders_min import orders_min
from planner.program.rules.pooled_headroom import pooled_headroom
from planner.program.rules.power import power
from planner.program.rules.price_tiers import price_tiers
from planner.program.rules.priority import priority
from planner.program.rules.provider_share import provider_share
from planner.program.rules.quota import quota
from planner.program.rules.region_loss import region_loss
from planner.program.rules.region_share import region_share
from planner.program.rules.replica_starts import replica_starts
from planner.program.rules.robust_capacity import robust_capacity
from planner.program.rules.savings_plan import savings_plan
from planner.program.rules.slices import slices
from planner.program.rules.spare_replicas import spare_replicas
from planner.program.rules.spot_share import spot_share
from planner.program.rules.supply import supply
from planner.program.rules.vendor_share import vendor_share
from planner.program.rules.workload_spot_share import workload_spot_share

RULES: tuple[Family, ...] = (
    eligibility, demand, capacity, minimum_replicas, cover, fabric, commitment, supply,
    budget, power, carbon_cap, vendor_share, provider_share, region_share, accelerator_share,
    robust_capacity,
    spot_share, workload_spot_share,
    slices, quota,
    option_cap, model_cap,
    spare_replicas, region_loss,
    orders_min, price_tiers, node_starts, replica_starts,
    savings_plan, pooled_headroom,
    api_cap, api_tiers, interruptible, priority, cascade, indivisible, mean_quality,
    disaggregation,
)  # fmt: skip
