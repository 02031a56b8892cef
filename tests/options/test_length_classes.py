"""Length classes: cut by work, never across one prompt length, exact on average, and each a workload of its own."""

import itertools

import numpy as np
import pandas as pd
import pytest

from planner.errors import InputError
from planner.inputs.instance import load_instance
from planner.options.length_classes import by_class, class_table, length_classes
from planner.options.prepare import prepare
from tests.classed_instances import HOURS, RATES, classed_instance
from tests.program.optima import optimum
from tests.small_instances import shipped_catalog, small_instance


def random_lengths(seed: int) -> pd.DataFrame:
    """Returns up to forty length rows with repeated prompt lengths and some rows without weight."""
    draw = np.random.default_rng(seed)
    count = int(draw.integers(2, 40))
    weight = draw.exponential(size=count) * (draw.random(count) > 0.2)
    weight[0] += 0.1
    prompts = np.round(2 ** draw.uniform(3, 14, count) / 50) * 50 + 1
    return pd.DataFrame({"input_tokens": prompts, "output_tokens": draw.uniform(1, 2000, count), "weight": weight / weight.sum()})


@pytest.mark.parametrize("is_trace", [False, True])
def test_classes_are_the_workload_cut_up(is_trace):
    for seed in range(25):
        lengths = random_lengths(seed)
        for count in (2, 3, 7):
            classes = length_classes(lengths, count, is_trace)
            joined = pd.concat(classes)

            assert 1 <= len(classes) <= count
            assert joined["weight"].sum() == pytest.approx(1.0)
            for side in ("input_tokens", "output_tokens"):
                assert (joined[side] * joined["weight"]).sum() == pytest.approx((lengths[side] * lengths["weight"]).sum())
            for shorter, longer in itertools.pairwise(classes):
                assert shorter["input_tokens"].max() < longer["input_tokens"].min()
                if is_trace:
                    assert np.ceil(np.log2(shorter["input_tokens"].max())) < np.ceil(np.log2(longer["input_tokens"].min()))


def test_classes_carry_equal_work_where_the_rows_let_them():
    prompts = pd.DataFrame({"input_tokens": [10.0, 20.0, 40.0, 80.0], "output_tokens": 0.0, "weight": [8, 4, 2, 1]})
    lengths = prompts.assign(weight=prompts["weight"] / 15)

    assert [len(one) for one in length_classes(lengths, 4, is_trace=False)] == [1, 1, 1, 1]
    assert [len(one) for one in length_classes(lengths, 2, is_trace=False)] == [2, 2]


def test_classes_have_their_share_of_the_demand_and_the_wishes_of_the_workload(tmp_path):
    written = load_instance(classed_instance(tmp_path))
    found = by_class(written)

    assert [w.workload for w in found.settings.workloads] == ["chat#1", "chat#2"]
    assert {w.length_buckets for w in found.settings.workloads} == {1}
    assert found.demand.groupby("workload")["requests_per_s"].max().to_dict() == {"chat#1": 9.0, "chat#2": pytest.approx(1.0)}
    assert found.lengths["chat#2"].to_numpy().tolist() == [[900.0, 900.0, 1.0]]
    assert found.document.where(("workloads", 1, "slo")) == written.document.where(("workloads", 0, "slo"))
    assert class_table(written)[["workload", "of_workload", "share"]].to_numpy().tolist() == [
        ["chat#1", "chat", 0.9], ["chat#2", "chat", 0.1],
    ]  # fmt: skip


def test_an_instance_without_classes_is_left_alone(tmp_path):
    instance = small_instance(tmp_path)

    assert by_class(instance) is instance
    assert class_table(instance).empty


def test_a_rate_of_a_class_that_the_lengths_do_not_make_is_told_with_its_line(tmp_path):
    rates = RATES + "chat#1,mine@q7,1xSlow,5,bench\nchat#3,mine@q7,1xSlow,5,bench\n"

    with pytest.raises(InputError, match=r"rates.csv, line 3, column workload.*chat#1, chat#2.*chat#3"):
        by_class(load_instance(classed_instance(tmp_path, 4, rates)))


def test_serving_classes_apart_changes_the_cheapest_fleet_to_a_known_one(tmp_path):
    """Together: two fast machines (1.4 busy), 6 usd/h, as a slow one carries 0.85/s. Apart: two slow (1.8 busy) and one fast."""
    costs = {}
    for buckets in (1, 2):
        instance = load_instance(classed_instance(tmp_path / str(buckets), buckets))
        costs[buckets] = optimum(prepare(instance, shipped_catalog()).coefficients)

    assert costs == {1: pytest.approx(6.0 * HOURS), 2: pytest.approx((2 * 1.0 + 3.0) * HOURS)}


def test_paths_are_those_of_the_workload(tmp_path):
    files = {
        "h.csv": "input_tokens,output_tokens,weight\n100,100,9\n900,900,1\n",
        "p.csv": "workload,region,network_ms\nchat,us-virginia,77\n",
    }
    changes = {"workloads.0.lengths": {"histogram": "h.csv"}, "workloads.0.length_buckets": 2, "tables.paths": "p.csv"}
    found = prepare(small_instance(tmp_path, changes, files), shipped_catalog()).coefficients

    assert found.paths.set_index("workload")["network_ms"].to_dict() == {"chat#1": 77.0, "chat#2": 77.0}
    rates = found.rates.groupby("workload")["requests_per_s"].max()
    assert rates["chat#1"] > 5 * rates["chat#2"], "short requests are quick"
