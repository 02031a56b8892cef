"""An instance: read whole, overridden by paths, its tables and lengths checked; its schema published."""

import json

import pandas as pd
import pytest

from planner.errors import InputError
from planner.inputs.instance import InstanceFile, json_schema, load_instance, parse_override
from tests.small_instances import SMALL, changed, demand_csv, second_workload, small_instance, write_instance

TRACE = {"workloads.0.lengths": {"trace": "trace.csv"}}


def test_a_folder_and_its_file_are_the_same_instance(tmp_path):
    folder = write_instance(tmp_path)

    assert load_instance(folder).settings == load_instance(folder / "instance.yaml").settings
    assert load_instance(folder).name == "small"


def test_tables_that_are_not_given_are_empty_and_typed(tmp_path):
    instance = small_instance(tmp_path)

    names = {"supply", "offers", "owned", "prices", "paths", "rates", "scores", "price_tiers", "orders_min"}
    names |= {"api_caps", "api_tiers"}

    assert set(instance.tables) == names
    assert all(frame.empty for frame in instance.tables.values())
    assert list(instance.tables["paths"].columns) == ["workload", "region", "network_ms"]


def test_files_read_are_listed_the_yaml_first(tmp_path):
    files = {
        "paths.csv": "workload,region,network_ms\nchat,us-virginia,5\n",
        "lengths.csv": "input_tokens,output_tokens,weight\n9,9,1\n",
    }
    instance = small_instance(tmp_path, {"tables.paths": "paths.csv", "workloads.0.lengths": {"histogram": "lengths.csv"}}, files)

    assert [path.name for path in instance.files] == ["instance.yaml", "demand.csv", "paths.csv", "lengths.csv"]


def test_demand_has_one_scenario_by_default(tmp_path):
    assert set(small_instance(tmp_path).demand["scenario"]) == {"expected"}


def test_means_are_one_length_class(tmp_path):
    assert small_instance(tmp_path).lengths["chat"].to_dict("records") == [
        {"input_tokens": 1000.0, "output_tokens": 200.0, "weight": 1.0}
    ]


def test_a_histogram_is_normalised(tmp_path):
    files = {"lengths.csv": "input_tokens,output_tokens,weight\n10,5,3\n20,6,1\n"}
    lengths = small_instance(tmp_path, {"workloads.0.lengths": {"histogram": "lengths.csv"}}, files).lengths["chat"]

    assert lengths["weight"].tolist() == [0.75, 0.25]


@pytest.mark.parametrize("rows", ["10,5,0\n", "0.5,5,1\n", "10,5,-1\n"])
def test_a_histogram_without_weight_or_tokens_is_refused(tmp_path, rows):
    files = {"lengths.csv": "input_tokens,output_tokens,weight\n" + rows}

    with pytest.raises(InputError, match=r"lengths.csv"):
        small_instance(tmp_path, {"workloads.0.lengths": {"histogram": "lengths.csv"}}, files)


def test_a_bad_histogram_of_two_workloads_is_told_once(tmp_path):
    lengths = {"histogram": "l.csv"}
    changes = {"workloads.0.lengths": lengths, "workloads.1": second_workload(lengths=lengths)}
    with pytest.raises(InputError) as caught:
        small_instance(tmp_path, changes, {"l.csv": "input_tokens,output_tokens,weight\n-5,10,1\n"})

    assert [fault.where for fault in caught.value.faults] == ["l.csv, line 2, column input_tokens"]


def test_a_trace_keeps_its_means_and_its_shares(tmp_path):
    rows = [(3, 100), (3, 110), (900, 20), (1000, 30), (5000, 1)]
    text = "id,input_tokens,output_tokens\n" + "".join(f"r,{i},{o}\n" for i, o in rows)
    lengths = small_instance(tmp_path, TRACE, {"trace.csv": text}).lengths["chat"]

    assert lengths["weight"].sum() == pytest.approx(1.0)
    assert (lengths["input_tokens"] * lengths["weight"]).sum() == pytest.approx(sum(i for i, _ in rows) / len(rows))
    assert (lengths["output_tokens"] * lengths["weight"]).sum() == pytest.approx(sum(o for _, o in rows) / len(rows))
    assert len(lengths) == 3, "buckets are powers of two: (3, 100..110), (900..1000, 20..30), (5000, 1)"


def test_a_trace_of_very_long_requests_loses_none(tmp_path):
    lengths = small_instance(tmp_path, TRACE, {"trace.csv": "input_tokens,output_tokens\n100,10\n3000000,10\n"}).lengths["chat"]

    assert lengths["weight"].sum() == pytest.approx(1.0)
    assert lengths["input_tokens"].max() == 3_000_000


def test_a_trace_with_a_cell_too_many_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"trace.csv"):
        small_instance(tmp_path, TRACE, {"trace.csv": "input_tokens,output_tokens\n100,10,5\n100,10,5\n"})


@pytest.mark.parametrize("text", ["tokens\n5\n", "input_tokens,output_tokens\n", "input_tokens,output_tokens\nx,5\n", ""])
def test_a_trace_that_is_none_is_refused(tmp_path, text):
    with pytest.raises(InputError, match=r"trace.csv"):
        small_instance(tmp_path, TRACE, {"trace.csv": text})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b=3", ("a.b", 3)),
        ("x=[1, 2]", ("x", [1, 2])),
        ("x=", ("x", None)),
        ("s= text ", ("s", "text")),
        ("a=b=c", ("a", "b=c")),
    ],
)
def test_overrides_are_yaml(text, expected):
    assert parse_override(text) == expected


@pytest.mark.parametrize("text", ["a.b", "=3", "a=[1", "a=!!python/name:os.system x"])
def test_what_is_no_override_is_refused(text):
    with pytest.raises(InputError, match="--set"):
        parse_override(text)


def test_an_override_replaces_one_value_and_is_remembered(tmp_path):
    folder = write_instance(tmp_path)
    instance = load_instance(folder, {"workloads.0.slo.1.ms": 55, "service.utilisation_max": 0.5})

    assert instance.settings.workloads[0].slo[1].ms == 55.0
    assert instance.settings.workloads[0].slo[0].ms == 2000.0
    assert instance.settings.service.utilisation_max == 0.5, "a section that the file does not have is made"
    assert instance.overrides == {"workloads.0.slo.1.ms": 55, "service.utilisation_max": 0.5}
    assert load_instance(folder).settings.service.utilisation_max == 0.7


def test_an_override_is_checked_like_the_file(tmp_path):
    with pytest.raises(InputError, match="less than or equal to 1"):
        load_instance(write_instance(tmp_path), {"service.utilisation_max": 2})


@pytest.mark.parametrize("name", ["demand", "workload", "block"])
def test_demand_of_something_undeclared_is_told(tmp_path, name):
    text = demand_csv(SMALL).replace({"demand": "q1", "workload": "chat", "block": "night"}[name], "ghost")

    with pytest.raises(InputError, match=r"demand.csv, column \w+: expected one of .*'ghost'"):
        small_instance(tmp_path, files={"demand.csv": text})


def test_many_missing_pairs_are_counted(tmp_path):
    with pytest.raises(InputError, match="2 more missing"):
        small_instance(
            tmp_path,
            {"horizon.periods": [{"period": f"q{i}", "hours": 100} for i in range(4)]},
            {"demand.csv": "workload,period,block,requests_per_s\nchat,q0,day,1\n"},
        )


def test_a_parquet_table_is_read_like_a_csv(tmp_path):
    folder = write_instance(tmp_path, {"tables.demand": "demand.parquet"})
    pd.read_csv(folder / "demand.csv").to_parquet(folder / "demand.parquet", index=False)

    assert load_instance(folder).demand["requests_per_s"].tolist() == [10.0] * 4


def test_the_published_schema_admits_and_documents_what_the_code_admits(tmp_path):
    schema = json_schema()

    assert json.loads(json.dumps(schema)) == schema
    assert schema["$schema"].endswith("2020-12/schema")
    assert set(schema["properties"]) == set(InstanceFile.model_fields)
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {"schema_version", "name", "horizon", "regions", "candidates", "workloads"}


def test_every_field_of_the_format_is_documented():
    """A key that is not said to mean anything is a riddle: names that speak for themselves are listed here."""
    sections = "horizon candidates quality supply deployment service money workloads pools limits risk goal tables"
    plain = {"name", *sections.split()}
    schema = json_schema()
    silent = [key for key, part in schema["properties"].items() if not part.get("description") and key not in plain]

    assert silent == []


def test_the_helper_changes_only_what_it_is_told():
    assert changed(SMALL, {"regions.0": "finland"})["regions"] == ["finland"]
    assert SMALL["regions"] == ["us-virginia"]
