"""`planner frontier`: the speed-cost Pareto set of models on accelerators, as a table and a picture."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli.output import FrameFormat, frame_records, print_frame, print_json, print_lines
from planner.errors import Fault, InputError
from planner.inputs.catalog import Catalog, load_catalog

if TYPE_CHECKING:
    import pandas as pd

    from planner.economics.frontier_answer import FrontierAnswer, FrontierQuestion


def run_frontier(
    question: "FrontierQuestion", names: Sequence[str], prices: Sequence[str], plot: Path | None, wide: bool, output: FrameFormat
) -> None:
    """Prints the frontier, says on stderr what it could not place, and draws it."""
    from dataclasses import replace

    from planner.economics.frontier_answer import COLUMNS, MORE_COLUMNS, answer

    if plot is not None:
        from planner.economics.pictures import check_suffix

        check_suffix(plot)
    catalog = load_catalog()
    asked = replace(_with_names(question, names, catalog), usd_per_hour=_prices(prices))
    if question.assumptions == "erdil":
        from planner.economics.frontier_erdil import erdil_answer

        found = erdil_answer(asked, catalog)
    else:
        found = answer(asked, catalog)
    for fault in found.refused:
        sys.stderr.write(f"left out: {fault}\n")
    _print(found, list(COLUMNS) + (list(MORE_COLUMNS) if wide else []), output)
    if plot is not None:
        from planner.economics.frontier_picture import frontier_picture
        from planner.economics.pictures import write_picture

        sys.stderr.write(f"wrote {write_picture(frontier_picture(found), plot)}\n")


def _print(found: "FrontierAnswer", columns: list[str], output: FrameFormat) -> None:
    points = found.points[columns]
    if output is FrameFormat.CSV:
        sys.stdout.write(points.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    elif output is FrameFormat.JSON:
        record = {
            "assumptions": found.question.assumptions, "context_tokens": found.context_tokens,
            "input_tokens": found.question.input_tokens or None, "output_tokens": found.question.output_tokens or None,
            "points": frame_records(points), "curves": frame_records(found.summary()),
            "refused": [str(fault) for fault in found.refused],
        }  # fmt: skip
        print_json(record)
    else:
        _print_table(found, points)


def _print_table(found: "FrontierAnswer", points: "pd.DataFrame") -> None:
    """A line a curve, then the points worth showing of each, then the prices."""
    import pandas as pd

    from planner.economics.frontier_picture import curve_marks

    summary = found.summary()
    lines = summary[["model", "accelerator", "precision"]].assign(**{
        name: [
            f"{usd:.3g} usd at {speed:.3g} tok/s"
            for usd, speed in zip(summary[f"{name}_usd_per_mtok"], summary[f"{name}_tok_s"], strict=True)
        ]
        for name in ("cheapest", "preferred", "fastest")
    })  # fmt: skip
    print_frame(
        lines, f"USD per million output tokens at {found.context_tokens:g} tokens of context, {found.question.assumptions}"
    )
    marks = [frame.index[place] for _, frame in found.curves() for place in curve_marks(frame)]
    shown = pd.DataFrame(points.loc[marks].drop(columns="source"))
    print_frame(shown, f"\n{len(shown)} of {len(points)} points (--format csv prints all)", rows_max=len(shown))
    print_lines(["", *(f"price of {name}: {price}" for name, price in found.prices.items())])


def _with_names(question: "FrontierQuestion", names: Sequence[str], catalog: Catalog) -> "FrontierQuestion":
    """Adds names without a flag to the models or the accelerators, whichever the catalog knows them as."""
    from dataclasses import replace

    from planner.economics.erdil_devices import load_devices
    from planner.economics.erdil_models import load_models

    is_paper = question.assumptions == "erdil"
    models, accelerators = list(question.models), list(question.accelerators)
    faults: list[Fault] = []
    for name in names:
        if _is_known(catalog, "accelerator", name) or (is_paper and name in load_devices()):
            accelerators.append(name)
        elif _is_known(catalog, "model", name) or (is_paper and name in load_models()):
            models.append(name)
        else:
            faults.append(Fault("name without a flag", "a model or an accelerator of the catalog", repr(name)))
    if faults:
        raise InputError(faults)
    return replace(question, models=tuple(models), accelerators=tuple(accelerators))


def _is_known(catalog: Catalog, kind: str, name: str) -> bool:
    try:
        catalog.resolve(kind, name)
    except InputError:
        return False
    return True


def split_names(texts: Sequence[str]) -> tuple[str, ...]:
    """Returns the names of repeated flags and of comma-separated lists.

    >>> split_names(["H100,H200", "B200"])
    ('H100', 'H200', 'B200')
    """
    return tuple(name.strip() for text in texts for name in text.split(",") if name.strip())


def _prices(texts: Sequence[str]) -> dict[str, float]:
    """The prices of `--usd-per-hour A=X`."""
    prices: dict[str, float] = {}
    faults = []
    for text in texts:
        name, _, value = text.partition("=")
        try:
            prices[name.strip()] = float(value)
        except ValueError:
            faults.append(Fault("--usd-per-hour", "ACCELERATOR=USD, such as H100=2.1", repr(text)))
    if faults:
        raise InputError(faults)
    return prices
