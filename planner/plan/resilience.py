"""What a plan bears the loss of: spare replicas and lost regions, in the words of a fleet."""

from collections.abc import Iterator, Mapping
from typing import Any

from planner.options.coefficients import Coefficients


def resilience_lines(coefficients: Coefficients) -> list[str]:
    """Returns one line for each limit on spare replicas or on the loss of a region; the audit checks that they hold."""
    return [
        *map(_spare_line, _asked(coefficients, "spare_replicas")),
        *map(_loss_line, _asked(coefficients, "region_loss_service_share")),
    ]


def _asked(coefficients: Coefficients, kind: str) -> Iterator[Mapping[str, Any]]:
    return (limit for limit in coefficients.limits_of(kind) if limit["value"] > 0)


def _spare_line(limit: Mapping[str, Any]) -> str:
    count = int(limit["value"])
    whose = f"pool {limit['scope']}" if limit["scope"] else "each pool"
    lost = f"any {count} of its running replicas" if count > 1 else "any one of its running replicas"
    return f"bears losses (limit {limit['limit']}): {whose} serves on without {lost}{_when(limit)}"


def _loss_line(limit: Mapping[str, Any]) -> str:
    region = str(limit["scope"]) or "any one region"
    share = f"at least {limit['value']:.4g}" if limit["value"] < 0.01 else f"at least {limit['value']:.0%}"
    told = "all requests" if limit["value"] >= 1 else f"{share} of requests"
    return f"bears losses (limit {limit['limit']}): without {region}, {told} of every workload are answered{_when(limit)}"


def _when(limit: Mapping[str, Any]) -> str:
    return f" in {limit['period']}" if limit["period"] else ""
