"""Options of the whole suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds --accept: golden files are rewritten instead of compared."""
    parser.addoption("--accept", action="store_true", default=False, help="rewrite golden files instead of comparing them")


@pytest.fixture
def is_accepting(request: pytest.FixtureRequest) -> bool:
    """Says whether golden files are rewritten."""
    return bool(request.config.getoption("--accept"))
