"""The extension table `slices`: workloads whose traffic is whole pieces."""

import pandas as pd

from planner.inputs.instance import Instance
from planner.tables import Column, Table

SLICES = Table(
    "slices",
    (
        Column("workload", "str", description="a workload made of equal parts"),
        Column("parts", "int", description="equal parts of a block's traffic, each whole on one option in one place", minimum=1),
    ),
    ("workload",),
    "Workloads whose traffic is whole pieces.",
)


def slice_table(instance: Instance) -> pd.DataFrame:
    """Returns the parts of each workload that asks for any."""
    rows = [{"workload": w.workload, "parts": w.slices} for w in instance.settings.workloads if w.slices]
    return SLICES.check(pd.DataFrame(rows, columns=list(SLICES.names)), "slices")
