"""Stored proofs that are damaged are told with file and place, every fault at once; none ends in a traceback."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from planner.certify.stored import claims_of, prices_of
from planner.errors import InputError

PRICES: dict[str, Any] = {
    "bound_usd": 5.0,
    "prices": [
        {"family": "cover", "index": ["n", "z", "q", "b"], "usd": -1.0}, {"family": "budget", "index": ["cash"], "usd": 2},
    ],
}  # fmt: skip
CERTIFICATE: dict[str, Any] = {
    "kind": "decomposition", "bound_usd": 9.0,
    "cells": [["q1", "day", ["cover|n|z"]], ["q2", "day", ["cover|n|z", "cover|m|z"]]],
    "segments": [["cover|n|z", 0.0, 1.0], ["cover|n|z", 1.0, 4.0], ["cover|m|z", 0.0, 2.0]],
    "cuts": [
        {"bound_usd": 3.0, "cells": [0, 1], "prices": [[0, 3.0], [1, 2.0]], "amounts": []},
        {"bound_usd": 3.0, "cells": [1], "prices": [[2, 1.0]], "amounts": [0.5]},
    ],
}  # fmt: skip
Damage = Callable[[dict[str, Any]], object]


def faults(read: Callable[[str], object], record: object) -> list[str]:
    """Returns what a reader says is wrong."""
    with pytest.raises(InputError) as caught:
        read(record if isinstance(record, str) else json.dumps(record))
    return [str(fault) for fault in caught.value.faults]


def test_what_is_right_is_read():
    read, claims = prices_of(json.dumps(PRICES)), claims_of(json.dumps(CERTIFICATE))

    assert read.bound_usd == 5.0
    assert read.usd == {("cover", "n", "z", "q", "b"): -1.0, ("budget", "cash"): 2.0}
    assert claims is not None
    assert claims.segments[("n", "z")] == [(0, 0.0, 1.0), (1, 1.0, 4.0)]
    assert [cut.prices for cut in claims.cuts] == [{0: 3.0, 1: 2.0}]
    assert claims.has_more


def test_cells_that_meet_in_more_than_nodes_are_none_of_these():
    assert claims_of(json.dumps(CERTIFICATE).replace("cover|m", "fabric|m")) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_000, "link_prices.json: expected valid JSON, found recursion limit"),
        ("[]", "link_prices.json: expected an object, found []"),
        ("", "link_prices.json: expected valid JSON, found EOF"),
        (json.dumps(PRICES).replace("-1.0", "9" * 400), "link_prices.json, prices[0].usd: expected a finite number"),
        (json.dumps(PRICES).replace("-1.0", "1e19"), "link_prices.json, prices[0].usd: expected less than 1000000000000000"),
        (json.dumps(PRICES).replace("-1.0", "NaN"), "link_prices.json, prices[0].usd: expected a finite number"),
        (json.dumps(PRICES).replace("-1.0", '"12"'), "link_prices.json, prices[0].usd: expected a valid number, found '12'"),
    ],
    ids=["deep", "list", "empty", "400 digits", "large", "nan", "text"],
)
def test_prices_that_are_none_are_told(text: str, said: str):
    assert faults(prices_of, text)[0].startswith(said)


def test_all_that_is_wrong_with_prices_is_told_at_once():
    record = {"bound_usd": None, "prices": [{"family": None, "index": "a", "usd": 1.0}, {"index": [], "usd": 1.0}]}

    assert faults(prices_of, record) == [
        "link_prices.json, bound_usd: expected a valid number, found None",
        "link_prices.json, prices[0].family: expected a valid string, found None",
        "link_prices.json, prices[0].index: expected a valid array, found 'a'",
        "link_prices.json, prices[1].family: expected the key 'family', found nothing",
    ]


def test_a_row_has_one_price():
    record = {**PRICES, "prices": 2 * PRICES["prices"]}

    assert faults(prices_of, record) == [
        "link_prices.json, prices[2]: expected one price of a row, found another of cover,n,z,q,b",
        "link_prices.json, prices[3]: expected one price of a row, found another of budget,cash",
    ]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda r: r["cuts"][0].update(cells=[99]), ["cuts[0].cells: expected a cell under 2, found 99"]),
        (lambda r: r["cuts"][0].update(cells=[0.5]), ["cuts[0].cells[0]: expected a valid integer, found 0.5"]),
        (
            lambda r: r.update(segments=r["segments"][:2]),
            [
                "cells[1][2]: expected segments of cover|m|z, found none",
                "cuts[1].prices[0]: expected a segment of the cut's cells, found 2",
            ],
        ),
        (
            lambda r: r["cuts"][0].update(prices=[[999, 5.0], [0, float("nan")]]),
            ["cuts[0].prices[1][1]: expected a finite number, found nan"],
        ),
        (
            lambda r: r["cuts"][0].update(prices=[[999, 5.0], [2, 1.0], [0, 1.0], [0, 1.0]]),
            [
                "cuts[0].prices[0]: expected a segment of the cut's cells, found 999",
                "cuts[0].prices[1]: expected a segment of the cut's cells, found 2",
                "cuts[0].prices[3]: expected one price of a segment, found another of 0",
            ],
        ),
        (lambda r: r["segments"][2].__setitem__(2, 0.0), ["segments[2]: expected an end above its start, found 0 to 0"]),
        (
            lambda r: r["segments"].append(["cover|m", 0.0, 1.0]),
            ["segments[3][0]: expected cover|node type|zone, found 'cover|m'"],
        ),
    ],
    ids=["cell 99", "cell 0.5", "no segments", "nan price", "segment 999", "no width", "odd bay"],
)
def test_a_damaged_certificate_is_told(damage: Damage, said: list[str]):
    record = copy.deepcopy(CERTIFICATE)
    damage(record)

    assert faults(claims_of, record) == [f"certificate.json, {one}" for one in said]
