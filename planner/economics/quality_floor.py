r"""The cost of quality: least cost as a workload's floor rises, and every variant near the best at a floor.

With :math:`z(q)` the least cost of fleets that serve the workload by variants of score >= q only (the epsilon-constraint
form of the cost-quality frontier), z never falls as q rises. Costs are intervals [bound, cost of the plan found].

Coefficients of an instance have to be prepared with `has_dominance=False`: dominance at a low floor drops slower variants of
a higher score. Where that is too large, plan the instance anew at each floor (`planner.studies.choices`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.economics.quality_frontier import NearOptimal, near_optimal
from planner.errors import InputError, NoPlanError
from planner.methods import MethodSettings, solve_one_of_many
from planner.options.coefficients import Coefficients
from planner.plan.plan import gap_or_infinite
from planner.program.groups import Groups

SWEEP_COLUMNS = ["floor", "served_score", "variants", "bound_usd", "objective_usd", "gap"]
VARIANT_COLUMNS = ["variant", "score", "bound_usd", "objective_usd"]


@dataclass(frozen=True, eq=False)
class QualityCost:
    """Least cost by floor of one workload on one benchmark.

    `plans` has a row a floor, rising: floor, served_score (least score that serves in the plan), variants (that serve,
    joined by +), bound_usd, objective_usd, gap.
    """

    workload: str
    benchmark: str
    plans: pd.DataFrame

    @property
    def frontier(self) -> pd.DataFrame:
        """Rows of the highest floor at each cost: paying less loses quality there."""
        after = self.plans["objective_usd"].shift(-1)
        is_last = after.isna() | (after > self.plans["objective_usd"] * (1 + 1e-9))
        return self.plans[is_last].reset_index(drop=True)

    def steps(self) -> pd.DataFrame:
        """Returns what each rise of the floor costs, as intervals: floor_from, floor_to, usd_low, usd_high, is_determined."""
        before, after = self.plans.iloc[:-1].reset_index(drop=True), self.plans.iloc[1:].reset_index(drop=True)
        low = np.maximum(after["bound_usd"] - before["objective_usd"], 0.0)
        high = after["objective_usd"] - before["bound_usd"]
        return pd.DataFrame({
            "floor_from": before["floor"], "floor_to": after["floor"], "usd_low": low, "usd_high": high,
            "is_determined": low > 0,
        })  # fmt: skip


def quality_cost(
    coefficients: Coefficients, workload: str, benchmark: str, settings: MethodSettings,
    floors: Sequence[float] | None = None, method: str = "auto",
) -> QualityCost:  # fmt: skip
    """Returns the least cost of the fleet at each floor; the floors are the scores of the variants where none are given.

    Raises
    ------
    InputError
        Where the workload or the benchmark has no rates or scores, or a floor leaves no variant.
    NoPlanError
        Where a plan or its bound is not found within the time limit of one solve.
    """
    scores = variant_scores(coefficients, workload, benchmark)
    asked = sorted(set(scores.values()) if floors is None else set(floors))
    rows = []
    for floor in asked:
        objective, bound, served = _solved(at_floor(coefficients, workload, benchmark, floor), workload, settings, method)
        worst = min((scores[name] for name in served), default=float("nan"))
        rows.append((floor, worst, "+".join(served), bound, objective))
    return QualityCost(workload, benchmark, _tightened(pd.DataFrame(rows, columns=SWEEP_COLUMNS[:-1])))


def variant_costs(
    coefficients: Coefficients, workload: str, benchmark: str, settings: MethodSettings, method: str = "auto"
) -> pd.DataFrame:
    """Returns the least cost of the fleet with each variant alone serving the workload (see VARIANT_COLUMNS)."""
    scores = variant_scores(coefficients, workload, benchmark)
    rows = []
    for name, score in scores.items():
        objective, bound, _ = _solved(_only(coefficients, workload, {name}), workload, settings, method)
        rows.append((name, score, bound, objective))
    return pd.DataFrame(rows, columns=VARIANT_COLUMNS)


def near_optimal_variants(costs: pd.DataFrame, score_min: float, within_share: float) -> NearOptimal:
    """Returns which variants of `variant_costs` cost within a share of the least at a floor; verdicts know the gaps."""
    objective, bound = costs["objective_usd"].to_numpy(float), costs["bound_usd"].to_numpy(float)
    return near_optimal(objective, costs["score"].to_numpy(float), score_min, within_share, np.minimum(bound, objective))


def at_floor(coefficients: Coefficients, workload: str, benchmark: str, floor: float) -> Coefficients:
    """Returns the coefficients with the workload's rates on variants of a lower or unknown score left out."""
    scores = variant_scores(coefficients, workload, benchmark)
    kept = {name for name, score in scores.items() if score >= floor}
    if not kept:
        best = max(scores.values())
        raise InputError.single(f"floor of {workload}", f"at most {best:g}, the best score on {benchmark}", f"{floor:g}")
    return _only(coefficients, workload, kept)


def variant_scores(coefficients: Coefficients, workload: str, benchmark: str) -> dict[str, float]:
    """Returns the score of each variant that can serve the workload and has one, best last."""
    scores = coefficients.scores[coefficients.scores["benchmark"] == benchmark]
    mine = coefficients.rates[coefficients.rates["workload"] == workload]
    able = set(mine.merge(coefficients.options[["option", "variant"]], on="option")["variant"])
    found = scores[scores["variant"].isin(able)].sort_values(["score", "variant"])
    if found.empty:
        known = ", ".join(sorted(set(coefficients.scores["benchmark"]))) or "none"
        expected = f"a workload with rates and a benchmark with scores of its variants ({known})"
        raise InputError.single("quality study", expected, f"{workload!r} on {benchmark!r}")
    return dict(zip(found["variant"], found["score"].astype(float), strict=True))


def _only(coefficients: Coefficients, workload: str, variants: set[str]) -> Coefficients:
    options = coefficients.options
    kept = set(options.loc[options["variant"].isin(variants), "option"])
    rates = coefficients.rates
    return coefficients.with_tables(rates=rates[(rates["workload"] != workload) | rates["option"].isin(kept)])


def _solved(
    coefficients: Coefficients, workload: str, settings: MethodSettings, method: str
) -> tuple[float, float, tuple[str, ...]]:
    """Returns cost, bound and the variants that serve the workload in the best plan found."""
    result = solve_one_of_many(Groups(coefficients), settings, method)
    if result.decision is None or result.objective_usd is None or result.bound_usd is None:
        raise NoPlanError(f"{result.status}: no plan with a bound within {settings.time_limit_s:g} s")
    served = result.decision.traffic.merge(coefficients.options[["option", "variant"]], on="option")
    mine = served[(served["workload"] == workload) & (served["requests_per_s"] > 0)]
    return result.objective_usd, result.bound_usd, tuple(sorted(set(mine["variant"])))


def _tightened(plans: pd.DataFrame) -> pd.DataFrame:
    """Returns plans and gaps with what one floor proves of another: a bound holds for higher floors, a plan for lower ones."""
    bound = plans["bound_usd"].cummax()
    best = plans["objective_usd"][::-1].cummin()[::-1]
    source = [int(plans["objective_usd"].iloc[place:].to_numpy().argmin()) + place for place in range(len(plans))]
    same = plans[["served_score", "variants"]].iloc[source].reset_index(drop=True)
    proved = np.minimum(bound, best)
    gap = [gap_or_infinite(*ends) for ends in zip(best, proved, strict=True)]
    told = {"served_score": same["served_score"], "variants": same["variants"]}
    return plans.assign(bound_usd=proved, objective_usd=best, gap=gap, **told)
