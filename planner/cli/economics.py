"""`planner economics`: the production frontier of measured setups."""

import math
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from planner.cli.measure import pair
from planner.cli.output import Format, print_frame, print_json, print_lines
from planner.economics.frontier_prices import hourly_prices
from planner.economics.hourly_cost import Ownership, hourly_cost
from planner.economics.operating_points import UNNAMED, read_operating_points
from planner.economics.pictures import check_suffix, write_picture
from planner.economics.production import Production, Question, production
from planner.economics.production_pictures import production_picture
from planner.economics.token_use import TokenUse, with_token_use
from planner.errors import Fault, InputError
from planner.inputs.catalog import Catalog, load_catalog


def run_economics(
    files: Sequence[Path], setup: Sequence[str], prices: Sequence[str], own: Sequence[str], tokeniser: Sequence[str],
    verbosity: Sequence[str], score: Sequence[str], question: Question, plot: Path | None, output: Format,
) -> None:  # fmt: skip
    """Reads results files, prices them, prints curves, zones and the frontier, and writes the picture asked for."""
    if plot is not None:
        check_suffix(plot)
    catalog = load_catalog()
    points = read_operating_points(files, dict(pair(text) for text in setup))
    points = with_token_use(points, _token_uses(tokeniser, verbosity))
    usd_per_hour, notes, priced_share = _prices(prices, own, catalog, points)
    asked = Question(**{**_as_dict(question), "priced_share": priced_share})
    found = production(points, usd_per_hour, asked, _scores(score, points), notes)
    sys.stderr.write("".join(f"warning: {text}\n" for text in found.warnings))
    if plot is not None:
        write_picture(production_picture(found, "Production frontier", _caption(found, files)), plot)
    if output is Format.JSON:
        print_json(found.record())
    else:
        _print(found)
        print_lines([f"wrote {plot}"] if plot is not None else [])


def _print(found: Production) -> None:
    print_frame(found.table(), f"job of {found.question.job_requests:,.0f} requests; concurrency is requests in flight")
    if not found.quality.empty:
        shown = found.quality[["setup", "score", "job_usd", "is_on_frontier", "near_optimal"]]
        print_frame(shown, "cost-quality frontier, each setup at its cheapest point that keeps the promises")
    print_lines(f"price of {name}: {note}" for name, note in found.prices.items())


def _caption(found: Production, files: Sequence[Path]) -> str:
    names = ", ".join(path.name for path in files)
    kinds = ", ".join(sorted({f"{one.source} ({one.throughput_from})" for one in found.setups}))
    prices = "; ".join(f"{name} {note}" for name, note in found.prices.items())
    return f"Sources: {names}; {kinds}. Prices: {prices or 'of the file'}."


def _prices(
    prices: Sequence[str], own: Sequence[str], catalog: Catalog, points: Any
) -> tuple[dict[str, float], dict[str, str], float]:
    """Returns the price of an hour of each accelerator, where it comes from, and the utilisation inside it."""
    unpriced = points[points["usd_per_hour"].isna()]
    names = sorted(set(map(str, unpriced["accelerator"])))
    if own and prices:
        raise InputError.single("--own", "either --own or --usd-per-hour", "both")
    if own:
        ownership = _ownership(own)
        cost = hourly_cost(ownership)
        return dict.fromkeys(names, cost.usd_per_hour), dict.fromkeys(names, cost.line()), ownership.utilisation_share
    given: dict[str, float] = {}
    for text in prices:
        name, value = text.rpartition("=")[::2]
        given |= dict.fromkeys([name] if name else names, _number("--usd-per-hour", value))
    if UNNAMED in names and UNNAMED not in given:
        expected = "--setup accelerator=NAME, or --usd-per-hour X for all"
        raise InputError.single("accelerator of the measurements", expected, "no name in the files")
    canonical = {name: name if name in given else catalog.resolve("accelerator", name) for name in names}
    strangers = [name for name in given if name not in {*canonical, *canonical.values()}]
    if strangers:
        raise InputError([Fault("--usd-per-hour", f"one of {', '.join(names)}", repr(name)) for name in strangers])
    found = hourly_prices(catalog, list(canonical.values()), {canonical.get(name, name): usd for name, usd in given.items()})
    told = {name: found[place] for name, place in canonical.items()}
    return {name: one.usd_per_hour for name, one in told.items()}, {name: str(one) for name, one in told.items()}, 1.0


def _scores(texts: Sequence[str], points: Any) -> dict[str, float]:
    """Returns MODEL=QUALITY texts as a mapping; a model that was not measured is told."""
    found, known = _numbers("--score", texts), sorted(set(map(str, points["model"])))
    wrong = [name for name, score in found.items() if name not in known or not math.isfinite(score)]
    if wrong:
        raise InputError([Fault("--score", f"a finite number for one of {', '.join(known)}", f"{n}={found[n]:g}") for n in wrong])
    return found


def _ownership(texts: Sequence[str]) -> Ownership:
    known = {one.name for one in fields(Ownership)}
    values = _numbers("--own", texts)
    faults = [Fault("--own", f"one of {', '.join(sorted(known))}", repr(name)) for name in values if name not in known]
    faults += [Fault(f"--own {name}", "a value", "nothing") for name in ("price_usd", "life_years") if name not in values]
    if faults:
        raise InputError(faults)
    return Ownership(**values)


def _token_uses(tokeniser: Sequence[str], verbosity: Sequence[str]) -> dict[str, TokenUse]:
    first, second = _numbers("--tokeniser", tokeniser), _numbers("--verbosity", verbosity)
    return {name: TokenUse(first.get(name, 1.0), second.get(name, 1.0)) for name in dict.fromkeys([*first, *second])}


def _numbers(flag: str, texts: Sequence[str]) -> dict[str, float]:
    """Returns NAME=NUMBER texts as a mapping."""
    found: dict[str, float] = {}
    for text in texts:
        name, separator, value = text.rpartition("=")
        if not separator or not name:
            raise InputError.single(flag, "NAME=NUMBER", repr(text))
        if name in found:
            raise InputError.single(flag, f"{name} once", f"{found[name]:g} and {value}")
        found[name] = _number(flag, value)
    return found


def _number(flag: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InputError.single(flag, "a number", repr(text)) from error


def _as_dict(question: Question) -> dict[str, Any]:
    return {one.name: getattr(question, one.name) for one in fields(question)}
