"""What the numbers rest on, as frames: kinds of source, every price used, every estimate."""

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.plan.audit_input import numbers
from planner.plan.ledger import offers_used
from planner.plan.plan import PlanTables

SOURCE_WORDS = {
    "measured": "measured on this hardware", "calibrated": "model fitted to measurements",
    "modelled": "modelled by roofline, not measured", "datasheet": "vendor's datasheet", "list_price": "published price",
    "estimate": "our estimate", "user": "given by the user", "paper": "published paper",
    "configuration": "model's public configuration",
}  # fmt: skip
SUPPOSED = ("modelled", "estimate")
"""Sources that nobody measured or published."""


def prices_used(tables: PlanTables, coefficients: Coefficients, offers: pd.DataFrame) -> pd.DataFrame:
    """Returns every price that the plan's cost rests on, the most money first.

    Columns: offer, kind, source, usd (its part of the cost; 0 where it only sets the value of hours after the horizon),
    share, usd_per_hour (list), usd_per_hour_low and usd_per_hour_high (NaN where no range is stated), price_date,
    retrieved_on, told (source and note in words). `offers` are the catalog rows copied with the plan; what they lack is empty.
    """
    used = offers_used(tables.nodes, tables.orders, coefficients)
    named = coefficients.offers.set_index("offer").loc[used].reset_index()
    spent = tables.ledger[tables.ledger["offer"] != ""].groupby("offer")["usd"].sum()
    listed = offers.drop_duplicates("offer").set_index("offer").reindex(used).reset_index()
    rows = pd.DataFrame(
        {
            "offer": used,
            "kind": named["kind"].to_numpy(),
            "source": _price_sources(used, coefficients),
            "usd": [float(spent.get(offer, 0.0)) for offer in used],
            **{name: numbers(listed, name) for name in ("usd_per_hour", "usd_per_hour_low", "usd_per_hour_high")},
            **{name: _texts(listed, name) for name in ("price_date", "retrieved_on")},
            "told": _told(listed, named["source_note"]),
        }
    )
    total = float(spent.sum())
    rows = rows.assign(share=rows["usd"] / total if total else 0.0)
    return rows.sort_values("usd", ascending=False, kind="stable", ignore_index=True)


def supposed_share(shares: pd.DataFrame) -> float:
    """Returns the share of cost in a frame of source and share that rests on numbers nobody measured or published."""
    return float(shares.loc[shares["source"].isin(SUPPOSED), "share"].sum())


def _price_sources(used: list[str], coefficients: Coefficients) -> list[str]:
    """Returns the kind of each offer's prices; `estimate` where any of them is one."""
    kinds = coefficients.prices.groupby("offer")["source"].agg(set)
    return ["estimate" if "estimate" in kinds[offer] else "/".join(sorted(kinds[offer])) for offer in used]


def _texts(frame: pd.DataFrame, column: str) -> pd.Series:
    if column not in frame.columns:
        return pd.Series("", index=frame.index, dtype=object)
    return frame[column].fillna("").astype(str)


def _told(listed: pd.DataFrame, notes: pd.Series) -> list[str]:
    """Returns source and note of the catalog row; the coefficient's own note where the catalog row says nothing."""
    both = zip(_texts(listed, "source"), _texts(listed, "note"), notes.fillna("").astype(str), strict=True)
    return ["; ".join(part for part in (source, note) if part) or own for source, note, own in both]
