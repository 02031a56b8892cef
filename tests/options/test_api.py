"""API offers as tables: prices in every period, caps, tokens of a request, quality floors."""

import pytest

from planner.options.api import api_table, call_table
from planner.options.prepare import prepare
from planner.options.variants import score_table
from tests.small_instances import second_workload, shipped_catalog, small_instance

SMALL, LARGE = "deepinfra/llama-3.1-8b", "deepinfra/llama-3.1-70b"


def test_an_offer_stands_in_every_period_at_its_list_price(tmp_path):
    caps = f"api_offer,period,requests_per_s_max,tokens_per_s_max\n{SMALL},*,5,\n{SMALL},q2,7,900\n"
    instance = small_instance(tmp_path, {"workloads.0.api_allow": [SMALL], "tables.api_caps": "caps.csv"}, {"caps.csv": caps})
    table = api_table(instance, shipped_catalog()).set_index("period")
    listed = shipped_catalog().api_prices.set_index("api_offer").loc[SMALL]

    assert list(table.index) == ["q1", "q2"]
    assert (table["output_usd_per_mtok"] == listed["output_usd_per_mtok"]).all()
    assert table["requests_per_s_max"].tolist() == [5.0, 7.0]
    assert table["tokens_per_s_max"].isna().tolist() == [True, False]
    assert table.loc["q1", "model"] == "llama-3.1-8b"


def test_tokens_are_means_and_hits_are_cached(tmp_path):
    changes = {"workloads.0.api_allow": [SMALL], "workloads.0.prefix_hit_share": 0.3}
    instance = small_instance(tmp_path, changes)
    row = call_table(instance, shipped_catalog(), score_table(instance, shipped_catalog())).iloc[0]

    assert (row["input_tokens"], row["cached_tokens"], row["output_tokens"]) == pytest.approx((700.0, 300.0, 200.0))


def test_an_offer_under_the_floor_may_not_answer_but_first_in_a_cascade(tmp_path):
    scores = "variant,benchmark,score,source\nllama-3.1-8b,quiz,60,me\nllama-3.1-70b,quiz,80,me\n"
    floor = {"benchmark": "quiz", "floor": 70}
    changes = {
        "candidates": [{"model": "llama-3.1-70b", "precisions": ["fp8"]}],
        "workloads.0.api_allow": [SMALL, LARGE], "workloads.0.quality": floor, "tables.scores": "scores.csv",
        "workloads.1": second_workload(
            api_allow=[SMALL, LARGE], quality=floor, cascade={"first": ["llama-3.1-8b"], "escalation_share": 0.5}
        ),
    }  # fmt: skip
    instance = small_instance(tmp_path, changes, {"scores.csv": scores})
    table = score_table(instance, shipped_catalog())
    calls = call_table(instance, shipped_catalog(), table)

    assert set(calls[["workload", "api_offer"]].itertuples(index=False, name=None)) == {
        ("chat", LARGE), ("code", SMALL), ("code", LARGE),
    }  # fmt: skip
    assert table.set_index("variant")["score"][SMALL] == 60.0


def test_a_workload_that_nothing_serves_may_be_bought_whole(tmp_path):
    changes = {"workloads.0.api_allow": [SMALL], "workloads.0.slo": [{"metric": "ttft", "statistic": "mean", "ms": 0.1}]}
    found = prepare(small_instance(tmp_path, changes), shipped_catalog()).coefficients

    assert found.rates.empty
    assert len(found.calls) == 1
