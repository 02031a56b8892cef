"""Operating points apart: TTFT adds up, a tight promise on tokens needs decode replicas, ports bound rates."""

import math

import pytest

from planner.errors import UnsatisfiableError
from planner.options.disaggregation import JOIN_STEPS
from planner.options.prepare import prepare
from tests.small_instances import second_workload, shipped_catalog, small_instance

CATALOG = shipped_catalog()
APART = ["aggregated", "prefill", "decode"]
LONG = {"workloads.0.lengths": {"input_tokens_mean": 4000, "output_tokens_mean": 300}}


def tables(folder, changes=None, has_dominance=False, **wishes):
    """Returns the coefficients of the small instance with long prompts and all roles."""
    given = {**LONG, "deployment.roles": APART, **{f"deployment.{k}": v for k, v in wishes.items()}, **(changes or {})}
    return prepare(small_instance(folder, given), CATALOG, has_dominance=has_dominance).coefficients


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Promises: first token 1 s, 8 ms a token."""
    slo = {"workloads.0.slo.0.ms": 1000, "workloads.0.slo.1.ms": 8}
    return tables(tmp_path_factory.mktemp("apart"), slo)


def test_ttft_is_prefill_transfer_and_the_first_steps(found):
    rates = found.rates.set_index("option")
    for row in found.pairs.itertuples():
        step_ms = rates.loc[row.decode_option, "tpot_ms"]
        by_hand = rates.loc[row.prefill_option, "ttft_ms"] + row.kv_transfer_ms + JOIN_STEPS * step_ms
        assert row.ttft_ms == pytest.approx(by_hand)
        assert row.e2e_ms == pytest.approx(by_hand + 299 * step_ms)
        assert row.network_ms_max == pytest.approx(1000 - row.ttft_ms)
        assert row.ttft_ms + 8 <= 1000


def test_pairs_share_variant_node_type_cache_and_draft(found):
    options = found.options.set_index("option")
    for row in found.pairs.itertuples():
        one, other = options.loc[row.prefill_option], options.loc[row.decode_option]
        assert (one["role"], other["role"]) == ("prefill", "decode")
        for name in ("variant", "kv_precision", "node_type", "draft"):
            assert one[name] == other[name]


def test_tokens_come_faster_where_nobody_prefills(found):
    """At 8 ms a token a decode replica does more than twice what one that prefills too does, prompts apart."""
    joined = found.rates.merge(found.options[["option", "role", "gpus", "tp"]], on="option")
    joined["per_gpu"] = joined["requests_per_s"] / joined["gpus"]
    best = joined.groupby("role")["per_gpu"].max()

    assert best["decode"] > 2 * best["aggregated"]
    assert (joined[joined["role"] == "decode"]["tpot_ms"] <= 8).all()


def test_a_cache_of_a_token_crosses_whole(found):
    """llama-3.1-8b: 32 layers x 2 x 8 heads x 128 elements at 8 bit, 4000 tokens: 0.262 GB."""
    assert found.pairs["kv_gb_per_request"].unique() == pytest.approx([32 * 2 * 8 * 128 * 4000 / 1e9])


def test_less_load_means_less_wait(found):
    rates = found.rates.set_index("option")
    name = "llama-3.1-8b@fp8/8xH100-SXM/tp1+prefill"

    assert rates.loc[f"{name}/u40", "requests_per_s"] == pytest.approx(0.4 * rates.loc[f"{name}/u100", "requests_per_s"])
    assert rates.loc[f"{name}/u40", "ttft_ms"] < rates.loc[f"{name}/u70", "ttft_ms"] < rates.loc[f"{name}/u100", "ttft_ms"]


def test_nothing_is_paired_where_nobody_asks_or_no_fabric_is(tmp_path):
    assert tables(tmp_path / "plain", {"deployment.roles": ["aggregated"]}).pairs.empty
    lone = {"supply.node_types": ["1xA10G"], "workloads.0.slo.0.ms": 9000, "workloads.0.slo.1.ms": 100}
    assert tables(tmp_path / "lone", lone).pairs.empty


def test_members_of_pools_and_workloads_without_lengths_stay_whole(tmp_path):
    changes = {"workloads.1": second_workload("code"), "pools": [{"pool": "both", "workloads": ["chat", "code"]}]}

    assert tables(tmp_path, changes).pairs.empty


def test_drafting_pairs_draft_on_both_sides(tmp_path):
    found = tables(tmp_path, {"workloads.0.slo.1.ms": 6}, speculative=True)
    drafting = found.pairs[found.pairs["decode_option"].str.contains("eagle3x3")]

    assert len(drafting) > 0
    assert drafting["prefill_option"].str.contains(r"\+prefill\+eagle3x3/u").all()


def test_several_statistics_hold_each_at_its_own_quantile(tmp_path):
    slo = [{"metric": "ttft", "statistic": s, "ms": ms} for s, ms in (("mean", 400), ("p95", 900))]
    found = tables(tmp_path, {"workloads.0.slo": [*slo, {"metric": "tpot", "statistic": "p95", "ms": 30}]})

    assert len(found.pairs) > 0
    assert (found.rates.merge(found.options, on="option").query("role == 'decode'")["tpot_ms"] * 1.3 <= 30).all()
    assert all(math.isfinite(row.network_ms_max) for row in found.pairs.itertuples())


def test_without_whole_replicas_a_workload_without_a_pair_has_no_plan(tmp_path):
    with pytest.raises(UnsatisfiableError, match="a prefill and a decode replica that serve chat"):
        tables(tmp_path, {"deployment.roles": ["prefill", "decode"], "workloads.0.slo.1.ms": 0.1})
    whole = {"deployment.roles": ["prefill", "decode"]}
    assert set(tables(tmp_path / "pairs", whole).options["role"]) == {"prefill", "decode"}
