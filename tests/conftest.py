"""Options of the whole suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds --accept: golden files are rewritten instead of compared."""
    parser.addoption("--accept", action="store_true", default=False, help="rewrite golden files instead of comparing them")


@pytest.fixture
def is_accepting(request: pytest.FixtureRequest) -> bool:
    """Says whether golden files are rewritten."""
    return bool(request.config.getoption("--accept"))


SEEDS_FAST = 3
"""Random worlds of a test that the default suite takes; the others are for `pytest -m slow`."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks all but the first seeds of tests over random worlds as slow."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        seed = callspec.params.get("seed") if callspec is not None else None
        if isinstance(seed, int) and seed >= SEEDS_FAST:
            item.add_marker(pytest.mark.slow)
