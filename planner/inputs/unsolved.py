"""What an instance can say and this version cannot solve yet: refused by name, never ignored."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.inputs.instance import InstanceFile

SOLVED_TERMS = frozenset({"on_demand", "spot", "capacity_block", "reserved_1y", "reserved_3y", "purchase", "savings_plan"})
SOLVED_LIMITS: frozenset[str] = frozenset(
    {
        "budget_usd", "power_kw", "carbon_kg", "vendor_share_max", "provider_share_max", "region_share_max",
        "accelerator_share_max", "spot_share_max",
        "accelerators_max",
        "mean_quality_floor",
        "options_max", "models_max", "spare_replicas", "region_loss_service_share",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Unsolved:
    """A wish that is well said but not solved: where it stands and what would be accepted."""

    location: tuple[str | int, ...]
    expected: str
    found: str


def unsolved_faults(settings: "InstanceFile") -> list[Unsolved]:
    """Returns every wish of the instance that this version would have to ignore."""
    return [*_fleet_wishes(settings), *_money_wishes(settings)]


def _not_yet(location: tuple[str | int, ...], accepted: object, found: object) -> Unsolved:
    return Unsolved(location, f"{accepted} (this version does not solve anything else here yet)", str(found))


def _fleet_wishes(settings: "InstanceFile") -> Iterator[Unsolved]:
    for term in settings.supply.terms:
        if term not in SOLVED_TERMS:
            yield _not_yet(("supply", "terms"), f"terms among {', '.join(sorted(SOLVED_TERMS))}", term)


def _money_wishes(settings: "InstanceFile") -> Iterator[Unsolved]:
    for position, limit in enumerate(settings.limits):
        if limit.kind not in SOLVED_LIMITS:
            solved = ", ".join(sorted(SOLVED_LIMITS)) or "none"
            yield _not_yet(("limits", position, "kind"), f"a kind among: {solved}", limit.kind)
