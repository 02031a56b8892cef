"""Malformed inputs through the command line: exit 2, one message with file and place, no traceback, nothing written."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_line import faults, planner
from tests.small_instances import GONE, SMALL, second_workload, write_instance

HEADER = "workload,period,block,requests_per_s\n"
DEMAND = HEADER + "chat,q1,day,10\nchat,q1,night,10\nchat,q2,day,10\nchat,q2,night,10\n"
OFFER = "aws/p5.48xlarge/us-virginia/on_demand"
MODEL_COLUMNS = (
    "model,organisation,huggingface_id,architecture,params_total_billion,params_active_billion,layers,hidden,ffn_matrices,q_heads,"
    "kv_heads,head_dim,vocab,is_tied_embeddings,native_precision,max_context_tokens,licence,source,source_kind,retrieved_on"
)
OFFER_COLUMNS = (
    "offer,provider,instance_type,node_type,region,provider_region,term,usd_per_hour,usd_per_hour_low,usd_per_hour_high,price_date,"
    "source,source_kind,retrieved_on"
)
ROWS = {"prices.csv": "offer,usd_per_hour,source\n", "rates.csv": "workload,variant,node_type,requests_per_s,source\n"}

OFFER_CELLS = "aws,p5.48xlarge,8xH100-SXM,us-virginia,us-east-1,on_demand"

Case = tuple[dict[str, object], dict[str, str], tuple[str, ...]]
CASES: dict[str, Case] = {
    "unknown node type": ({"supply.node_types": ["8xH900"]}, {}, ("instance.yaml, line", "supply.node_types[0]", "'8xH900'")),
    "unknown accelerator": (
        {"supply.price_change_per_year": {"H900": -0.1}},
        {},
        ("instance.yaml, line", "supply.price_change_per_year.H900", "accelerator", "'H900'"),
    ),
    "unknown model with its neighbours": (
        {"candidates.0.model": "llama-3.1-8bb"},
        {},
        ("candidates[0].model", "nearest: llama-3.1-8b", "'llama-3.1-8bb'"),
    ),
    "unknown region": ({"regions": ["atlantis"]}, {}, ("instance.yaml, line", "regions[0]", "'atlantis'")),
    "unknown provider": ({"supply.providers": ["acme"]}, {}, ("supply.providers[0]", "'acme'")),
    "negative rate": (
        {},
        {"demand.csv": DEMAND.replace("q1,night,10", "q1,night,-10")},
        ("demand.csv, line 3, column requests_per_s", ">= 0 in 1/s", "-10"),
    ),
    "escalations next to none": (
        {"workloads.0.cascade": {"first": ["llama-3.1-8b"], "escalation_share": 1e-5}},
        {},
        ("instance.yaml, line", "workloads[0].cascade.escalation_share", "expected 0, or 0.0001 and more, found 1e-05"),
    ),
    "a penalty that says never": (
        {"workloads.0.unserved_usd_per_request": 1e6},
        {},
        ("instance.yaml, line", "workloads[0].unserved_usd_per_request", "less than or equal to 1000", "found 1000000"),
    ),
    "demand next to nothing": (
        {},
        {"demand.csv": DEMAND.replace("q2,day,10", "q2,day,1e-7")},
        ("demand.csv, line 4, column requests_per_s", "0, or a number >= 1e-06 in 1/s", "1e-07"),
    ),
    "NaN demand": (
        {},
        {"demand.csv": DEMAND.replace("q2,day,10", "q2,day,nan")},
        ("demand.csv, line 4, column requests_per_s", "a finite number", "'nan'"),
    ),
    "empty demand cell": (
        {},
        {"demand.csv": DEMAND.replace("q2,day,10", "q2,day,")},
        ("demand.csv, line 4, column requests_per_s", "an empty cell"),
    ),
    "missing column": ({}, {"demand.csv": "workload,period,requests_per_s\nchat,q1,10\n"}, ("demand.csv, header", "'block'")),
    "a cell too many": ({}, {"demand.csv": DEMAND.replace("q1,day,10", "q1,day,10,7")}, ("demand.csv", "a readable table")),
    "missing pair": ({}, {"demand.csv": DEMAND.replace("chat,q2,day,10\n", "")}, ("demand.csv", "chat / q2 / day", "none")),
    "wrong unit": (
        {"tables.prices": "prices.csv"},
        {"prices.csv": f"offer,usd_per_month,source\n{OFFER},9000,me\n"},
        ("prices.csv, header", "'usd_per_hour'", "'usd_per_month'"),
    ),
    "rented at price 0": (
        {"tables.prices": "prices.csv"},
        {"prices.csv": ROWS["prices.csv"] + f"{OFFER},0,me\n"},
        ("prices.csv, line 2, column usd_per_hour", "> 0 in usd/h", "0"),
    ),
    "rented at price 0 in a catalog laid over": (
        {"tables.catalog": "over"},
        {"over/offers.csv": f"{OFFER_COLUMNS}\n{OFFER},{OFFER_CELLS},0,,,2026-11-21,me,user,2026-11-21\n"},
        ("offers.csv, line 2, column usd_per_hour", "> 0", "0"),
    ),
    "a model without geometry": (
        {"tables.catalog": "over", "candidates.0.model": "mine-8b"},
        {"over/models.csv": f"{MODEL_COLUMNS}\nmine-8b,me,me/mine-8b,dense,8,8,,,,,,,,false,bf16,8192,mit,me,user,2026-11-21\n"},
        ("models.csv, line 2, column layers", "models.csv, line 2, column hidden", "an empty cell"),
    ),
    "YAML with a tag": (
        {},
        {"instance.yaml": "schema_version: 1\nname: !!python/name:os.system x\n"},
        ("instance.yaml, line 2, name", "the YAML tag"),
    ),
    "YAML that does not end": ({}, {"instance.yaml": "schema_version: 1\nname: [a\n"}, ("instance.yaml, line", "valid YAML")),
    "YAML nested without end": ({}, {"instance.yaml": "a: " + "[" * 5000 + "]" * 5000 + "\n"}, ("instance.yaml",)),
    "YAML whose anchors multiply": (
        {},
        {
            "instance.yaml": "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
            + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
        },
        ("instance.yaml",),
    ),
    "a key twice": (
        {},
        {"instance.yaml": "schema_version: 1\nname: a\nname: b\n"},
        ("instance.yaml, line 3, name", "a repeated key"),
    ),
    "a row twice": ({}, {"demand.csv": DEMAND + "chat,q1,day,11\n"}, ("demand.csv, line 6", "chat + q1 + day")),
    "a workload twice": (
        {"workloads.1": second_workload("chat")},
        {"demand.csv": DEMAND},
        ("workloads[1]", "not used before", "'chat'"),
    ),
    "unknown key": (
        {"workloads.0.prioritty": 1},
        {},
        ("instance.yaml, line", "workloads[0].prioritty", "the unknown key 'prioritty'"),
    ),
    "missing key": ({"workloads.0.origin": GONE}, {}, ("workloads[0].origin", "the key 'origin'", "nothing")),
    "a period gap": (
        {
            "horizon.periods": [
                {"period": "q1", "start": "2027-01-01", "end": "2027-04-01"},
                {"period": "q2", "start": "2027-05-01", "end": "2027-07-01"},
            ]
        },
        {},
        ("horizon.periods[1]", "2027-04-01", "2027-05-01"),
    ),
    "a period that ends before it starts": (
        {"horizon.periods.0": {"period": "q1", "start": "2027-04-01", "end": "2027-01-01"}},
        {},
        ("horizon.periods[0]", "end after start"),
    ),
    "blocks that do not fill a day": ({"horizon.blocks.0.hours_per_day": 13}, {}, ("horizon.blocks", "24 hours a day", "25")),
    "periods longer than a reservation": (
        {"horizon.periods": [{"period": "q1", "hours": 26000}]},
        {},
        ("horizon.periods", "reserved_1y", "26000"),
    ),
    "a path outside the folder": (
        {"tables.demand": "../demand.csv"},
        {},
        ("tables.demand", "inside the instance's folder", "'../demand.csv'"),
    ),
    "a catalog outside the folder": ({"tables.catalog": ".."}, {}, ("tables.catalog", "inside the instance's folder")),
    "a histogram outside the folder": (
        {"workloads.0.lengths": {"histogram": "/etc/passwd"}},
        {},
        ("workloads[0].lengths", "inside the instance's folder"),
    ),
    "a table that is not there": ({"tables.supply": "supply.csv"}, {}, ("supply.csv", "no such file")),
    "a table of another kind": (
        {"tables.supply": "supply.xlsx"},
        {"supply.xlsx": "x"},
        ("supply.xlsx", "a .csv or .parquet file"),
    ),
    "a trace without requests": (
        {"workloads.0.lengths": {"trace": "trace.csv"}},
        {"trace.csv": "input_tokens,output_tokens\n"},
        ("trace.csv", "at least one request"),
    ),
    "a trace with a bad row": (
        {"workloads.0.lengths": {"trace": "trace.csv"}},
        {"trace.csv": "input_tokens,output_tokens\n5,5\n0,5\nx,1\n"},
        ("trace.csv, line 3", "token counts from 1", "2 bad rows of 3"),
    ),
    "two forms of lengths": (
        {"workloads.0.lengths": {"input_tokens_mean": 5, "output_tokens_mean": 5, "trace": "t.csv"}},
        {},
        ("workloads[0].lengths", "exactly one"),
    ),
    "a promise twice": (
        {"workloads.0.slo": [{"metric": "ttft", "ms": 5}, {"metric": "ttft", "ms": 6}]},
        {},
        ("workloads[0]", "(metric, statistic)"),
    ),
    "a promise without sense": ({"workloads.0.slo.0.ms": -5}, {}, ("workloads[0].slo[0].ms", "greater than 0", "-5")),
    "not a number": ({"service.utilisation_max": float("nan")}, {}, ("service.utilisation_max", "nan")),
    "an unknown benchmark": (
        {"workloads.0.quality": {"benchmark": "IQ", "floor": 5}},
        {},
        ("workloads[0].quality.benchmark", "'IQ'"),
    ),
    "a benchmark of many reporters": (
        {"workloads.0.quality": {"benchmark": "MMLU-Pro", "floor": 5}},
        {},
        ("workloads[0].quality", "reported_by one of"),
    ),
    "a pool named like a workload": (
        {
            "workloads.1": second_workload(),
            "workloads.2": second_workload("both"),
            "pools": [{"pool": "both", "workloads": ["chat", "code"]}],
        },
        {},
        ("pools[0].pool", "'both'"),
    ),
    "own rates of an unknown model": (
        {"tables.rates": "rates.csv"},
        {"rates.csv": ROWS["rates.csv"] + "chat,llama-9@fp8,8xH100-SXM,5,me\n"},
        ("rates.csv, line 2, column variant", "'llama-9'"),
    ),
    "own scores of an unknown model": (
        {"tables.scores": "scores.csv"},
        {"scores.csv": "variant,benchmark,score,source\nllama-9@fp8,MMLU-Pro,50,me\n"},
        ("scores.csv, line 2, column variant", "'llama-9'"),
    ),
    "own rates that break a promise": (
        {"tables.rates": "rates.csv"},
        {"rates.csv": "workload,variant,node_type,requests_per_s,tpot_ms,source\nchat,llama-3.1-8b@fp8,8xH100-SXM,5,99,me\n"},
        ("rates.csv, line 2, column tpot_ms", "40 ms", "99"),
    ),
    "a price of an unknown offer": (
        {"tables.prices": "prices.csv"},
        {"prices.csv": ROWS["prices.csv"] + "acme/h100,3,me\n"},
        ("prices.csv, line 2, column offer", "'acme/h100'"),
    ),
    "an owned lot in an unknown region": (
        {"tables.owned": "owned.csv"},
        {"owned.csv": "owned,node_type,region,nodes\nold,8xH100-SXM,atlantis,2\n"},
        ("owned.csv, line 2, column region", "'atlantis'"),
    ),
    "a file in another encoding": ({}, {"demand.csv": "latin"}, ("demand.csv",)),
}


@pytest.mark.parametrize("name", CASES)
def test_malformed_input_is_told_with_file_and_place(name, tmp_path):
    changes, files, fragments = CASES[name]
    folder = write_instance(tmp_path / "wish", changes, files)
    if name == "a file in another encoding":
        (folder / "demand.csv").write_bytes(DEMAND.replace("chat", "chät").encode("latin-1"))
    said = planner("solve", folder, "--out", tmp_path / "plan", "--format", "json")

    assert said.code == 2
    assert said.out == "", "exit 2 prints no JSON object"
    assert said.err.count("problem(s) in the input") == 1
    assert "Traceback" not in said.err
    for fragment in fragments:
        assert fragment in said.err
    assert len(faults(said)) == int(said.err.split()[0])
    assert not (tmp_path / "plan").exists()


def test_check_tells_what_solve_would_refuse(tmp_path):
    for number, name in enumerate(("periods longer than a reservation", "own rates that break a promise")):
        changes, files, _ = CASES[name]

        assert planner("check", write_instance(tmp_path / str(number), changes, files)).code == 2


def test_all_problems_of_values_are_told_at_once(tmp_path):
    changes = {"workloads.0.slo.0.ms": -5, "workloads.0.prioritty": 1, "horizon.blocks.0.hours_per_day": 30, "regions": []}
    said = planner("check", write_instance(tmp_path, changes, {"demand.csv": DEMAND}))

    assert said.code == 2
    assert len(faults(said)) == 4, said.err
    assert said.err.startswith("4 problem(s) in the input")


def test_all_problems_of_names_and_tables_are_told_at_once(tmp_path):
    changes = {
        "candidates.0": {"model": "llama-9", "precisions": ["fp9"]},
        "supply.providers": ["acme"],
        "workloads.0.origin": "atlantis",
        "horizon.blocks.0.hours_per_day": 13,
        "tables": {"prices": "prices.csv", "supply": "../supply.csv"},
    }
    files = {
        "demand.csv": DEMAND.replace("q1,day,10", "q1,day,-1"),
        "prices.csv": f"offer,usd_per_month,source\n{OFFER},9000,me\n",
    }
    said = planner("check", write_instance(tmp_path, changes, files))

    assert said.code == 2
    for fragment in (
        "llama-9",
        "fp9",
        "acme",
        "atlantis",
        "24 hours a day",
        "usd_per_month",
        "../supply.csv",
        "-1",
    ):
        assert fragment in said.err


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (("--set", "service.utilisation_max"), ("--set", "PATH=VALUE")),
        (("--set", "service.nonsense=3"), ("service.nonsense", "unknown key")),
        (("--set", "workloads.7.origin=x"), ("workloads.7.origin", "an index 0..0")),
        (("--set", "service.utilisation_max=[1"), ("--set service.utilisation_max", "a YAML value")),
        (("--set", "service.utilisation_max=7"), ("service.utilisation_max", "less than or equal to 1")),
        (("--solver", "gurobi"), ("--solver", "highs", "'gurobi'")),
        (("--method", "guess"), ("--method", "'guess'")),
    ],
)
def test_wrong_usage_is_told_with_its_flag(arguments, fragments, tmp_path):
    said = planner("solve", write_instance(tmp_path / "wish"), "--out", tmp_path / "plan", *arguments)

    assert said.code == 2
    for fragment in fragments:
        assert fragment in said.err
    assert not (tmp_path / "plan").exists()


@pytest.mark.parametrize(
    "arguments", [("--gap", "-1"), ("--gap", "x"), ("--time-limit", "0"), ("--nonsense",), ("--format", "xml")]
)
def test_wrong_flags_are_usage_errors(arguments, tmp_path):
    said = planner("solve", write_instance(tmp_path / "wish"), *arguments)

    assert said.code == 2
    assert "Traceback" not in said.err


def test_no_instance_names_the_shipped_ones(tmp_path):
    said = planner("check", tmp_path / "nowhere")

    assert said.code == 2
    assert "quickstart" in said.err


def test_a_real_process_exits_2_with_one_message(tmp_path):
    folder = write_instance(tmp_path / "wish", {}, {"demand.csv": DEMAND.replace("q1,night,10", "q1,night,-10")})
    command = [sys.executable, "-m", "planner", "solve", str(folder), "--out", str(tmp_path / "plan")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[2])

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.strip().splitlines() == [
        "1 problem(s) in the input:",
        "  - demand.csv, line 3, column requests_per_s: expected a number >= 0 in 1/s, found -10",
    ]
    assert not (tmp_path / "plan").exists()


def test_the_small_instance_itself_is_right(tmp_path):
    assert planner("check", write_instance(tmp_path)).code == 0
    assert SMALL["schema_version"] == 1
