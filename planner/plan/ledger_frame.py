"""Rows of the ledger: one shape for every cost term."""

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.plan.plan import LEDGER

KEYS = list(LEDGER.key)


def block_hours(coefficients: Coefficients) -> pd.DataFrame:
    """Returns period, block and hours, each block once."""
    return coefficients.blocks.drop_duplicates(["period", "block"])[["period", "block", "hours"]]


def ledger_rows(term: str, frame: pd.DataFrame, usd: pd.Series) -> pd.DataFrame:
    """Returns ledger rows of a cost term; a dimension that the frame lacks is empty."""
    columns = {name: (frame[name].astype(object) if name in frame.columns else "") for name in KEYS[1:]}
    made = pd.DataFrame({"term": term, **columns, "usd": usd.astype(float)}, index=frame.index)
    return made.reset_index(drop=True)[[*KEYS, "usd"]]
