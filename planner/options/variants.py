"""Variants: a model at a precision, and the quality it keeps."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from planner.errors import Fault, UnsatisfiableError
from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance
from planner.inputs.models import LanguageModel, Precision
from planner.inputs.policy import Limit
from planner.inputs.unmodelled import model_name, unmodelled_model, unmodelled_precision
from planner.inputs.workloads import Workload
from planner.options.coefficients import SCORES
from planner.options.service import may_go_elsewhere
from planner.tables import records

SMALL_MAX_BILLION = 15.0
MEDIUM_MAX_BILLION = 100.0


@dataclass(frozen=True)
class Variant:
    """A model at a precision."""

    model: LanguageModel
    precision: Precision

    @property
    def name(self) -> str:
        """model@precision."""
        return f"{self.model.model}@{self.precision.precision}"


def candidate_variants(instance: Instance, catalog: Catalog) -> Iterator[Variant]:
    """Yields the variants of the instance's candidates in the order given; aliases are resolved."""
    for candidate in instance.settings.candidates:
        if not candidate.is_modelled:
            for name in candidate.precisions:
                yield Variant(unmodelled_model(candidate.model, name), unmodelled_precision(name))
            continue
        model = catalog.models[catalog.resolve("model", candidate.model)]
        for name in candidate.precisions:
            yield Variant(model, catalog.precisions[catalog.resolve("precision", name)])


def benchmark_key(instance: Instance, workload: Workload) -> str:
    """Returns the benchmark of a workload's floor with its reporter, `MMLU-Pro (reporter)`; empty without a floor."""
    if workload.quality is None:
        return ""
    reporter = workload.quality.reported_by or instance.settings.quality.reported_by or ""
    return f"{workload.quality.benchmark} ({reporter})" if reporter else workload.quality.benchmark


def score_table(instance: Instance, catalog: Catalog) -> pd.DataFrame:
    """Returns the table `scores`: every candidate variant on every benchmark that a floor names, where a score exists.

    score = the model's published score x the share that the precision keeps (1 at 16 bit and at the native precision);
    scores of different reporters are never mixed. A variant without a score has no row, so it keeps no floor. A model sold
    by the token is taken at its native precision: sellers seldom state theirs.
    """
    keys = dict.fromkeys(benchmark_key(instance, workload) for workload in instance.settings.workloads)
    keys |= dict.fromkeys(limit_benchmark(instance, limit) for limit in instance.settings.limits)
    offers = dict.fromkeys(offer for workload in instance.settings.workloads for offer in workload.api_allow)
    own = {(row["variant"], row["benchmark"]): float(row["score"]) for row in records(instance.tables["scores"])}
    rows = []
    for key in filter(None, keys):
        for variant in candidate_variants(instance, catalog):
            found = _score(instance, catalog, variant, key, own)
            if found is not None:
                rows.append({"variant": variant.name, "benchmark": key, "score": found[0], "source": found[1]})
        for offer in offers:
            found = _score(instance, catalog, _sold(catalog, offer), key, own)
            if found is not None:
                rows.append({"variant": offer, "benchmark": key, "score": found[0], "source": found[1]})
    return SCORES.check(pd.DataFrame(rows, columns=list(SCORES.names)), "scores")


def limit_benchmark(instance: Instance, limit: Limit) -> str:
    """Returns the benchmark of a mean quality floor with its reporter, empty for any other limit."""
    reporter = instance.settings.quality.reported_by
    return f"{limit.benchmark} ({reporter})" if limit.benchmark and reporter else limit.benchmark


def api_score(instance: Instance, workload: Workload, offer: str, scores: pd.DataFrame) -> float | None:
    """Returns the score of an API offer on the benchmark of a workload's floor, None where there is none."""
    rows = scores[(scores["variant"] == offer) & (scores["benchmark"] == benchmark_key(instance, workload))]
    return float(rows["score"].iloc[0]) if len(rows) else None


def _sold(catalog: Catalog, offer: str) -> Variant:
    """Returns the model of an API offer at its native precision."""
    name = catalog.api_prices.set_index("api_offer")["model"][offer]
    model = catalog.models[str(name)]
    return Variant(model, catalog.precisions[catalog.resolve("precision", model.native_precision)])


def _score(
    instance: Instance, catalog: Catalog, variant: Variant, key: str, own: dict[tuple[str, str], float]
) -> tuple[float, str] | None:
    """Returns (score, source) of a variant on a benchmark, or None where nobody measured the model on it."""
    benchmark = key.rpartition(" (")[0] if key.endswith(")") else key
    for name in (key, benchmark):
        if (variant.name, name) in own:
            return own[variant.name, name], "user"
    keep, source = recovery(instance, catalog, variant, benchmark)
    for name in (key, benchmark):
        if (variant.model.model, name) in own:
            return own[variant.model.model, name] * keep, "user"
    frame = catalog.quality
    reporter = key[len(benchmark) + 2 : -1] if key.endswith(")") else None
    rows = frame[(frame["model"] == variant.model.model) & (frame["benchmark"] == benchmark)]
    rows = rows[rows["reported_by"] == reporter] if reporter else rows
    if rows.empty:
        return None
    score = min(100.0, float(rows.iloc[0]["score"]) * keep)
    return score, "estimate" if source == "estimate" else str(rows.iloc[0]["source_kind"])


def recovery(instance: Instance, catalog: Catalog, variant: Variant, benchmark: str) -> tuple[float, str]:
    """Returns (share of the score kept, source) of a variant: 1 at 16 bit or native, measured, else the class median."""
    precision = variant.precision.precision
    if precision == "bf16" or precision == variant.model.native_precision:
        return 1.0, "measured"
    measured = catalog.quantization
    rows = measured[(measured["model"] == variant.model.model) & (measured["precision"] == precision)]
    exact = rows[rows["benchmark"] == benchmark]
    if instance.settings.quality.quantization == "measured_or_default" and not rows.empty:
        return min(1.0, float((exact if not exact.empty else rows)["recovery_share"].median())), "measured"
    size = variant.model.params_total_billion
    size_class = "small" if size < SMALL_MAX_BILLION else "medium" if size <= MEDIUM_MAX_BILLION else "large"
    defaults = catalog.quantization_defaults.set_index(["precision", "size_class"])["recovery_share"]
    return min(1.0, float(defaults[precision, size_class])), "estimate"


def eligible_variants(instance: Instance, catalog: Catalog, scores: pd.DataFrame) -> dict[str, list[Variant]]:
    """Returns by workload the variants that its lists and quality floor admit; raises UnsatisfiableError where one needs some."""
    by_key = scores.set_index(["variant", "benchmark"])["score"].to_dict()
    variants = list(candidate_variants(instance, catalog))
    eligible: dict[str, list[Variant]] = {}
    faults = []
    for position, workload in enumerate(instance.settings.workloads):
        listed = [v for v in variants if _is_listed(instance, catalog, workload, v)]
        key = benchmark_key(instance, workload)
        floor = workload.quality.floor if workload.quality else 0.0
        firsts = {model_name(instance, catalog, name) for name in workload.cascade.first} if workload.cascade else set()
        kept = [v for v in listed if not key or v.model.model in firsts or by_key.get((v.name, key), -1.0) >= floor]
        eligible[workload.workload] = kept
        if not kept and not may_go_elsewhere(workload):
            best = max(((by_key.get((v.name, key), -1.0), v.name) for v in listed), default=(-1.0, "none"))
            found = f"the best candidate is {best[1]} at {best[0]:.1f}" if best[0] >= 0 else "no candidate has a score on it"
            where = instance.document.where(("workloads", position, "quality"))
            expected = f"a candidate with {key} >= {floor:g} for {workload.workload}" if key else "a candidate model"
            faults.append(Fault(where, expected, found if listed else "models_allow and models_deny leave none"))
    if faults:
        raise UnsatisfiableError(faults)
    return eligible


def _is_listed(instance: Instance, catalog: Catalog, workload: Workload, variant: Variant) -> bool:
    allow = {model_name(instance, catalog, name) for name in workload.models_allow}
    deny = {model_name(instance, catalog, name) for name in workload.models_deny}
    return variant.model.model not in deny and (not allow or variant.model.model in allow)
