"""What the family `slices` sums over: the parts of workloads whose traffic is whole pieces; empty where none is."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.program.groups import Groups, Route


@dataclass(frozen=True)
class SliceGroups:
    """Prepared parts of the workloads that are made of equal parts."""

    groups: "Groups"

    @cached_property
    def parts(self) -> dict[str, int]:
        """Equal parts of each workload that has any."""
        table = self.groups.coefficients.slices
        return {str(workload): int(parts) for workload, parts in zip(table["workload"], table["parts"], strict=True)}

    @cached_property
    def routes(self) -> "list[Route]":
        """Routes of the workloads made of parts."""
        return [route for route in self.groups.routes if route[0] in self.parts]

    @cached_property
    def part_requests_per_s(self) -> dict[tuple[str, str, str], float]:
        """Traffic of one part by (workload, period, block); 1/s."""
        return {key: rate / self.parts[key[0]] for key, rate in self.groups.demand.items() if key[0] in self.parts}
