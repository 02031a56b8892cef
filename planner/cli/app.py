"""The commands and their flags."""

import logging
import math
import sys
from pathlib import Path
from typing import Annotated

import typer

from planner import __version__
from planner.cli.output import Format, FrameFormat
from planner.cli.stoppable import Stoppable

app = typer.Typer(
    name="planner", cls=Stoppable, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Plans LLM inference fleets: which accelerators, where, on which contract, serving what, at least cost, with a proof.",
)  # fmt: skip
catalog_app = typer.Typer(
    no_args_is_help=True, help="Lists, shows and checks the catalog of hardware, models, prices and places."
)
app.add_typer(catalog_app, name="catalog")
import_app = typer.Typer(no_args_is_help=True, help="Writes another planner's problem as an instance, ready to solve.")
app.add_typer(import_app, name="import")

InstanceArgument = Annotated[Path, typer.Argument(help="An instance folder or YAML file, or the name of a shipped instance.")]
FormatOption = Annotated[Format, typer.Option("--format", help="table for people, json for programs.")]
SetOption = Annotated[list[str], typer.Option("--set", help="Overrides a value of the instance: PATH=VALUE, repeatable.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Logs each step on stderr.")]


def _log(is_verbose: bool) -> None:
    """Steps are logged on stderr where asked for, and where a person is watching a terminal."""
    logging.getLogger("planner").setLevel(logging.INFO if is_verbose or sys.stderr.isatty() else logging.WARNING)


def _version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Prints the version.")] = False,
) -> None:
    pass


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    example: Annotated[str, typer.Option("--from", help="The shipped instance to start from.")] = "quickstart",
) -> None:
    """Writes a commented instance to start from."""
    from planner.cli.commands import run_init

    run_init(folder, example)


@app.command()
def check(instance: InstanceArgument, sets: SetOption = [], output: FormatOption = Format.TABLE) -> None:  # noqa: B006
    """Reads an instance and tells all its problems at once; solves nothing."""
    from planner.cli.commands import run_check

    run_check(instance, sets, output)


@app.command()
def options(
    instance: InstanceArgument,
    sets: SetOption = [],  # noqa: B006
    workload: Annotated[str | None, typer.Option(help="Only this workload.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Writes the coefficient tables to this folder.")] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Shows what could be deployed for each workload: rates under its promises, and what bounds them."""
    from planner.cli.commands import run_options

    run_options(instance, sets, workload, out, output)


@app.command()
def solve(
    instance: InstanceArgument,
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the plan (default: plans/NAME).")] = None,
    sets: SetOption = [],  # noqa: B006
    gap: Annotated[float, typer.Option(min=0.0, max=1.0, help="Gap to prove: (objective - bound) / objective.")] = 0.01,
    time_limit: Annotated[
        float, typer.Option("--time-limit", min=1.0, help="Seconds from reading to the audited plan; a few more if short.")
    ] = 300.0,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of the solver (default: all cores).")] = None,
    solver: Annotated[str, typer.Option(help="highs or scip.")] = "highs",
    method: Annotated[str, typer.Option(help="auto, textbook, outer, partwise or recourse.")] = "auto",
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of the solver.")] = 0,
    plan_before: Annotated[
        Path | None, typer.Option("--from", help="An earlier plan, whose fleet it begins with (least cost, in cells).")
    ] = None,
    confidence: Annotated[
        str | None, typer.Option(help="mid or low: throughput at the middle or the low end of its range.")
    ] = None,
    output: FormatOption = Format.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """Makes a plan of least cost, proves how far it can be from the best, and audits it."""
    from planner.cli.commands import run_solve
    from planner.pipeline import SolveSettings

    _log(verbose)
    asked = sets if confidence is None else [*sets, f"deployment.confidence={confidence}"]
    run_solve(instance, out, asked, SolveSettings(solver, method, gap, time_limit, threads, seed, plan_before), output)


@app.command()
def audit(
    plan: Annotated[Path, typer.Argument(help="A plan folder.")],
    instance: Annotated[Path | None, typer.Option("--instance", help="Also compares with this live instance.")] = None,
    is_deep: Annotated[bool, typer.Option("--deep", help="Also proves the bound again with another engine.")] = False,
    time_limit: Annotated[float, typer.Option("--time-limit", min=1.0, help="Seconds for --deep.")] = 300.0,
    threads: Annotated[int | None, typer.Option(min=1, help="Processes for --deep (default: all cores).")] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Recomputes every rule and every dollar of a plan from its inputs; shares no code with the optimiser."""
    from planner.cli.commands import run_audit

    run_audit(plan, instance, output, time_limit if is_deep else None, threads)


@app.command()
def explain(
    target: Annotated[Path, typer.Argument(help="A plan folder, or an instance (its plan is made first).")],
    why_not: Annotated[list[str], typer.Option("--why-not", help="An offer, node type, region, model..., repeatable.")] = [],  # noqa: B006
    break_even: Annotated[list[str], typer.Option("--break-even", help="A node type, repeatable.")] = [],  # noqa: B006
    within: Annotated[float, typer.Option(min=0.0, max=1.0, help="Runner-up fleets cost at most this share more.")] = 0.02,
    level: Annotated[str, typer.Option(help="Fleets differ by kinds (node type and contract) or by offers.")] = "kinds",
    has_worth: Annotated[bool, typer.Option("--worth/--no-worth", help="What one more unit is worth.")] = True,
    has_runner_ups: Annotated[bool, typer.Option("--runner-ups/--no-runner-ups", help="The next best fleets.")] = True,
    has_promises: Annotated[bool, typer.Option("--promises/--no-promises", help="What each promise costs.")] = True,
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the plan (of an instance).")] = None,
    sets: SetOption = [],  # noqa: B006
    gap: Annotated[float, typer.Option(min=0.0, max=1.0, help="Gap of every solve.")] = 0.01,
    time_limit: Annotated[float, typer.Option("--time-limit", min=1.0, help="Seconds shared out among the questions.")] = 300.0,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of the solver.")] = None,
    solver: Annotated[str, typer.Option(help="highs or scip.")] = "highs",
    output: FormatOption = Format.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """Says what binds and what it is worth, why not X, what the next best fleets are, and what promises cost."""
    from planner.cli.commands import overrides_of
    from planner.cli.explain import run_explain
    from planner.pipeline import SolveSettings
    from planner.studies.explain import Asked

    _log(verbose)
    asked = Asked(tuple(why_not), tuple(break_even), has_worth, has_runner_ups, has_promises, within, level)
    settings = SolveSettings(solver, "auto", gap, time_limit, threads)
    run_explain(target, asked, settings, overrides_of(sets), out, output)


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(help="A plan folder.")],
    after: Annotated[Path, typer.Argument(help="Another plan folder.")],
    has_attribution: Annotated[
        bool, typer.Option("--attribute", help="Also says which input change caused which dollars: solves each one.")
    ] = False,
    gap: Annotated[float, typer.Option(min=0.0, max=1.0, help="Gap of those solves.")] = 0.01,
    time_limit: Annotated[float, typer.Option("--time-limit", min=1.0, help="Seconds shared out among those solves.")] = 300.0,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of the solver.")] = None,
    output: FormatOption = Format.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """Says what changed between two plans: inputs, decisions, and the cost difference as an interval."""
    from planner.cli.commands import run_compare
    from planner.pipeline import SolveSettings

    _log(verbose)
    settings = SolveSettings(gap=gap, time_limit_s=time_limit, threads=threads)
    run_compare(before, after, output, settings if has_attribution else None)


@app.command()
def report(
    plan: Annotated[Path, typer.Argument(help="A plan folder.")],
    out: Annotated[Path | None, typer.Option("--out", help="The HTML file (default: report.html in the plan).")] = None,
) -> None:
    """Writes a plan as one self-contained HTML page that opens offline."""
    from planner.cli.commands import run_report

    run_report(plan, out)


@app.command()
def estimate(
    points: Annotated[
        Path | None, typer.Argument(help="CSV of setups (columns in docs/model.md); none: one setup by flags.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="CSV of predictions (with POINTS).")] = None,
    model: Annotated[str | None, typer.Option(help="Model of a single setup.")] = None,
    accelerator: Annotated[str | None, typer.Option(help="Accelerator of a single setup.")] = None,
    precision: Annotated[str, typer.Option(help="Weight format.")] = "fp8",
    tp: Annotated[int, typer.Option(min=1, help="Tensor-parallel degree.")] = 1,
    concurrency: Annotated[float, typer.Option(min=1, help="Requests kept in flight.")] = 32,
    input_tokens: Annotated[float, typer.Option("--isl", min=1, help="Mean input tokens.")] = 1024,
    output_tokens: Annotated[float, typer.Option("--osl", min=1, help="Mean output tokens.")] = 256,
    engine: Annotated[str, typer.Option(help="Engine family.")] = "vllm",
    output: FormatOption = Format.TABLE,
) -> None:
    """Predicts TTFT, TPOT and throughput with ranges: a CSV of setups, or one setup with its breakdown."""
    from planner.cli.measure import run_estimate_file, run_estimate_one

    if points is not None:
        run_estimate_file(points, out)
    else:
        setup = {
            "model": model, "accelerator": accelerator, "precision_weights": precision, "tp": tp, "n_accelerators": tp,
            "concurrency": concurrency, "input_tokens_mean": input_tokens, "output_tokens_mean": output_tokens,
            "engine_family": engine,
        }  # fmt: skip
        run_estimate_one(setup, output)


@app.command()
def calibrate(
    measurements: Annotated[
        list[Path], typer.Argument(help="Results of vllm bench serve, guidellm, aiperf, or a CSV of setups.")
    ],
    out: Annotated[
        Path, typer.Option("--out", help="Folder of the refitted calibration (name it in an instance: tables.calibration).")
    ],
    setup: Annotated[list[str], typer.Option("--setup", help="COLUMN=VALUE that the files do not state, repeatable.")] = [],  # noqa: B006
    output: FormatOption = Format.TABLE,
) -> None:
    """Refits the throughput core to your own measurements."""
    from planner.cli.measure import run_calibrate

    run_calibrate(measurements, out, setup, output)


@app.command()
def frontier(
    names: Annotated[list[str] | None, typer.Argument(help="More models and accelerators, told apart by the catalog.")] = None,
    models: Annotated[list[str], typer.Option("--model", help="A model, repeatable or comma-separated.")] = [],  # noqa: B006
    accelerators: Annotated[list[str], typer.Option("--accelerator", help="An accelerator, repeatable or comma-separated.")] = [],  # noqa: B006
    precisions: Annotated[list[str], typer.Option("--precision", help="Weight format (default: as published).")] = [],  # noqa: B006
    context: Annotated[
        float | None, typer.Option(min=0, help="Context tokens of every sequence (default: 1024; 0 under erdil).")
    ] = None,
    input_tokens: Annotated[float, typer.Option(min=0, help="Prices whole requests: tokens of a prompt.")] = 0,
    output_tokens: Annotated[float, typer.Option(min=0, help="Prices whole requests: tokens of an answer.")] = 0,
    usd_per_hour: Annotated[
        list[str], typer.Option("--usd-per-hour", help="ACCELERATOR=USD an hour (default: its cheapest dated on-demand offer).")
    ] = [],  # noqa: B006
    assumptions: Annotated[
        str, typer.Option(help="calibrated, ideal (the datasheet) or erdil (the paper's model).")
    ] = "calibrated",
    demand_cap: Annotated[
        float, typer.Option(min=0, help="Most output tokens/s of one replica: all the demand there is.")
    ] = float("inf"),
    draft: Annotated[str | None, typer.Option(help="Draft model of speculative decoding.")] = None,
    acceptance: Annotated[float, typer.Option(help="Chance that a draft token is accepted.")] = 0.8,
    preference: Annotated[float, typer.Option(min=0, help="The preferred point maximises speed^N / price.")] = 3.0,
    plot: Annotated[Path | None, typer.Option("--plot", help="Draws all curves in one picture: .html, .png or .svg.")] = None,
    wide: Annotated[bool, typer.Option("--wide", help="Adds input and output prices apart, drafted tokens, the offer.")] = False,
    output: Annotated[
        FrameFormat, typer.Option("--format", help="table for people, json or csv for programs.")
    ] = FrameFormat.TABLE,
) -> None:
    """Shows how fast and how cheaply models run: tokens/s of a request against USD per million tokens, best layouts only."""
    from planner.cli.frontier import run_frontier, split_names
    from planner.economics.frontier_answer import FrontierQuestion, as_assumptions

    question = FrontierQuestion(
        split_names(models), split_names(accelerators), split_names(precisions), context, input_tokens, output_tokens, None,
        as_assumptions(assumptions), demand_cap, draft, acceptance, preference,
    )  # fmt: skip
    run_frontier(question, names or [], usd_per_hour, plot, wide, output)


@app.command()
def economics(
    files: Annotated[
        list[Path], typer.Argument(help="A plan folder; or results of vllm bench serve, guidellm, aiperf, or a CSV.")
    ],
    setup: Annotated[list[str], typer.Option("--setup", help="COLUMN=VALUE that the files do not state, repeatable.")] = [],  # noqa: B006
    usd_per_hour: Annotated[
        list[str], typer.Option("--usd-per-hour", help="USD an hour of one accelerator: X or ACCELERATOR=X, repeatable.")
    ] = [],  # noqa: B006
    own: Annotated[
        list[str],
        typer.Option(
            "--own",
            help="NAME=VALUE of owned accelerators: price_usd, life_years, utilisation_share, power_kw, pue, "
            "electricity_usd_per_kwh, maintenance_share; repeatable.",
        ),
    ] = [],  # noqa: B006
    requests: Annotated[float, typer.Option(help="Requests of the job whose cost is told.")] = 1000.0,
    ttft_max: Annotated[float, typer.Option("--ttft-max", help="Promise on mean TTFT, ms.")] = math.inf,
    tpot_max: Annotated[float, typer.Option("--tpot-max", help="Promise on mean TPOT, ms.")] = math.inf,
    within: Annotated[float, typer.Option(help="Width of the cost-effective zone, a share of the least cost.")] = 0.10,
    elasticity: Annotated[float, typer.Option(help="Scale elasticity under which returns count as exhausted.")] = 0.5,
    load_share: Annotated[float, typer.Option("--load-share", help="Share of the measured throughput to count on.")] = 1.0,
    score: Annotated[list[str], typer.Option("--score", help="MODEL=QUALITY, repeatable: adds the frontier.")] = [],  # noqa: B006
    score_min: Annotated[float, typer.Option("--score-min", help="Floor of quality for the near-optimal zone.")] = -math.inf,
    tokeniser: Annotated[list[str], typer.Option(help="MODEL=FACTOR: the same text takes FACTOR times the tokens.")] = [],  # noqa: B006
    verbosity: Annotated[list[str], typer.Option(help="MODEL=FACTOR: answers have FACTOR times the tokens.")] = [],  # noqa: B006
    plot: Annotated[Path | None, typer.Option("--plot", help="Writes a picture: .html, .png or .svg.")] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Unit costs of a plan; or cost against concurrency of measured setups: returns to scale, cost-effective zone, frontier."""
    if len(files) == 1 and files[0].is_dir():
        from planner.cli.plan_economics import run_plan_economics

        run_plan_economics(files[0], plot, output)
        return
    from planner.cli.economics import run_economics
    from planner.economics.cost_zone import Limits
    from planner.economics.production import Question

    asked = Question(requests, Limits(ttft_max, tpot_max), within, elasticity, load_share, score_min=score_min)
    run_economics(files, setup, usd_per_hour, own, tokeniser, verbosity, score, asked, plot, output)


@catalog_app.command("list")
def catalog_list(
    table: Annotated[str | None, typer.Argument(help="A catalog table (default: all tables with their sizes).")] = None,
    filters: Annotated[list[str], typer.Option("--where", help="COLUMN=VALUE, repeatable.")] = [],  # noqa: B006
    output: FormatOption = Format.TABLE,
) -> None:
    """Lists the tables of the catalog, or the rows of one."""
    from planner.cli.catalog import run_list

    run_list(table, filters, output)


@catalog_app.command("show")
def catalog_show(
    name: Annotated[str, typer.Argument(help="A model, accelerator, node type, offer, region or alias.")],
    output: FormatOption = Format.TABLE,
) -> None:
    """Shows everything the catalog knows of one name, with its sources."""
    from planner.cli.catalog import run_show

    run_show(name, output)


@catalog_app.command("check")
def catalog_check(
    folder: Annotated[Path | None, typer.Argument(help="A catalog folder (default: the shipped one).")] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Checks every table of a catalog against its declaration and tells all problems at once."""
    from planner.cli.catalog import run_check

    run_check(folder, output)


PeerArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The other planner's JSON file.")]
ImportOutOption = Annotated[Path, typer.Option("--out", help="A new or empty folder for the instance.")]
ContinuousOption = Annotated[bool, typer.Option("--continuous", help="Spreads each bucket freely instead of in slices.")]


@import_app.command("melange")
def import_melange(file: PeerArgument, out: ImportOutOption, continuous: ContinuousOption = False) -> None:
    """Mélange: GPU types with throughput by length bucket; rows are input buckets."""
    from planner.cli.imports import run_import_buckets

    run_import_buckets("melange", file, out, continuous)


@import_app.command("aibrix")
def import_aibrix(file: PeerArgument, out: ImportOutOption, continuous: ContinuousOption = False) -> None:
    """AIBrix: the same with output buckets as rows; GPUs are whole, never hundredths."""
    from planner.cli.imports import run_import_buckets

    run_import_buckets("aibrix", file, out, continuous)


@import_app.command("inferno")
def import_inferno(
    file: PeerArgument,
    out: ImportOutOption,
    assignment: Annotated[str, typer.Option(help="single: a server on one accelerator; multi: on several.")] = "multi",
    unlimited: Annotated[bool, typer.Option("--unlimited", help="Ignores how many cards of a type there are.")] = False,
) -> None:
    """llm-inferno: servers on accelerators with limited cards; cents become usd."""
    from planner.cli.imports import run_import_inferno

    run_import_inferno(file, out, assignment, unlimited)
