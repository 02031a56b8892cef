r"""What a plan costs in each scenario.

The ledger is an expectation: a row of a block is hours x probability of the block's scenario, a row without a block (a
commitment) is paid whatever happens. So the cost when scenario s comes true is

.. math:: cost_s = \sum_{rows\ without\ block} usd + \sum_{rows\ of\ blocks\ in\ s} usd / probability_s

and the expectation of the scenarios' costs is the objective.
"""

from dataclasses import replace

import pandas as pd

from planner.options.coefficients import Coefficients

_SLOT = ["period", "block"]


def scenario_costs(ledger: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns scenario, probability and usd, the plan's cost if the scenario comes true; no rows where there is only one."""
    slots = coefficients.blocks[[*_SLOT, "scenario", "probability"]]
    chances = slots.drop_duplicates("scenario")[["scenario", "probability"]].reset_index(drop=True)
    chances = chances if len(chances) > 1 else chances.iloc[:0]
    always = float(ledger.loc[ledger["block"] == "", "usd"].sum())
    rows = ledger[ledger["block"] != ""].merge(slots, on=_SLOT)
    own = (rows["usd"] / rows["probability"]).groupby(rows["scenario"]).sum()
    return chances.assign(usd=always + own.reindex(chances["scenario"]).fillna(0.0).to_numpy(dtype=float))


def ledger_seen_in(ledger: pd.DataFrame, coefficients: Coefficients, scenario: str) -> pd.DataFrame:
    """Returns the ledger when a scenario is certain: rows without a block, and its own blocks by the clock."""
    slots = coefficients.blocks.loc[coefficients.blocks["scenario"] == scenario, [*_SLOT, "probability"]]
    rows = ledger.merge(slots, on=_SLOT, how="left")
    rows = rows[rows["probability"].notna() | (ledger["block"] == "").to_numpy()]
    return rows.assign(usd=rows["usd"] / rows["probability"].fillna(1.0))[list(ledger.columns)].reset_index(drop=True)


def seen_in(coefficients: Coefficients, scenario: str) -> Coefficients:
    """Returns the coefficients when a scenario is certain: its blocks have the hours of the clock, all others none."""
    blocks = coefficients.blocks
    is_here = (blocks["scenario"] == scenario).astype(float)
    hours = blocks["hours"] / blocks["probability"] * is_here
    return replace(coefficients, blocks=blocks.assign(hours=hours, probability=is_here))
