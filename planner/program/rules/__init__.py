"""The constraint families in reading order."""

from planner.program.family import Family
from planner.program.rules.budget import budget
from planner.program.rules.capacity import capacity
from planner.program.rules.commitment import commitment
from planner.program.rules.cover import cover
from planner.program.rules.demand import demand
from planner.program.rules.eligibility import eligibility
from planner.program.rules.fabric import fabric
from planner.program.rules.minimum_replicas import minimum_replicas
from planner.program.rules.supply import supply

RULES: tuple[Family, ...] = (
    eligibility, demand, capacity, minimum_replicas, cover, fabric, commitment, supply,
    budget,
)  # fmt: skip
