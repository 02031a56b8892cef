"""The cost terms in reading order; the objective is their sum."""

from planner.program.costs.api import api
from planner.program.costs.api_discount import api_discount
from planner.program.costs.carbon_price import carbon_price
from planner.program.costs.commitment_charge import commitment_charge
from planner.program.costs.discounting import discounting
from planner.program.costs.egress import egress
from planner.program.costs.migration import migration
from planner.program.costs.rent import rent
from planner.program.costs.savings import savings
from planner.program.costs.switching import switching
from planner.program.costs.terminal_credit import terminal_credit
from planner.program.costs.unserved import unserved
from planner.program.costs.volume_discount import volume_discount
from planner.program.family import Family

COSTS: tuple[Family, ...] = (
    rent, commitment_charge, terminal_credit, egress,
    unserved,
    carbon_price, volume_discount, switching, migration, discounting,
    api, api_discount, savings,
)  # fmt: skip
