"""`planner estimate` and `planner calibrate` as a person runs them."""

import json
import subprocess
import sys
from pathlib import Path

POINTS = (
    "row_id,mode,model,accelerator,tp,n_accelerators,precision_weights,engine_family,input_tokens_mean,output_tokens_mean,concurrency,"
    "output_tok_s_per_gpu,ttft_ms,tpot_ms\n"
    "a,closed_loop,llama-3.1-8b,H100-SXM,1,1,fp8,vllm,1024,256,32,{rate},90,12\n"
    "b,closed_loop,no-such-model,H100-SXM,1,1,fp8,vllm,1024,256,32,{rate},90,12\n"
)


def planner(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Runs the command line in a process of its own."""
    command = [sys.executable, "-m", "planner", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_one_setup_prints_what_its_time_is_made_of() -> None:
    """The breakdown adds up to the step."""
    done = planner("estimate", "--model", "llama-3.1-8b", "--accelerator", "H100", "--concurrency", 32, "--format", "json")
    found = json.loads(done.stdout)

    assert done.returncode == 0
    assert abs(sum(found["parts_ms"].values()) - found["step_ms"]) < 0.2 * found["step_ms"]
    assert found["tpot_low_ms"] < found["tpot_ms"] < found["tpot_high_ms"]


def test_a_single_setup_needs_a_model_and_an_accelerator() -> None:
    """Both are asked for at once, exit 2."""
    done = planner("estimate")

    assert done.returncode == 2
    assert "--model" in done.stderr
    assert "--accelerator" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_empty_precision_is_wrong_usage() -> None:
    """Told by its flag, exit 2."""
    done = planner("estimate", "--model", "llama-3.1-8b", "--accelerator", "H100", "--precision", "")

    assert done.returncode == 2
    assert "--precision: expected a weight format such as bf16, fp8, int4-awq, found nothing" in done.stderr


def test_predictions_do_not_see_the_measured_columns(tmp_path: Path) -> None:
    """Other measured values, same bytes; a row that cannot be placed has a reason and the exit is 0."""
    written = []
    for name, rate in (("x", "1000"), ("y", "")):
        (tmp_path / f"{name}.csv").write_text(POINTS.format(rate=rate))
        done = planner("estimate", tmp_path / f"{name}.csv", "--out", tmp_path / f"{name}_out.csv")
        written.append((done.returncode, (tmp_path / f"{name}_out.csv").read_bytes()))

    assert written[0] == written[1]
    assert written[0][0] == 0
    assert b"no-such-model" in written[0][1]


def test_measurements_refit_the_core_and_a_plan_takes_it(tmp_path: Path) -> None:
    """A machine measured twice as slow is predicted slower afterwards; the folder is what an instance names."""
    rows = POINTS.splitlines()
    (tmp_path / "mine.csv").write_text("\n".join([rows[0], rows[1].replace("{rate}", "1000").replace(",90,12", ",90,40")]) + "\n")
    done = planner("calibrate", tmp_path / "mine.csv", "--out", tmp_path / "own", "--format", "json")
    found = json.loads(done.stdout)

    assert done.returncode == 0, done.stderr
    assert found["measurements"] == 1
    assert found["median_error_after"] < found["median_error_before"]
    assert {p.name for p in (tmp_path / "own").iterdir()} == {"parameters.csv", "ranges.csv", "measured.csv"}


def test_the_table_of_setups_that_the_page_shows_is_predicted_whole(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "model.md").read_text(encoding="utf-8")
    (tmp_path / "points.csv").write_text(page.partition("```csv\n")[2].partition("```")[0])
    said = planner("estimate", tmp_path / "points.csv", "--out", tmp_path / "predictions.csv")

    assert said.returncode == 0
    assert json.loads(said.stderr) == {"rows": 2, "predicted": 2, "refused": 0}
