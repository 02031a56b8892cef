"""Wishes about deployment that do not go together: roles of replicas beside pools and limits that count whole replicas."""

from collections.abc import Iterator

from planner.errors import Fault
from planner.inputs.instance import Instance

WHOLE_REPLICAS = ("spare_replicas", "region_loss_service_share")
"""Limits that count replicas which do everything."""


def deployment_faults(instance: Instance) -> Iterator[Fault]:
    """Yields a fault for every wish that replicas for prefill or decode alone cannot be had beside."""
    settings, where = instance.settings, instance.document.where
    roles = settings.deployment.roles
    if "prefill" not in roles:
        return
    for position, pool in enumerate(settings.pools):
        if "aggregated" not in roles:
            expected = "the role aggregated in deployment.roles: replicas of a declared pool do everything"
            yield Fault(where(("pools", position)), expected, f"pool {pool.pool} and roles {', '.join(roles)}")
    for position, limit in enumerate(settings.limits):
        if limit.kind in WHOLE_REPLICAS:
            expected = "deployment.roles: [aggregated] beside a limit that counts replicas which do everything"
            yield Fault(where(("limits", position, "kind")), expected, f"{limit.kind} and roles {', '.join(roles)}")
