"""A plan's tables and facts are checked values."""

import dataclasses
import json
import math

import pandas as pd
import pytest

from planner.errors import InputError
from planner.plan.plan import TABLES, checked_tables, facts_of, facts_record, gap_of, gap_or_infinite, status_of
from tests.plan.worlds import plan, tables


def _frames() -> dict[str, pd.DataFrame]:
    made = tables()
    return {name: getattr(made, name) for name in TABLES}


def test_facts_survive_json() -> None:
    facts = plan().facts

    assert facts_of(json.loads(json.dumps(facts_record(facts))), "plan.json") == facts


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"objective_usd": "much"}, "objective_usd: expected a float, found 'much'"),
        ({"objective_usd": float("inf")}, "expected a finite number"),
        ({"seed": True}, "seed: expected a int"),
        ({"colour": "red"}, "found 'colour'"),
        ({"provenance": 7}, "provenance: expected an object"),
        ({"assumptions": [{"assumption": "a"}]}, "assumptions[0]: expected the key 'weight_usd'"),
        ({"assumptions": "none"}, "assumptions: expected a list"),
    ],
)
def test_facts_that_are_none_are_told(change: dict[str, object], said: str) -> None:
    record = {**facts_record(plan().facts), **change}

    with pytest.raises(InputError) as error:
        facts_of(record, "plan.json")

    assert said in str(error.value)


def test_a_missing_fact_is_told() -> None:
    record = facts_record(plan().facts)
    del record["bound_usd"]

    with pytest.raises(InputError, match="the key 'bound_usd'"):
        facts_of(record, "plan.json")


def test_tables_do_not_depend_on_the_order_of_rows() -> None:
    frames = _frames()
    shuffled = checked_tables({name: frame.sample(frac=1, random_state=1) for name, frame in frames.items()})

    for name, frame in frames.items():
        pd.testing.assert_frame_equal(getattr(shuffled, name), frame)


@pytest.mark.parametrize(
    ("name", "column", "value"), [("deployments", "replicas", 0), ("traffic", "requests_per_s", -1.0), ("ledger", "term", "tip")]
)
def test_tables_take_no_nonsense(name: str, column: str, value: object) -> None:
    frames = _frames()
    frames[name] = frames[name].assign(**{column: value})

    with pytest.raises(InputError, match=column):
        checked_tables(frames)


def test_a_missing_table_is_told() -> None:
    frames = _frames()
    del frames["orders"]

    with pytest.raises(InputError, match="a table 'orders'"):
        checked_tables(frames)


@pytest.mark.parametrize(
    ("objective", "bound", "gap"), [(200.0, 198.0, 0.01), (0.0, 0.0, 0.0), (5.0, None, None), (5.0, float("-inf"), None)]
)
def test_the_gap_is_relative_to_the_objective(objective: float, bound: float | None, gap: float | None) -> None:
    assert gap_of(objective, bound) == gap
    assert gap_or_infinite(objective, bound) == (math.inf if gap is None else gap)


def test_optimal_means_that_the_gap_asked_for_is_proved() -> None:
    assert [status_of(gap, 0.01) for gap in (0.01, 0.011, None)] == ["optimal", "feasible", "feasible"]


def test_a_bound_that_misses_its_plan_in_the_last_digit_is_no_gap() -> None:
    objective = 877730.5727323605

    assert status_of(gap_of(objective, math.nextafter(objective, 0.0)), 0.0) == "optimal"
    assert status_of(gap_of(objective, objective - 1.0), 0.0) == "feasible"


def test_values_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan().facts.name = "other"  # type: ignore[misc]
