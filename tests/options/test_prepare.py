"""From an instance and a catalog to the coefficient tables."""

import pytest

from planner.errors import UnsatisfiableError
from planner.options.prepare import prepare
from tests.small_instances import second_workload, shipped_catalog, small_instance

CATALOG = shipped_catalog()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A two-region instance with a pool, prepared."""
    changes = {
        "regions": ["us-virginia", "us-ohio"],
        "supply": {
            "providers": ["aws"],
            "node_types": ["8xH100-SXM", "8xL40S", "8xMI300X"],
            "terms": ["on_demand", "reserved_1y"],
        },
        "workloads.1": second_workload("code", replicas_min=2),
        "workloads.2": second_workload("batch", regions={"deny": ["us-ohio"]}, replicas_min=1),
        "pools": [{"pool": "both", "workloads": ["chat", "code"]}],
        "service.utilisation_max": 0.6,
        "money.terminal_use_share": 0.25,
    }
    return prepare(small_instance(tmp_path_factory.mktemp("prepare"), changes), CATALOG).coefficients


def test_every_option_runs_on_every_offer_of_its_node_type(prepared):
    joined = prepared.sites.merge(prepared.options, on="option").merge(prepared.offers, on="offer")

    assert (joined["node_type_x"] == joined["node_type_y"]).all()
    assert len(joined) == sum((prepared.offers["node_type"] == n).sum() for n in prepared.options["node_type"])


def test_offers_that_no_option_uses_are_left_out(prepared):
    assert set(prepared.offers["node_type"]) == set(prepared.options["node_type"])
    assert set(prepared.prices["offer"]) == set(prepared.supply["offer"]) == set(prepared.offers["offer"])
    assert "8xMI300X" not in set(prepared.offers["node_type"]), "aws does not rent it"


def test_blocks_split_their_period_by_the_day(prepared):
    blocks = prepared.blocks.set_index(["period", "block"])["hours"]

    assert blocks["q1", "day"] == 2190 * 12 / 24
    assert blocks.groupby("period").sum().to_dict() == {"q1": 2190.0, "q2": 2190.0}


def test_pools_and_minima(prepared):
    assert prepared.pools.to_dict("records") == [
        {"workload": "chat", "pool": "both", "replicas_min": 0},
        {"workload": "code", "pool": "both", "replicas_min": 2},
        {"workload": "batch", "pool": "batch", "replicas_min": 1},
    ]


def test_scalars_of_the_instance_are_limits(prepared):
    assert (prepared.limit("utilisation_max"), prepared.limit("terminal_use_share")) == (0.6, 0.25)


def test_options_say_what_they_are_made_of(prepared):
    row = prepared.options.set_index("option").iloc[0]
    variant, node_type, layout, batch = row.name.split("/")

    assert (row["variant"], row["node_type"]) == (variant, node_type)
    assert row["variant"] == f"{row['model']}@{row['precision']}"
    assert batch == f"b{row['max_batch']:g}"
    assert layout == (f"tp{row['tp']}" if row["tp"] > 1 else "tp1")
    assert row["gpus"] == row["tp"] * row["pp"] * row["dp"]
    assert 0 < row["weights_gib"] < CATALOG.accelerators[row["accelerator"]].memory_gib
    assert row["kv_gib"] > 0


def test_memory_by_hand(tmp_path):
    """8.03e9 parameters at 8 bit on one accelerator are at least 7.4 GiB, and embeddings stay at 16 bit: at most 9 GiB."""
    options = prepare(small_instance(tmp_path), CATALOG, has_dominance=False).coefficients.options
    row = options.set_index("tp").loc[1]

    assert 7.4 < row["weights_gib"] < 9.0
    assert row["weights_gib"] + row["kv_gib"] < CATALOG.accelerators["H100-SXM"].memory_gib


def test_dominance_drops_and_counts(tmp_path):
    instance = small_instance(tmp_path, {"candidates.0.precisions": ["bf16", "fp8"]})
    kept, everything = prepare(instance, CATALOG), prepare(instance, CATALOG, has_dominance=False)

    assert everything.dropped == ()
    assert everything.points_total == kept.points_total == len(everything.coefficients.rates)
    assert set(kept.coefficients.options["option"]) < set(everything.coefficients.options["option"])


def test_own_rates_stand_beside_the_modelled_ones(tmp_path):
    rows = "workload,variant,node_type,tp,requests_per_s,source\nchat,llama-3.1-8b@fp8,8xH100-SXM,1,3.5,bench\n"
    instance = small_instance(tmp_path, {"tables.rates": "rates.csv"}, {"rates.csv": rows})
    rates = prepare(instance, CATALOG, has_dominance=False).coefficients.rates.set_index("option")

    assert rates.loc["llama-3.1-8b@fp8/8xH100-SXM/tp1/user", "requests_per_s"] == 3.5
    assert not [o for o in rates.index if o.startswith("llama-3.1-8b@fp8/8xH100-SXM/tp1/b")]
    assert [o for o in rates.index if "/tp2/b" in o]
    assert rates["source"].value_counts()["user"] == 1


def test_own_rates_serve_a_workload_that_the_model_says_none_can(tmp_path):
    rows = "workload,variant,node_type,tp,requests_per_s,source\nchat,llama-3.1-8b@fp8,8xH100-SXM,1,3.5,bench\n"
    changes = {"tables.rates": "rates.csv", "workloads.0.slo": [{"metric": "ttft", "statistic": "mean", "ms": 1}]}

    assert len(prepare(small_instance(tmp_path, changes, {"rates.csv": rows}), CATALOG).coefficients.rates) == 1


def test_no_offer_at_all_is_told(tmp_path):
    with pytest.raises(UnsatisfiableError, match="an offer in the instance's regions"):
        prepare(small_instance(tmp_path, {"supply.node_types": ["8xMI300X"]}), CATALOG)


def test_every_rate_tells_its_source(prepared):
    assert set(prepared.rates["source"]) <= {"calibrated", "modelled"}
    assert set(prepared.prices["source"]) <= {"list_price", "estimate"}


def test_options_that_draft_are_named_sized_and_sourced(tmp_path):
    """A promise of 6 ms a token: one accelerator keeps it only by drafting; the draft's layer takes 1/32 of memory more."""
    changes = {"workloads.0.slo.1.ms": 6, "deployment.speculative": True}
    found = prepare(small_instance(tmp_path, changes), CATALOG, has_dominance=False).coefficients
    rows = found.options.merge(found.rates[["option", "requests_per_s", "tpot_ms"]], on="option").set_index("option")
    drafted, plain = rows[rows["draft_tokens"] > 0], rows[rows["draft_tokens"] == 0]

    assert set(drafted["draft"]) == {"eagle3"}
    assert set(drafted["draft_acceptance"]) == {0.74}
    assert drafted["draft_source"].str.contains("EAGLE3").all()
    assert (plain["draft_source"] == "").all()
    assert all("+eagle3x3/b" in name for name in drafted.index)
    assert not any("+" in name for name in plain.index)
    one, two = (drafted[drafted["tp"] == tp].iloc[0] for tp in (1, 2))
    assert 1 not in set(plain["tp"]) or plain[plain["tp"] == 1]["requests_per_s"].max() < one["requests_per_s"]
    assert two["weights_gib"] == pytest.approx(plain[plain["tp"] == 2].iloc[0]["weights_gib"] * (1 + 1 / 32))
    assert (drafted["tpot_ms"] <= 6).all()


def test_a_pool_drafts_too(tmp_path):
    changes = {
        "workloads.0.slo.1.ms": 6, "workloads.1": second_workload("code"), "deployment.speculative": True,
        "pools": [{"pool": "both", "workloads": ["chat", "code"]}],
    }  # fmt: skip
    rates = prepare(small_instance(tmp_path, changes), CATALOG, has_dominance=False).coefficients.rates

    assert {"+eagle3x3" in option for option in rates["option"]} == {True, False}


def test_where_starts_cost_something_no_option_is_dropped_for_several_small_replicas(tmp_path):
    """A replica of eight accelerators is beaten by eight of one: that holds where starts are free."""
    changes = {"supply": {"providers": ["aws"], "node_types": ["8xL40S"], "terms": ["on_demand"]}}
    free = prepare(small_instance(tmp_path / "free", changes), CATALOG)
    priced = prepare(small_instance(tmp_path / "priced", {**changes, "money.migration_usd_per_replica": 100.0}), CATALOG)

    assert max(one.replicas for one in free.dropped) > 1
    assert {one.replicas for one in priced.dropped} <= {1}
    assert set(free.coefficients.options["option"]) < set(priced.coefficients.options["option"])
