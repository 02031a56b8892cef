"""The wishes of workloads beside their promises: the table `service`, empty where nobody has any."""

import pandas as pd

from planner.inputs.instance import Instance
from planner.inputs.workloads import Workload
from planner.options.service_tables import SERVICE

WISHES = ("unserved_usd_per_request",)
"""Fields of a workload that the table keeps."""


def service_table(instance: Instance) -> pd.DataFrame:
    """Returns the table `service`: a row for each workload with a wish that is not the default."""
    rows = [
        {"workload": w.workload, **{name: getattr(w, name) for name in WISHES}}
        for w in instance.settings.workloads
        if has_wishes(w)
    ]
    return SERVICE.check(pd.DataFrame(rows, columns=list(SERVICE.names)), "service")


def may_go_elsewhere(workload: Workload) -> bool:
    """Says whether a workload has a plan without any replica of ours: its requests may be turned away."""
    return workload.unserved_usd_per_request is not None


def has_wishes(workload: Workload) -> bool:
    """Says whether a workload asks for anything that the table keeps."""
    return any(getattr(workload, name) != Workload.model_fields[name].default for name in WISHES)
