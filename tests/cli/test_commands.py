"""What each command prints and returns: results on stdout, messages on stderr, one JSON object where it is promised."""

import json
import math

import pandas as pd
import pytest

from planner import methods
from planner.errors import NoPlanError
from planner.methods.result import MethodResult
from planner.plan import audit, files
from planner.plan.audit import AuditReport
from planner.plan.finding import Finding
from planner.studies import relax
from tests.command_line import planner
from tests.small_instances import second_workload, write_instance

KEYS = [
    "status",
    "objective_usd",
    "bound_usd",
    "gap",
    "wall_s",
    "solver",
    "method",
    "audit_passed",
    "name",
    "goal",
    "out",
    "message",
    "relaxation",
]


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    """A solved small instance: its folder, the plan's folder, what solve said."""
    root = tmp_path_factory.mktemp("solved")
    instance = write_instance(root / "wish")
    return instance, root / "plan", planner("solve", instance, "--out", root / "plan", "--format", "json")


def test_solve_prints_one_object_whose_figures_agree(solved):
    _, folder, said = solved
    record = said.json

    assert said.code == 0
    assert list(record)[: len(KEYS)] == KEYS
    assert record["status"] == "optimal"
    assert record["audit_passed"] is True
    assert record["solver"] == "highs"
    assert record["out"] == str(folder)
    assert record["bound_usd"] <= record["objective_usd"]
    assert record["gap"] == pytest.approx((record["objective_usd"] - record["bound_usd"]) / record["objective_usd"], abs=1e-12)
    assert 0 <= record["gap"] <= 0.01
    assert record["wall_s"] > 0


def test_the_objective_is_the_ledger_and_the_hand_calculation(solved):
    """One node of 55.04 usd/h carries 10 requests/s of a small model: 2 periods x 2190 h, less than any reservation."""
    _, folder, said = solved
    ledger = pd.read_csv(folder / "ledger.csv")

    assert said.json["objective_usd"] == pytest.approx(ledger["usd"].sum(), abs=0.01)
    assert said.json["objective_usd"] == pytest.approx(55.04 * 2 * 2190, rel=1e-9)


def test_solve_prints_cost_fleet_and_gap_for_people(solved, tmp_path):
    instance, _, _ = solved
    sets = ("--set", "horizon.periods.1.hours=4380", "--set", "supply.terms=[on_demand]")
    said = planner("solve", instance, "--out", tmp_path / "plan", *sets)

    assert said.code == 0
    assert "361,613 usd" in said.out.splitlines()[0], "55.04 usd/h x (2190 + 4380) h"
    assert "8xH100-SXM" in said.out
    assert "gap" in said.out
    assert said.err == ""


def test_the_same_question_has_the_same_answer(solved, tmp_path):
    instance, folder, _ = solved
    planner("solve", instance, "--out", tmp_path / "plan")
    tables = sorted(path.name for path in folder.glob("*.csv"))

    assert {"deployments.csv", "traffic.csv", "nodes.csv", "ledger.csv"} <= set(tables)
    assert [(tmp_path / "plan" / name).read_bytes() for name in tables] == [(folder / name).read_bytes() for name in tables]


def test_solve_begins_with_an_earlier_plan_and_keeps_its_name(solved, tmp_path):
    instance, folder, said = solved
    again = planner("solve", instance, "--from", folder, "--out", tmp_path / "plan", "--format", "json")
    before, after = said.json, again.json
    kept = [json.loads((one / "plan.json").read_text())["provenance"]["settings"] for one in (folder, tmp_path / "plan")]

    assert again.code == 0, again.err
    assert after["objective_usd"] <= before["objective_usd"] * (1 + 1e-9)
    assert [settings["plan_before"] for settings in kept] == [None, folder.name]


def test_what_solve_cannot_begin_with_is_told_in_one_line(solved, tmp_path):
    instance, folder, _ = solved
    none = planner("solve", instance, "--from", tmp_path / "none", "--out", tmp_path / "plan")
    whole = planner("solve", instance, "--from", folder, "--method", "textbook", "--out", tmp_path / "plan")

    assert (none.code, whole.code) == (2, 2)
    assert "plan.json" in none.err
    assert "--from" in whole.err
    assert "Traceback" not in none.err + whole.err
    assert not (tmp_path / "plan").exists()


def test_audit_passes_and_names_what_was_changed_by_hand(solved, tmp_path):
    _, folder, _ = solved
    said = planner("audit", folder, "--format", "json")

    assert said.code == 0
    assert said.json["passed"] is True

    copy = tmp_path / "plan"
    copy.mkdir()
    for path in folder.rglob("*"):
        if path.is_file():
            (copy / path.relative_to(folder)).parent.mkdir(parents=True, exist_ok=True)
            (copy / path.relative_to(folder)).write_bytes(path.read_bytes())
    deployments = pd.read_csv(copy / "deployments.csv")
    deployments.assign(replicas=0).to_csv(copy / "deployments.csv", index=False)
    broken = planner("audit", copy, "--format", "json")

    assert broken.code == 5
    assert broken.json["passed"] is False
    assert "capacity" in {finding["check"] for finding in broken.json["findings"] if finding["is_error"]}


def test_audit_against_the_live_instance_tells_the_difference(solved, tmp_path):
    _, folder, _ = solved
    said = planner("audit", folder, "--instance", write_instance(tmp_path, requests_per_s=11.0))

    assert "live_instance" in said.out


def test_compare_of_a_plan_with_itself_finds_no_difference(solved):
    _, folder, _ = solved
    said = planner("compare", folder, folder)

    assert said.code == 0
    assert said.out


def test_compare_prints_json(solved):
    _, folder, _ = solved

    assert planner("compare", folder, folder, "--format", "json").json


def test_report_writes_a_page(solved, tmp_path):
    _, folder, _ = solved
    said = planner("report", folder, "--out", tmp_path / "page.html")

    assert said.code == 0
    assert "small" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", [("audit",), ("report",)])
def test_a_folder_without_a_plan_is_told(command, tmp_path):
    said = planner(*command, tmp_path)

    assert said.code == 2
    assert "plan.json" in said.err


def test_check_counts_what_it_read(tmp_path):
    said = planner("check", write_instance(tmp_path), "--format", "json")

    assert said.code == 0
    assert {k: said.json[k] for k in ("name", "workloads", "periods", "blocks", "problems")} == {
        "name": "small", "workloads": 1, "periods": 2, "blocks": 2, "problems": 0
    }  # fmt: skip
    assert len(said.json["catalog_digest"]) == 64


def test_options_lists_rates_and_writes_the_tables(tmp_path):
    said = planner("options", write_instance(tmp_path / "wish"), "--format", "json", "--out", tmp_path / "tables")
    record = said.json

    assert said.code == 0
    assert record["points_total"] == len(record["rates"]) + record["dropped"]
    assert {row["workload"] for row in record["rates"]} == {"chat"}
    assert (tmp_path / "tables" / "rates.csv").is_file()
    assert all(row["tpot_ms"] <= 40 and row["requests_per_s"] > 0 for row in record["rates"])


def test_options_of_an_unknown_workload_are_refused(tmp_path):
    said = planner("options", write_instance(tmp_path), "--workload", "chess")

    assert said.code == 2
    assert "'chess'" in said.err


def test_init_copies_a_shipped_instance_and_overwrites_nothing(tmp_path):
    said = planner("init", tmp_path / "mine", "--from", "tiny")

    assert said.code == 0
    assert planner("check", tmp_path / "mine").code == 0
    again = planner("init", tmp_path / "mine", "--from", "tiny")
    assert again.code == 2
    assert "a new or empty folder" in again.err
    assert planner("init", tmp_path / "other", "--from", "atlantis").code == 2


UNSATISFIABLE = {
    "a model that fits nowhere": (
        {"candidates": [{"model": "deepseek-r1", "precisions": ["bf16"]}]},
        ("chat", "no eligible model fits anywhere", "GiB of weights"),
    ),
    "a promise below the physical floor": (
        {"workloads.0.slo.1.ms": 0.01},
        ("workloads[0]", "below the physical floor", "tpot mean <= 0.01 ms against"),
    ),
    "users too far away": (
        {"workloads.0.slo.0.ms": 100, "workloads.0.origin": "australia-sydney"},
        ("physical floor", "ttft mean <= 100 ms"),
    ),
    "no region that the law allows": (
        {"workloads.0.regions": {"jurisdictions": ["EU"]}},
        ("chat may use", "region lists admit none"),
    ),
    "no node where the law allows": (
        {"regions": ["us-virginia", "finland"], "workloads.0.regions": {"jurisdictions": ["EU"]}},
        ("chat", "nodes offered in a region"),
    ),
    "no offer at all": ({"supply.node_types": ["8xMI300X"]}, ("supply", "an offer in the instance's regions")),
    "no supply": ({"supply.nodes_max_per_offer": 0}, ("supply for 10 requests/s of chat in q1", "at most 0 requests/s")),
    "quality that nobody has": (
        {"workloads.0.quality": {"benchmark": "MMLU-Pro", "reported_by": "vendors", "floor": 99}},
        ("workloads[0].quality", ">= 99", "llama-3.1-8b@fp8"),
    ),
    "lists that leave no model": ({"workloads.0.models_deny": ["llama-3.1-8b"]}, ("models_allow and models_deny leave none",)),
    "one option for prefill and decode apart": (
        {
            "supply.node_types": ["8xH100-SXM"],
            "deployment": {"roles": ["prefill", "decode"]},
            "limits": [{"limit": "one", "kind": "options_max", "value": 1}],
        },
        ("limits[0].value", "options_max 2 or more, as prefill and decode apart", "nothing else serves chat"),
    ),
    "a pool without a common model": (
        {
            "candidates": [{"model": "llama-3.1-8b", "precisions": ["fp8"]}, {"model": "qwen3-8b", "precisions": ["fp8"]}],
            "workloads.0.models_allow": ["llama-3.1-8b"],
            "workloads.1": second_workload(models_allow=["qwen3-8b"]),
            "pools": [{"pool": "both", "workloads": ["chat", "code"]}],
        },
        ("pools[0]", "chat, code"),
    ),
}


@pytest.fixture
def without_ways_out(monkeypatch):
    """Ways out are looked for in tests of their own: here the search finds nothing."""

    def refused(*_):
        raise NoPlanError("not looked for")

    monkeypatch.setattr(relax, "what_to_give_up", refused)


@pytest.mark.parametrize("name", UNSATISFIABLE)
def test_well_formed_but_unsatisfiable_is_exit_3_and_told_why(name, tmp_path, without_ways_out):
    changes, fragments = UNSATISFIABLE[name]
    said = planner("solve", write_instance(tmp_path / "wish", changes), "--out", tmp_path / "plan", "--format", "json")
    record = said.json

    assert said.code == 3
    assert list(record) == KEYS
    assert record["status"] == "infeasible"
    assert [record[key] for key in ("objective_usd", "bound_usd", "gap", "wall_s", "audit_passed", "out")] == [None] * 6
    for fragment in fragments:
        assert fragment in said.err
        assert fragment in record["message"]
    assert "Traceback" not in said.err
    assert record["relaxation"] is None
    assert not (tmp_path / "plan").exists()


def test_spare_replicas_with_too_many_cases_are_refused(tmp_path):
    changes = {
        "workloads.1": second_workload(lengths={"input_tokens_mean": 300, "output_tokens_mean": 50}),
        "pools": [{"pool": "both", "workloads": ["chat", "code"]}],
        "supply.node_types": ["8xH100-SXM", "8xH200-SXM", "8xL40S"], "supply.providers": [],
        "limits": [{"limit": "many", "kind": "spare_replicas", "value": 100_000}],
    }  # fmt: skip
    said = planner("check", write_instance(tmp_path / "wish", changes))

    assert said.code == 2
    assert "limits[0].value: expected limit many: at most " in said.err
    assert "spare replicas where pools are shared, as every choice of lost ones is a case, found 100000, whose" in said.err


def test_exit_3_tells_people_what_to_give_up(tmp_path):
    tpot = [{"metric": "tpot", "statistic": "mean", "ms": 40}]
    wish = write_instance(tmp_path / "wish", {"supply.nodes_max_per_offer": 0, "workloads.0.slo": tpot})
    said = planner("solve", wish, "--out", tmp_path / "plan")

    assert said.code == 3
    assert said.out.startswith("what to give up (1 promise; fewer are not enough)")
    assert "+1 in q1 (0 -> 1)" in said.out
    assert not (tmp_path / "plan").exists()


def test_no_plan_within_the_limit_is_exit_4(tmp_path, monkeypatch):
    nothing = MethodResult("no_plan", None, None, 7.0, "outer", "highs", "1", "time", 1.0, 1, 1, 1, "")
    monkeypatch.setattr(methods, "solve_program", lambda *_: nothing)
    said = planner("solve", write_instance(tmp_path / "wish"), "--out", tmp_path / "plan", "--format", "json")

    assert said.code == 4
    assert said.json["status"] == "no_plan"
    assert said.json["objective_usd"] is None
    assert "time" in said.err
    assert not (tmp_path / "plan").exists()


def test_a_plan_that_fails_its_audit_is_exit_5_with_its_figures(tmp_path, monkeypatch):
    failed = AuditReport(False, (Finding("capacity", "load of chat", "at most 1", "2"),), {"capacity": 1})
    monkeypatch.setattr(audit, "audit_plan", lambda *_, **__: failed)
    said = planner("solve", write_instance(tmp_path / "wish"), "--out", tmp_path / "plan", "--format", "json")

    assert said.code == 5
    assert said.json["audit_passed"] is False
    assert said.json["objective_usd"] == pytest.approx(55.04 * 2 * 2190)
    assert "load of chat" in said.err


def test_a_disk_that_is_full_is_told_and_leaves_nothing_half_written(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write_coefficients", full)
    said = planner("solve", write_instance(tmp_path / "wish"), "--out", tmp_path / "plans" / "one")

    assert said.code == 1
    assert said.err.splitlines()[-1].startswith(f"the plan cannot be written to {tmp_path / 'plans' / 'one'}: No space left")
    assert not list((tmp_path / "plans").iterdir())


def test_zero_demand_costs_nothing(tmp_path):
    said = planner("solve", write_instance(tmp_path / "wish", requests_per_s=0.0), "--out", tmp_path / "plan", "--format", "json")

    assert said.code == 0
    assert said.json["objective_usd"] == 0.0
    assert said.json["audit_passed"] is True


def test_out_that_is_a_file_is_told_before_solving(tmp_path):
    (tmp_path / "file").write_text("x")
    said = planner("solve", write_instance(tmp_path / "wish"), "--out", tmp_path / "file")

    assert said.code == 2
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.parametrize("name", ["x" * 300, "x" * 250])
def test_out_with_a_name_that_no_folder_can_have_is_told_before_solving(tmp_path, name):
    """Too long by itself, or for the hidden folder that is written beside it first."""
    said = planner("solve", write_instance(tmp_path / "wish"), "--out", tmp_path / name)

    assert said.code == 2
    assert "File name too long" in said.err


def test_out_below_a_file_is_told_before_solving(tmp_path):
    (tmp_path / "file").write_text("x")

    assert planner("solve", write_instance(tmp_path / "wish"), "--out", tmp_path / "file" / "plan").code == 2


def test_figures_that_do_not_exist_are_null_never_nan(solved):
    said = planner("options", solved[0], "--format", "json")

    assert not any(isinstance(value, float) and not math.isfinite(value) for row in said.json["rates"] for value in row.values())


def test_a_goal_other_than_cost_prints_its_own_objective_bound_and_unit(tmp_path):
    goal = {"kind": "lexicographic", "order": ["least_carbon", "least_cost"], "tolerance_shares": {"least_carbon": 0.1}}
    path = write_instance(tmp_path / "instance", {"goal": goal})
    for sets, is_list in ((["--set", "goal={kind: least_carbon}"], False), ([], True)):
        said = planner("solve", path, "--out", tmp_path / f"plan{is_list}", "--format", "json", "--threads", "1", *sets)
        record = said.json
        assert said.code == 0
        assert (record["bound_usd"], record["status"], record["objective_usd"] > 0) == (None, "optimal", True)
        assert [isinstance(record[name], list) for name in ("objective", "bound", "unit", "gap")] == [is_list] * 4
        assert record["goal"] == ("lexicographic" if is_list else "least_carbon")
        assert record["unit"] == (["kg", "usd"] if is_list else "kg")
        assert ("order" in record) == is_list
