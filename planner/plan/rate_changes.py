"""How the rates of two plans differ, told by workload: an option's name holds its batch, so names alone say little."""

import pandas as pd

from planner.options.coefficients import Coefficients

COLUMNS = ["workload", "place", "before", "after"]


def rate_changes(before: Coefficients, after: Coefficients) -> pd.DataFrame:
    """Returns workload, place (variant/node type/layout), before, after: the fastest replica's requests/s, where it differs.

    The operating point is left out of the name: an option that is the same but for its batch is the same place. A side
    that has no such place has NaN.
    """
    both = pd.concat([_fastest(before).rename("before"), _fastest(after).rename("after")], axis=1).reset_index()
    same = (both["before"] - both["after"]).abs() <= 1e-9 * both["before"].abs()
    return both.loc[~same, COLUMNS].sort_values(COLUMNS[:2], ignore_index=True)


def rate_lines(changes: pd.DataFrame) -> list[str]:
    """Returns one line a workload: how many places are faster or slower and by how much, how many are new or gone."""
    lines = []
    for workload, rows in changes.groupby("workload", sort=True):
        ratio = (rows["after"] / rows["before"] - 1.0).dropna()
        parts = []
        if len(ratio):
            parts.append(f"{len(ratio)} options changed by {ratio.min():+.1%} to {ratio.max():+.1%}")
        parts += [
            f"{count} {word}"
            for count, word in ((int(rows["before"].isna().sum()), "new"), (int(rows["after"].isna().sum()), "gone"))
            if count
        ]
        lines.append(f"rates: {workload}: {', '.join(parts)}")
    return lines


def _fastest(coefficients: Coefficients) -> pd.Series:
    rates = coefficients.rates
    place = rates["option"].astype(str).str.replace(r"/(?:b[0-9.e+]+|user)$", "", regex=True)
    return rates.assign(place=place).groupby(["workload", "place"])["requests_per_s"].max()
