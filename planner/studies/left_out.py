"""Options that a plan's program was made without, as another model does the same with no more: put back to be asked about."""

import dataclasses
from collections.abc import Sequence

import pandas as pd

from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance
from planner.options.calibrated import load_calibration
from planner.options.coefficients import TABLES, Coefficients
from planner.options.prepare import prepare
from planner.options.service import has_starts_priced
from planner.studies.loosening import undominated_rates

NAMES = ("option", "variant", "model", "precision")


def with_model(coefficients: Coefficients, instance: Instance, catalog: Catalog, name: str) -> Coefficients | None:
    """Returns the coefficients with the options of a model, variant or option of an instance; None where none keeps a promise.

    Among themselves the options are thinned out as those of a plan are, which changes no least cost.
    """
    own = instance.settings.tables.calibration
    whole = prepare(instance, catalog, load_calibration(instance.folder / own if own else None), has_dominance=False)
    found = whole.coefficients
    is_asked = pd.concat([found.options[column] == name for column in NAMES], axis=1).any(axis=1)
    asked = set(found.options.loc[is_asked, "option"])
    pooled = {w for pool in instance.settings.pools for w in pool.workloads}
    tables = {"options": found.options, "paths": found.paths, "rates": found.rates[found.rates["option"].isin(asked)]}
    pairs = tables["rates"][["workload", "option"]].itertuples(index=False, name=None)
    kept = tables["rates"]
    if not has_starts_priced(instance):
        kept = undominated_rates(tables, {(str(w), str(o)): () for w, o in pairs}, pooled)
    new = sorted(set(kept["option"]) - set(coefficients.options["option"]))
    return _joined(coefficients, dataclasses.replace(found, rates=kept), new) if new else None


def _joined(coefficients: Coefficients, whole: Coefficients, new: Sequence[str]) -> Coefficients:
    """Returns the coefficients with some options of the whole, the offers of their machines among them."""
    types = set(whole.options.loc[whole.options["option"].isin(new), "node_type"])
    offers = set(whole.offers.loc[whole.offers["node_type"].isin(types), "offer"]) - set(coefficients.offers["offer"])
    tables = {}
    for name in TABLES:
        before, frame = getattr(coefficients, name), getattr(whole, name)
        if "option" in frame.columns:
            more = frame[frame["option"].isin(new)]
        elif "offer" in frame.columns:
            more = frame[frame["offer"].isin(offers)]
        elif name == "machines":
            more = frame[frame["node_type"].isin(types - set(before["node_type"]))]
        else:
            continue
        tables[name] = pd.concat([one for one in (before, more) if len(one)] or [before], ignore_index=True)
    return coefficients.with_tables(**tables)
