"""Names of places: `region`, `region!spot` for nodes that may be taken back, `.../provider` for replicas over several nodes.

>>> region_of_place("us-ohio!spot/aws"), zone_of_place("us-ohio!spot/aws"), provider_of_place("us-ohio!spot/aws")
('us-ohio', 'us-ohio!spot', 'aws')
"""

SPOT_MARK = "!spot"
"""Set behind a region: its spot nodes are a zone of their own, so that traffic on them can be told apart."""


def zone_of_offer(region: str, kind: str) -> str:
    """Returns the zone an offer's nodes stand in: its region, marked where they are spot nodes."""
    return region + SPOT_MARK if kind == "spot" else region


def zone_of_place(place: str) -> str:
    """Returns the zone of a place: without its provider."""
    return place.partition("/")[0]


def region_of_place(place: str) -> str:
    """Returns the region of a place: without its provider and its mark."""
    return zone_of_place(place).removesuffix(SPOT_MARK)


def provider_of_place(place: str) -> str:
    """Returns the provider of a place, empty where it has none."""
    return place.partition("/")[2]


def is_spot_place(place: str) -> bool:
    """Says whether a place's nodes may be taken back."""
    return zone_of_place(place).endswith(SPOT_MARK)
