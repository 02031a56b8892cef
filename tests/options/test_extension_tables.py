"""Extension tables may be absent: then they are there, empty and typed."""

from planner.options.coefficients import TABLES, read_coefficients, write_coefficients
from planner.options.extension_tables import EXTENSIONS
from tests.worlds import tiny


def test_absent_tables_are_empty_and_typed(tmp_path):
    write_coefficients(tiny(), tmp_path)
    for name in EXTENSIONS:
        (tmp_path / f"{name}.csv").unlink()
    found = read_coefficients(tmp_path)

    assert all(list(getattr(found, name).columns) == list(table.names) and getattr(found, name).empty
               for name, table in EXTENSIONS.items())  # fmt: skip
    assert EXTENSIONS.keys() <= TABLES.keys()
