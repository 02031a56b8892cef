"""A family: one kind of constraint or cost, with its formula, in one place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pyomo.environ as pyo

from planner.program.groups import Groups

FamilyKind = Literal["rule", "index", "cost", "cut", "goal"]
State = Callable[[pyo.ConcreteModel, Groups], Any]


@dataclass(frozen=True)
class Family:
    """One entry of the register.

    A `rule` adds rows; an `index` is kept by leaving columns out (its golden lists the columns); a `cost` returns the
    expression of one cost term in usd; a `cut` adds valid inequalities; a `goal` returns what a plan can be best at.
    """

    name: str
    kind: FamilyKind
    formula: str
    unit: str
    state: State

    def __call__(self, model: pyo.ConcreteModel, groups: Groups) -> Any:
        """States the family on the model; a cost returns its expression."""
        return self.state(model, groups)

    @property
    def summary(self) -> str:
        """First line of the docstring: a fact in the present tense."""
        return (self.state.__doc__ or "").strip().splitlines()[0]


def family(kind: FamilyKind, formula: str, unit: str) -> Callable[[State], Family]:
    """Returns the decorator that makes a Family of a function; the function's name is the family's."""

    def declare(state: State) -> Family:
        return Family(state.__name__, kind, formula, unit, state)

    return declare
