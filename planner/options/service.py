"""The wishes of workloads beside their promises: the table `service`, empty where nobody has any."""

import pandas as pd

from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance
from planner.inputs.unmodelled import model_name
from planner.inputs.workloads import Workload
from planner.options.coefficients import Coefficients
from planner.options.service_tables import CASCADES, SERVICE

WISHES = ("unserved_usd_per_request", "priority", "is_interruptible", "is_indivisible")
"""Fields of a workload that the table keeps."""


def service_table(instance: Instance) -> pd.DataFrame:
    """Returns the table `service`: a row for each workload with a wish that is not the default."""
    rows = [
        {"workload": w.workload, **{name: getattr(w, name) for name in WISHES}}
        for w in instance.settings.workloads
        if has_wishes(w)
    ]
    return SERVICE.check(pd.DataFrame(rows, columns=list(SERVICE.names)), "service")


def cascade_table(instance: Instance, catalog: Catalog) -> pd.DataFrame:
    """Returns the table `cascades`: the first models of each workload that is answered in two steps; aliases are resolved."""
    rows = [
        {"workload": w.workload, "model": model_name(instance, catalog, name), "escalation_share": w.cascade.escalation_share}
        for w in instance.settings.workloads
        if w.cascade is not None
        for name in w.cascade.first
    ]
    return CASCADES.check(pd.DataFrame(rows, columns=list(CASCADES.names)).drop_duplicates(), "cascades")


def has_models_apart(instance: Instance) -> bool:
    """Says whether some family tells variants of equal speed apart, so that none of them makes another needless.

    Mean quality counts scores, a cascade which model answered, a cap on models how many there are.
    """
    kinds = {limit.kind for limit in instance.settings.limits}
    return bool(kinds & {"mean_quality_floor", "models_max"}) or any(w.cascade for w in instance.settings.workloads)


def has_options_apart(instance: Instance) -> bool:
    """Says whether distinct options are counted, so that one that several pools share is needless only where it is for all."""
    return any(limit.kind == "options_max" for limit in instance.settings.limits)


def has_starts_priced(instance: Instance) -> bool:
    """Says whether a replica that starts costs something, so that several small ones are not as good as a large one."""
    return instance.settings.money.migration_usd_per_replica > 0


def may_go_elsewhere(workload: Workload) -> bool:
    """Says whether a workload has a plan without any replica of ours: its requests may be turned away or bought."""
    return workload.unserved_usd_per_request is not None or bool(workload.api_allow)


def gone_elsewhere(coefficients: Coefficients) -> set[str]:
    """Returns the workloads whose requests may be turned away or bought by the token: no replica of ours is needed for them."""
    priced = coefficients.service["unserved_usd_per_request"].notna()
    return {*coefficients.service.loc[priced, "workload"], *coefficients.calls["workload"]}


def has_wishes(workload: Workload) -> bool:
    """Says whether a workload asks for anything that the table keeps."""
    return any(getattr(workload, name) != Workload.model_fields[name].default for name in WISHES)
