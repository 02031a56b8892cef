"""`planner frontier --assumptions erdil`: the paper's model on the paper's constants, answered in the same columns.

The price of an hour is the paper's own unless one is given. Sizes, batches and degrees are real numbers, as in the paper;
`batch` counts sequences whose KV cache v2 does not always hold (see docs/erdil.md, quirk 5).
"""

import pandas as pd

from planner.economics.erdil_devices import ErdilDevice
from planner.economics.erdil_models import ErdilModel
from planner.economics.erdil_names import PRECISION_OF_BYTES, frontier_table, paper_device, paper_model
from planner.economics.erdil_search import Question
from planner.economics.erdil_speculative import Draft
from planner.economics.frontier import preferred_place
from planner.economics.frontier_answer import (
    COLUMNS,
    MORE_COLUMNS,
    FrontierAnswer,
    FrontierQuestion,
    question_faults,
    source_text,
)
from planner.economics.frontier_prices import HourlyPrice
from planner.errors import Fault, FaultsError, InputError, UnsatisfiableError
from planner.inputs.catalog import Catalog

PAPER = "Erdil 2025, arXiv 2506.04645"
CONTEXT_TOKENS = 0.0
"""The paper's own figures have an empty context."""


def erdil_answer(question: FrontierQuestion, catalog: Catalog) -> FrontierAnswer:
    """Returns the frontier of the paper's model (v2, as of the paper) for every model and accelerator asked for.

    Raises
    ------
    InputError
        All models, precisions and devices that the paper's constants lack; lengths, for the paper has no prefill.
    UnsatisfiableError
        Where no cell of the paper's grid is feasible for any pair.
    """
    models, devices, faults = _objects(question, catalog)
    if faults:
        raise InputError(faults)
    context = CONTEXT_TOKENS if question.context_tokens is None else question.context_tokens
    draft = None if question.draft is None else Draft(_model(question.draft, None, catalog), question.acceptance)
    tables, refused = [], []
    for model_name, model in models:
        for device_name, device in devices:
            price = _price(question, catalog, device_name, device)
            asked = Question(model, device, context, "v2", draft, question.demand_cap_tok_per_s, price.usd_per_hour)
            try:
                tables.append(_table(asked, model_name, device_name, price, question.preference_exponent))
            except FaultsError as error:
                refused += list(error.faults)
    if not tables:
        raise UnsatisfiableError(refused)
    prices = {name: _price(question, catalog, name, device) for name, device in devices}
    return FrontierAnswer(pd.concat(tables, ignore_index=True), context, prices, tuple(refused), question)


def _objects(
    question: FrontierQuestion, catalog: Catalog
) -> tuple[list[tuple[str, ErdilModel]], list[tuple[str, ErdilDevice]], list[Fault]]:
    """The paper's objects by the names asked for, and every fault of the question."""
    faults = question_faults(question)
    if question.output_tokens:
        faults.append(Fault("--input-tokens with the erdil assumptions", "none: the paper has no prefill", "a prompt"))
    models: list[tuple[str, ErdilModel]] = []
    devices: list[tuple[str, ErdilDevice]] = []
    for name in dict.fromkeys(question.models):
        for precision in question.precisions or (None,):
            try:
                models.append((_canonical(catalog, "model", name), _model(name, precision, catalog)))
            except InputError as error:
                faults += list(error.faults)
    for name in dict.fromkeys(question.accelerators):
        try:
            devices.append((_canonical(catalog, "accelerator", name), _device(name, catalog)))
        except InputError as error:
            faults += list(error.faults)
    if question.draft is not None:
        try:
            _model(question.draft, None, catalog)
        except InputError as error:
            faults += list(error.faults)
    return models, devices, faults


def _canonical(catalog: Catalog, kind: str, name: str) -> str:
    """The catalog's name, or the name itself where only the paper knows it."""
    try:
        return catalog.resolve(kind, name)
    except InputError:
        return name


def _model(name: str, precision: str | None, catalog: Catalog) -> ErdilModel:
    known = None if precision is None else _canonical(catalog, "precision", precision)
    try:
        return paper_model(name, known)
    except InputError:
        return paper_model(_canonical(catalog, "model", name), known)


def _device(name: str, catalog: Catalog) -> ErdilDevice:
    try:
        return paper_device(name)
    except InputError:
        return paper_device(_canonical(catalog, "accelerator", name))


def _price(question: FrontierQuestion, catalog: Catalog, name: str, device: ErdilDevice) -> HourlyPrice:
    given = {_canonical(catalog, "accelerator", key): usd for key, usd in (question.usd_per_hour or {}).items()}
    if name in given:
        return HourlyPrice(given[name], "given", "", "user")
    return HourlyPrice(device.usd_per_hour, f"{device.device} of {PAPER}", "", "paper")


def _table(asked: Question, model: str, accelerator: str, price: HourlyPrice, exponent: float) -> pd.DataFrame:
    """The paper's frontier in the columns of the command."""
    frame = frontier_table(asked)
    place = preferred_place(frame["tok_s_per_request"].to_numpy(), frame["usd_per_mtok"].to_numpy(), exponent)
    weights = PRECISION_OF_BYTES.get(asked.model.weight_bytes, f"{8 * asked.model.weight_bytes:g}-bit")
    frame = frame.assign(
        model=model, accelerator=accelerator, precision=weights,
        source=source_text(f"modelled ({asked.model.model} on {asked.device.device})", price),
        usd_per_mtok_input=float("nan"), usd_per_mtok_output=frame["usd_per_mtok"],
        usd_per_accelerator_hour=price.usd_per_hour, offer=price.offer, price_date=price.price_date,
        is_preferred=[row == place for row in range(len(frame))],
    )  # fmt: skip
    return frame[[*COLUMNS, *MORE_COLUMNS]]
