"""Replicas find their nodes, largest first, and say when they do not."""

import pandas as pd
import pytest

from planner.errors import UnsatisfiableError
from planner.plan.placement import node_labels, place_replicas
from tests.disaggregated_worlds import apart
from tests.plan.worlds import BUY, DE_OD, LARGE, OD, OWNED, RE, SMALL, VA, coefficients, tables

SITE = ["pool", "option", "place", "period", "block", "replicas"]


def _placed(rows: list[tuple[object, ...]], nodes: list[tuple[object, ...]]) -> pd.DataFrame:
    deployments = pd.DataFrame(rows, columns=SITE)
    return place_replicas(deployments, pd.DataFrame(nodes, columns=["offer", "period", "block", "nodes"]), coefficients())


def test_every_replica_stands_on_as_many_rows_as_it_has_nodes() -> None:
    placement = tables().placement

    assert len(placement) == 19 + 4 + 5 + 24 + 4 + 8 + 4 + 2 + 4 + 4 * 2
    assert placement.groupby(["period", "block", "node"])["accelerators"].sum().max() == 8


def test_a_replica_over_several_nodes_takes_whole_nodes_of_its_provider_first() -> None:
    placed = _placed(
        [("research", LARGE, f"{VA}/aws", "q2", "day", 1), ("chat", SMALL, VA, "q2", "day", 8)],
        [(BUY, "q2", "day", 1), (OD, "q2", "day", 2)],
    )

    big = placed[placed["pool"] == "research"]
    assert list(big["offer"]) == [OD, OD]
    assert list(big["accelerators"]) == [8, 8]
    assert set(placed.loc[placed["pool"] == "chat", "offer"]) == {BUY}


def test_nodes_held_anyway_are_filled_first_and_keep_their_numbers() -> None:
    chat = tables().placement
    chat = chat[(chat["pool"] == "chat") & (chat["option"] == SMALL)]
    night = chat[chat["block"] == "night"]

    assert set(night["node"]) == {f"8xH100@{VA}/aws/reserved_1y#3", f"8xH100@{VA}/purchase#1"}


@pytest.mark.parametrize(("replicas", "nodes"), [(9, 1), (1, 0)])
def test_what_does_not_fit_is_told_with_its_place(replicas: int, nodes: int) -> None:
    stock = [(OD, "q1", "day", nodes)] if nodes else []

    with pytest.raises(UnsatisfiableError) as error:
        _placed([("chat", SMALL, VA, "q1", "day", replicas)], stock)

    assert f"placement on 8xH100 in {VA} in q1/day: expected room for {replicas} replicas of {SMALL}" in str(error.value)
    assert f"found room for {nodes * 8} on {nodes} nodes" in str(error.value)


def test_two_halves_of_different_providers_make_no_fabric() -> None:
    with pytest.raises(UnsatisfiableError, match="found room for 0 on 2 nodes"):
        _placed([("research", LARGE, f"{VA}/aws", "q2", "day", 1)], [(BUY, "q2", "day", 1), (OD, "q2", "day", 1)])


def test_nothing_deployed_places_nothing() -> None:
    assert _placed([], []).empty


def test_node_names_tell_type_region_provider_and_contract() -> None:
    labels = node_labels(coefficients().offers)

    assert labels == {
        OD: f"8xH100@{VA}/aws/on_demand", RE: f"8xH100@{VA}/aws/reserved_1y", DE_OD: "8xH100@germany-frankfurt/aws/on_demand",
        OWNED: f"8xA100@{VA}/owned/old", BUY: f"8xH100@{VA}/purchase",
    }  # fmt: skip


def test_offers_that_would_share_a_name_go_by_their_own() -> None:
    offers = coefficients().offers
    twin = offers[offers["offer"] == OD].assign(offer=f"aws/p5en/{VA}/on_demand")
    labels = node_labels(pd.concat([offers, twin], ignore_index=True))

    assert labels[OD] == f"8xH100@{OD}"
    assert len(set(labels.values())) == len(labels)


def test_prefill_and_decode_replicas_share_nodes_of_their_own_provider_and_no_others() -> None:
    """A node of two at each of two providers: the pair at q stands on q's node, what does everything on p's."""
    world = apart(providers=("p", "q"))
    rows = [("chat", "prompts", "here/q", "q1", "day", 1), ("chat", "tokens", "here/q", "q1", "day", 1),
            ("chat", "whole", "here", "q1", "day", 2)]  # fmt: skip
    nodes = pd.DataFrame([("od-p", "q1", "day", 1), ("od-q", "q1", "day", 1)], columns=["offer", "period", "block", "nodes"])
    placed = place_replicas(pd.DataFrame(rows, columns=SITE), nodes, world).groupby("option")["offer"].agg(set)

    assert placed.to_dict() == {"prompts": {"od-q"}, "tokens": {"od-q"}, "whole": {"od-p"}}
    with pytest.raises(UnsatisfiableError, match="found room for 2 on 2 nodes"):
        place_replicas(pd.DataFrame([(*rows[0][:-1], 3)], columns=SITE), nodes, world)
