"""Paths between users and regions: network time, residency, and the price of bytes that leave a region."""

import math

import pandas as pd

from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance
from planner.inputs.workloads import Workload
from planner.options.coefficients import PATHS
from planner.units import BYTES_PER_GB, BYTES_PER_TOKEN_TEXT, EARTH_RADIUS_KM, KM_PER_S_IN_FIBRE, MS_PER_S

ROUTE_DETOUR = 1.6
"""Cable length over great-circle distance; public ping tables between cloud regions give 1.3 to 2.1 (an estimate)."""
LAST_MILE_MS = 8.0
"""Access network and TLS termination near the user, both ways (an estimate)."""
ANSWER_OVERHEAD_BYTES = 60.0
"""Bytes of stream framing per token beside its text (one server-sent event per token, an estimate)."""


def network_ms(origin: tuple[float, float], region: tuple[float, float]) -> float:
    """Returns the round trip in ms between two (latitude, longitude) in degrees: light in fibre over a detour, plus access.

    >>> round(network_ms((38.9, -77.4), (38.9, -77.4)), 1)
    8.0
    """
    latitude_a, longitude_a, latitude_b, longitude_b = map(math.radians, (*origin, *region))
    half = math.sin((latitude_b - latitude_a) / 2) ** 2
    half += math.cos(latitude_a) * math.cos(latitude_b) * math.sin((longitude_b - longitude_a) / 2) ** 2
    distance_km = 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, half)))
    return LAST_MILE_MS + 2 * distance_km * ROUTE_DETOUR / KM_PER_S_IN_FIBRE * MS_PER_S


def path_table(instance: Instance, catalog: Catalog) -> pd.DataFrame:
    """Returns the table `paths` of every workload and candidate region."""
    places = {row["region"]: row for row in catalog.regions.to_dict("records")}
    given = instance.tables["paths"].set_index(["workload", "region"])["network_ms"].to_dict()
    rows = []
    for workload in instance.settings.workloads:
        origin = places[workload.origin]
        for region in instance.settings.regions:
            place = places[region]
            estimate = network_ms((origin["latitude"], origin["longitude"]), (place["latitude"], place["longitude"]))
            rows.append(
                {
                    "workload": workload.workload,
                    "region": region,
                    "network_ms": given.get((workload.workload, region), estimate),
                    "is_allowed": is_allowed(workload, region, str(place["jurisdiction"])),
                    "egress_usd_per_request": _egress_usd(instance, workload, region),
                }
            )
    return PATHS.check(pd.DataFrame(rows), "paths")


def is_allowed(workload: Workload, region: str, jurisdiction: str) -> bool:
    """Says whether a workload's region lists and residency admit a region."""
    lists = workload.regions
    if region in lists.deny or (lists.allow and region not in lists.allow):
        return False
    return not lists.jurisdictions or jurisdiction in lists.jurisdictions


def _egress_usd(instance: Instance, workload: Workload, region: str) -> float:
    """Returns the usd per request of an answer sent to users outside its region (0 at home)."""
    price = instance.settings.money.egress_usd_per_gb
    if region == workload.origin or price == 0:
        return 0.0
    lengths = instance.lengths[workload.workload]  # known where bytes cost anything: checked at the door
    tokens = float((lengths["output_tokens"] * lengths["weight"]).sum())
    return tokens * (BYTES_PER_TOKEN_TEXT + ANSWER_OVERHEAD_BYTES) / BYTES_PER_GB * price
