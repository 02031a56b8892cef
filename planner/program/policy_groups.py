"""What the families on money, supply and policy sum over: limits of an instance prepared as rows."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.program.groups import Groups


@dataclass(frozen=True)
class PolicyGroups:
    """Prepared sums of the policy families; every one is empty where the instance has no such limit."""

    groups: "Groups"
