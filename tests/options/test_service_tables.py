"""The tables of the traffic families: keys and units are declared, an empty one is typed."""

import pytest

from planner.options.service_tables import SERVICE_TABLES


@pytest.mark.parametrize("table", SERVICE_TABLES, ids=lambda table: table.name)
def test_a_table_is_keyed_and_may_be_empty(table):
    assert table.key
    assert table.description
    assert list(table.empty().columns) == list(table.names)
