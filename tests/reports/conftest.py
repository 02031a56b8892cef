"""The report facts of the plan made by hand, of one with scenarios and limits, and of one that buys tokens; computed once."""

from pathlib import Path

import pytest

from planner.pipeline import SolveSettings, make_plan
from planner.reports.facts import ReportFacts, report_facts
from tests.plan.checks.traffic_plans import bought
from tests.plan.conftest import risky_instance
from tests.plan.worlds import write_world


@pytest.fixture(scope="session")
def hand_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the folder of the plan made by hand."""
    return write_world(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="session")
def facts(hand_made: Path) -> ReportFacts:
    """Returns its facts."""
    return report_facts(hand_made)


@pytest.fixture(scope="session")
def risky_facts(tmp_path_factory: pytest.TempPathFactory) -> ReportFacts:
    """Returns the facts of a plan with a low (75 %) and a high scenario, a tail weight, a price of carbon and two limits."""
    folder = tmp_path_factory.mktemp("risky-report")
    limits = [
        {"limit": "cash", "kind": "budget_usd", "value": 1e7},
        {"limit": "no lock-in", "kind": "vendor_share_max", "value": 1.0},
    ]
    changes = {
        "risk.cvar_weight": 0.5, "risk.cvar_tail_share": 0.25, "money": {"carbon_usd_per_tonne": 50.0}, "limits": limits,
        "horizon.periods": [{"period": "q1", "hours": 2190}, {"period": "q2", "hours": 2190}],
    }  # fmt: skip
    make_plan(risky_instance(folder / "instance", changes), folder / "plan", SolveSettings(threads=1))
    return report_facts(folder / "plan")


@pytest.fixture(scope="session")
def bought_facts() -> ReportFacts:
    """Returns the facts of a plan that buys half of its requests and turns the other half away."""
    return report_facts(bought())
