"""`planner explain`: a plan's explanation, or what to give up where an instance has no plan."""

import time
from pathlib import Path

from planner import pipeline
from planner.cli.output import Format, print_json, print_lines
from planner.errors import UnsatisfiableError
from planner.inputs.shipped import instance_path
from planner.plan.files import PLAN_FILE
from planner.studies.explain import Asked, explain, write_explanation
from planner.studies.relax import what_to_give_up


def run_explain(
    target: Path, asked: Asked, settings: pipeline.SolveSettings, overrides: dict[str, object], out: Path | None, output: Format
) -> None:
    """Explains a plan's folder, or an instance: its plan is made first, and where there is none the ways out are told."""
    folder = target
    if not (target / PLAN_FILE).exists():
        found = instance_path(target)
        folder = out or Path("plans") / (found.name if found.is_dir() else found.parent.name)
        began = time.monotonic()
        try:
            pipeline.make_plan(found, folder, settings, overrides)
        except UnsatisfiableError as error:
            relaxed = what_to_give_up(found, settings, overrides, settings.time_limit_s - (time.monotonic() - began))
            if output is Format.JSON:
                print_json({"status": "infeasible", "message": str(error), "relaxation": relaxed.record()})
            else:
                print_lines(relaxed.lines)
            raise
    explanation = explain(folder, asked, settings)
    written = write_explanation(explanation, folder)
    if output is Format.JSON:
        print_json(explanation.record())
    else:
        print_lines([*explanation.lines, f"written to {written}"])
