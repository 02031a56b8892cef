"""Segments: the unary image is ordered, sums to the node count, and merging equal prices keeps its value."""

import numpy as np
import pytest

from planner.methods.segments import make_segments

BAY = ("8xH100-SXM", "here")


@pytest.mark.parametrize("nodes", [0, 1, 3, 9, 14, 40, 100])
def test_image_sums_to_the_nodes_and_fills_in_order(nodes: int) -> None:
    """A later segment holds something only where the earlier ones are full."""
    segments = make_segments({BAY: 12.4}, {BAY: [5, 100]})
    image = segments.image({BAY: nodes})
    width = segments.upper - segments.lower

    assert image.sum() == nodes
    assert all(image[s] == width[s] for s in range(len(image) - 1) if image[s + 1] > 0)


def test_prices_change_only_at_segment_ends() -> None:
    """Every supply step is an end, the last one is all the nodes there are."""
    segments = make_segments({BAY: 2.0}, {BAY: [3, 7, 50]})

    assert {3.0, 7.0, 50.0} <= set(segments.upper)
    assert segments.upper.max() == 50.0
    assert segments.is_tail[-1]


def test_merging_equal_prices_keeps_value_and_cap() -> None:
    """Parts cost what the segments cost, up to the cap on nodes."""
    segments = make_segments({BAY: 6.0}, {BAY: [20]})
    prices = np.where(segments.lower < 4, 1.0, 3.0)
    parts = segments.merged(BAY, prices, nodes_max=10)

    assert [(part.width, part.price) for part in parts] == [(4.0, 1.0), (6.0, 3.0)]
