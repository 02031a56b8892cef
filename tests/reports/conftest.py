"""The report facts of the plan made by hand, computed once."""

from pathlib import Path

import pytest

from planner.reports.facts import ReportFacts, report_facts
from tests.plan.worlds import write_world


@pytest.fixture(scope="session")
def hand_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the folder of the plan made by hand."""
    return write_world(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="session")
def facts(hand_made: Path) -> ReportFacts:
    """Returns its facts."""
    return report_facts(hand_made)
