"""The priority check finds requests turned away while lower ones are served."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from planner.options.coefficients import Coefficients
from planner.plan.checks.priority import priority
from tests.plan.checks.made_plans import made_plan
from tests.plan.checks.traffic_plans import put_off
from tests.plan.damage import added, edit, told_by
from tests.service_worlds import service_rows
from tests.uncertain_worlds import with_limits
from tests.worlds import offer_row, option_row, price_rows, rate_row, world


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(put_off(), tmp_path / "plan"))


def test_a_higher_workload_turned_away_beside_a_lower_one_served_is_found(folder: Path) -> None:
    edit(folder, "unserved.csv", added(workload="code", period="q1", block="day", requests_per_s=1))

    expected = "requests of spare turned away in q1/day, where code loses some: expected all 100, for its priority is lower"
    assert expected in told_by("priority", folder)


def test_a_lower_workload_without_demand_is_not_asked_for(folder: Path) -> None:
    edit(folder, "unserved.csv", added(workload="code", period="q1", block="night", requests_per_s=1))

    assert "q1/night" not in told_by("priority", folder)


def on_nodes_of_two_kinds(spot: tuple[str, ...], *limits: tuple[str, str, str, float, str]) -> Coefficients:
    """Nodes N as spot nodes alone, M on demand; `high` (priority 5, on N) and `low` (priority 0, on both), 4 requests/s each."""
    made = world(
        [option_row("n", "1xN", 1), option_row("m", "1xM", 1)],
        [rate_row("high", "n", 5.0), rate_row("low", "n", 5.0), rate_row("low", "m", 5.0)],
        [offer_row("sp", "1xN", 1, "spot"), offer_row("od", "1xM", 1)],
        price_rows("sp", ["q1"], 1.0) + price_rows("od", ["q1"], 1.0),
        {("high", "q1", "day"): 4.0, ("low", "q1", "day"): 4.0}, {("q1", "day"): 100.0}, nodes_max=1,
    )  # fmt: skip
    wishes = [{"workload": w, "unserved_usd_per_request": 1e-3, "priority": rank} for w, rank in (("high", 5), ("low", 0))]
    shares = pd.DataFrame([{"workload": w, "spot_share_max": 1.0} for w in spot], columns=["workload", "spot_share_max"])
    return with_limits(made.with_tables(service=service_rows(*wishes), spot=shares), *limits)


def findings(one: Coefficients) -> int:
    """Returns how many findings there are where `high` is turned away and `low` served on M."""
    plan = made_plan(
        one, [("low", "m", "here", "q1", "day", 1)], [("low", "m", "here", "q1", "day", 4.0)], [("od", "q1", "day", 1)],
        [("high", "q1", "day", 4.0)],
    )  # fmt: skip
    return len(priority(plan).findings)


def test_spot_nodes_are_common_ground_of_those_alone_that_bear_them() -> None:
    assert findings(on_nodes_of_two_kinds(("high",))) == 0
    assert findings(on_nodes_of_two_kinds(("high", "low"))) == 1


def test_where_serving_most_is_the_goal_all_are_ordered() -> None:
    """`low` has no price of being turned away: only where it may be all the same does it come after `high`."""
    aimed = on_nodes_of_two_kinds(("high", "low"), ("goal|1", "goal", "most_served", 0.0, "share"))
    for one, expected in ((on_nodes_of_two_kinds(("high", "low")), 0), (aimed, 1)):
        unpriced = one.with_tables(service=one.service[one.service["workload"] == "high"])
        assert findings(unpriced) == expected
