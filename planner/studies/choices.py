r"""What a decision is worth: the same question planned under each alternative, told as intervals.

Each alternative is a set of overrides of one instance; each becomes an audited plan with cost C and bound B. The true
least cost of an alternative lies in [B, C], so one costs more than another by something in
:math:`[B_2 - C_1,\; C_2 - B_1]`; where that holds 0, the answer is "not determined at this gap".
"""

import math
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from planner.errors import InputError, NoPlanError, UnsatisfiableError
from planner.pipeline import Outcome, SolveSettings, make_plan
from planner.plan.length_classes import spoken
from planner.plan.plan import gap_or_infinite
from planner.plan.policy_terms import emissions
from planner.units import KG_PER_TONNE, WATT_PER_KW

DEARER, CHEAPER, OPEN = "dearer", "cheaper", "not determined"
COLUMNS = ["alternative", "bound_usd", "objective_usd", "gap", "tonnes_co2", "mwh", "why_not"]


@dataclass(frozen=True)
class Choice:
    """One alternative: its interval of cost, its carbon and energy, or why it has no plan.

    Energy is that of the nodes that are there, at full power and with PUE: an upper end.
    """

    alternative: str
    bound_usd: float = float("nan")
    objective_usd: float = float("nan")
    tonnes_co2: float = float("nan")
    mwh: float = float("nan")
    why_not: str = ""
    variants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By workload, what serves it in the plan found."""

    @property
    def gap(self) -> float:
        """Relative width of the interval of cost: infinite without a bound, NaN without a plan."""
        return math.nan if self.why_not else gap_or_infinite(self.objective_usd, self.bound_usd)

    def line(self) -> str:
        """Returns what a person reads of it."""
        if self.why_not:
            return f"{self.alternative}: no plan ({self.why_not})"
        cost = f"{self.bound_usd:,.0f} to {self.objective_usd:,.0f} usd"
        return f"{self.alternative}: {cost}, {self.mwh:,.0f} MWh, {self.tonnes_co2:,.0f} t CO2"


@dataclass(frozen=True)
class Difference:
    """What `after` costs more than `before`, usd: an interval; negative where it costs less."""

    before: str
    after: str
    low_usd: float
    high_usd: float

    @property
    def verdict(self) -> str:
        """Whether `after` is dearer or cheaper, or the gaps cannot tell."""
        return DEARER if self.low_usd > 0 else CHEAPER if self.high_usd < 0 else OPEN

    def line(self) -> str:
        """Returns what a person reads of it."""
        return f"{self.after} against {self.before}: {self.low_usd:+,.0f} to {self.high_usd:+,.0f} usd, {self.verdict}"


def choose(
    instance: Path, alternatives: Mapping[str, Mapping[str, Any]], settings: SolveSettings, is_nested: bool = False
) -> tuple[Choice, ...]:
    """Returns each alternative planned and audited, in the order given.

    Parameters
    ----------
    alternatives
        Overrides of the instance (dotted path to value) by name of the alternative.
    is_nested
        Each alternative allows all that the one before it allows: then the bound of a wider one holds for a narrower one,
        and the plan of a narrower one is a plan of the wider.

    Raises
    ------
    InputError
        Where there is no alternative or an override is wrong.
    """
    if not alternatives:
        raise InputError.single("alternatives", "at least one", "none")
    found = [_planned(instance, name, overrides, settings) for name, overrides in alternatives.items()]
    return tuple(_nested(found) if is_nested else found)


def differences(choices: Sequence[Choice]) -> tuple[Difference, ...]:
    """Returns what each alternative costs more than the first one that has a plan."""
    able = [one for one in choices if not one.why_not]
    return tuple(difference(able[0], one) for one in able[1:])


def difference(before: Choice, after: Choice) -> Difference:
    """Returns what `after` costs more than `before`."""
    return Difference(
        before.alternative, after.alternative, after.bound_usd - before.objective_usd, after.objective_usd - before.bound_usd
    )


def nested_difference(narrow: Choice, wide: Choice) -> Difference:
    """Returns what the narrower of two nested alternatives costs more: never less than nothing."""
    told = difference(wide, narrow)
    return replace(told, low_usd=max(told.low_usd, 0.0))


def table(choices: Iterable[Choice]) -> pd.DataFrame:
    """Returns one row an alternative (COLUMNS)."""
    return pd.DataFrame([[getattr(one, name) for name in COLUMNS] for one in choices], columns=COLUMNS)


def _planned(instance: Path, name: str, overrides: Mapping[str, Any], settings: SolveSettings) -> Choice:
    with tempfile.TemporaryDirectory() as folder:
        try:
            outcome = make_plan(instance, Path(folder) / "plan", settings, overrides)
        except UnsatisfiableError as error:
            return Choice(name, why_not=str(error.faults[0]))
        except NoPlanError as error:
            return Choice(name, why_not=str(error))
    return _choice(name, outcome)


def _choice(name: str, outcome: Outcome) -> Choice:
    facts, coefficients = outcome.plan.facts, outcome.prepared.coefficients
    there = emissions(outcome.plan.tables.nodes, coefficients)
    hours = there.merge(coefficients.blocks[["period", "block", "hours"]], on=["period", "block"])
    pue = hours.merge(coefficients.grid, on="region")["pue"]
    mwh = float((hours["power_kw"] * hours["hours"] * pue).sum() / WATT_PER_KW)
    bound = facts.bound_usd if facts.bound_usd is not None else float("-inf")
    traffic = outcome.plan.tables.traffic.merge(coefficients.options[["option", "variant"]], on="option")
    traffic = spoken(traffic, coefficients)
    served = {str(workload): tuple(sorted(set(mine))) for workload, mine in traffic.groupby("workload")["variant"]}
    return Choice(name, bound, facts.objective_usd, float(there["kg"].sum()) / KG_PER_TONNE, mwh, variants=served)


def _nested(choices: Sequence[Choice]) -> list[Choice]:
    """Returns the choices with what one proves of another; from the narrowest to the widest.

    A plan handed on brings its carbon and energy along.
    """
    told = list(choices)
    for place in range(len(told) - 2, -1, -1):
        wider = told[place + 1]
        if not told[place].why_not and not wider.why_not and wider.bound_usd > told[place].bound_usd:
            told[place] = replace(told[place], bound_usd=min(wider.bound_usd, told[place].objective_usd))
    for place in range(1, len(told)):
        narrower, one = told[place - 1], told[place]
        if not narrower.why_not and not (one.objective_usd <= narrower.objective_usd):
            bound = float("-inf") if one.why_not else one.bound_usd
            told[place] = replace(narrower, alternative=one.alternative, bound_usd=min(bound, narrower.objective_usd))
    return told
