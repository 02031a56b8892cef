"""`planner estimate` and `planner calibrate`: predictions of setups, and a core refitted to one's own measurements."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from planner.cli.output import Format, print_json, print_lines
from planner.errors import Fault, InputError
from planner.inputs.catalog import load_catalog


def run_estimate_file(points: Path, out: Path | None) -> None:
    """Predicts every row of a CSV of setups; rows it cannot place get a reason."""
    from planner.options.estimate import estimate_file

    if out is None:
        raise InputError.single("--out", "a CSV file for the predictions", "nothing")
    sys.stderr.write(json.dumps(estimate_file(points, out)) + "\n")


def run_estimate_one(setup: Mapping[str, Any], output: Format) -> None:
    """Predicts one setup and prints what its time is made of."""
    from planner.options.estimate import estimate_one

    lacking = [name for name in ("model", "accelerator") if setup[name] is None]
    if lacking:
        raise InputError([Fault(f"--{name}", "a name of the catalog (or a POINTS.csv)", "nothing") for name in lacking])
    catalog = load_catalog()
    for kind in ("model", "accelerator"):
        catalog.resolve(kind, str(setup[kind]))
    precision = str(setup["precision_weights"])
    if not precision.strip():
        raise InputError.single("--precision", "a weight format such as bf16, fp8, int4-awq", "nothing")
    catalog.resolve_precision(precision, str(setup["accelerator"]))
    found = estimate_one(setup, catalog)
    if output is Format.JSON:
        facts = ("weights_gib", "kv_gib", "batch_max", "batch", "step_ms", "parts_ms")
        print_json({**found.row, **{name: getattr(found, name) for name in facts}})
    else:
        print_lines(found.lines)


def run_calibrate(files: Sequence[Path], out: Path, setup: Sequence[str], output: Format) -> None:
    """Refits the shipped calibration to measurements and writes it as a folder."""
    from planner.options.calibrate import calibrate, write_calibration
    from planner.options.calibrated import calibration_folder

    given = dict(pair(text) for text in setup)
    result = calibrate(files, load_catalog(), given)
    write_calibration(result, calibration_folder(), out)
    facts = {
        "measurements": len(result.rows), "median_error_before": result.error_before,
        "median_error_after": result.error_after, "out": str(out),
    }  # fmt: skip
    if output is Format.JSON:
        print_json(facts)
        return
    print_lines([*result.lines(), f"wrote {out}; name it in an instance as tables.calibration"])


def pair(text: str) -> tuple[str, Any]:
    """Returns a COLUMN=VALUE text as its two parts; a number becomes one."""
    name, separator, value = text.partition("=")
    if not separator:
        raise InputError.single("--setup", "COLUMN=VALUE", repr(text))
    try:
        return name, float(value)
    except ValueError:
        return name, value
