"""Places that only the user's rates speak of: solved end to end beside modelled ones, layouts held to whole nodes."""

import pytest

from planner import pipeline
from planner.errors import InputError, UnsatisfiableError
from planner.options.prepare import prepare
from planner.options.unmodelled import is_modelled, unmodelled_places
from planner.options.variants import candidate_variants
from tests.inputs.test_unmodelled_checks import HEADER, RATES, ROW, SOUND
from tests.small_instances import shipped_catalog, small_instance, write_instance

BOTH = [{"model": "llama-3.1-8b", "precisions": ["fp8"]}, {"model": "mine", "precisions": ["q7"], "is_modelled": False}]


def prepared(tmp_path, changes=None, files=None):
    """Returns the coefficients of the sound instance with changes."""
    instance = small_instance(tmp_path, {**SOUND["changes"], **(changes or {})}, {**SOUND["files"], **(files or {})})
    return prepare(instance, shipped_catalog()).coefficients


def test_an_own_model_on_an_own_machine_is_an_option_without_numbers(tmp_path):
    found = prepared(tmp_path)

    assert found.options["option"].tolist() == ["mine@q7/2xNew/tp2/user"]
    assert found.options[["weights_gib", "kv_gib"]].isna().all(axis=None)
    assert found.rates["requests_per_s"].tolist() == [5.0]
    assert found.prices["usd_per_hour"].tolist() == [3.5, 3.5], "a price stated is without trend"
    assert found.offers["source"].tolist() == ["user"]


def test_an_own_model_may_run_on_the_catalogs_machines(tmp_path):
    found = prepared(tmp_path, files={"rates.csv": RATES.replace("2xNew", "8xH100-SXM")})

    assert set(found.options["node_type"]) == {"8xH100-SXM"}
    assert "aws" in set(found.offers["provider"])


def test_a_modelled_model_may_run_on_an_own_machine_beside_its_modelled_options(tmp_path):
    changes = {
        "candidates": BOTH, "workloads.0.lengths": {"input_tokens_mean": 1000, "output_tokens_mean": 200},
        "workloads.0.slo": [{"metric": "tpot", "statistic": "mean", "ms": 40}],
    }  # fmt: skip
    found = prepared(tmp_path, changes, {"rates.csv": RATES.replace("mine@q7", "llama-3.1-8b@fp8")})

    assert "llama-3.1-8b@fp8/2xNew/tp2/user" in set(found.options["option"])
    assert {"user", "calibrated"} <= set(found.rates["source"]) | {"calibrated"}
    assert len(found.options) > 1, "the modelled options are there too"


def test_power_stated_counts_and_is_audited(tmp_path):
    """3 machines of 2 kW under a cap of 6 kW; under one of 5 kW there is no plan."""
    own = {"offers.csv": HEADER.replace("source", "source,power_kw") + ROW.replace("a letter", "a letter,2.0")}
    capped = {"limits": [{"limit": "grid", "kind": "power_kw", "value": 6 * 1.2, "scope": "us-virginia"}]}
    write_instance(tmp_path / "i", {**SOUND["changes"], **capped}, {**SOUND["files"], **own})
    settings = pipeline.SolveSettings(gap=1e-6, threads=1)
    outcome = pipeline.make_plan(tmp_path / "i", tmp_path / "plan", settings)

    assert outcome.audit.passed
    assert outcome.prepared.coefficients.machines["power_kw"].tolist() == [2.0]
    with pytest.raises(UnsatisfiableError):
        pipeline.make_plan(tmp_path / "i", tmp_path / "p2", settings, {"limits.0.value": 5.0})


def test_sizes_that_leave_holes_are_refused(tmp_path):
    four = {"offers.csv": HEADER + ROW.replace("New,2", "New,4"), "rates.csv": RATES.replace("2xNew,2", "2xNew,3")}

    with pytest.raises(InputError, match="a replica of 1, 2, 4 accelerators on 2xNew"):
        prepared(tmp_path, files=four)


def test_only_rates_of_what_the_catalog_lacks_make_places(tmp_path):
    instance = small_instance(tmp_path, SOUND["changes"], SOUND["files"])
    variants = list(candidate_variants(instance, shipped_catalog()))
    offers = prepare(instance, shipped_catalog()).coefficients.offers

    assert [is_modelled(instance, variant) for variant in variants] == [False]
    assert [place.name for place in unmodelled_places(instance, shipped_catalog(), variants, offers)] == ["mine@q7/2xNew/tp2"]
    assert unmodelled_places(instance, shipped_catalog(), [], offers) == []


def test_own_and_modelled_are_planned_and_audited_together(tmp_path):
    """10 requests/s at 5 a machine and a load of 0.7: 3 machines of 3.5 usd for 4380 h is less than a node of eight H100."""
    write_instance(tmp_path / "i", SOUND["changes"], SOUND["files"])
    outcome = pipeline.make_plan(tmp_path / "i", tmp_path / "plan", pipeline.SolveSettings(gap=1e-6, threads=1))

    assert outcome.audit.passed
    assert outcome.plan.facts.objective_usd == pytest.approx(3 * 3.5 * 4380)


def test_an_empty_list_of_promises_takes_the_largest_batch(tmp_path):
    free = prepare(small_instance(tmp_path / "a", {"workloads.0.slo": []}), shipped_catalog()).coefficients.rates
    held = prepare(small_instance(tmp_path / "b"), shipped_catalog()).coefficients.rates

    assert free["requests_per_s"].max() > held["requests_per_s"].max()
