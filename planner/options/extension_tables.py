"""Coefficient tables that only some problems have rows in: absent means empty, and an empty one changes nothing."""

from collections.abc import Mapping

from planner.options.headroom import HEADROOM
from planner.options.latencies import LATENCIES
from planner.options.length_classes import CLASSES
from planner.options.pairs import PAIRS
from planner.options.policy_tables import POLICY_TABLES
from planner.options.service_tables import SERVICE_TABLES
from planner.options.slices import SLICES
from planner.tables import Table

EXTENSIONS: Mapping[str, Table] = {
    table.name: table for table in (*SERVICE_TABLES, *POLICY_TABLES, SLICES, CLASSES, HEADROOM, PAIRS, LATENCIES)
}
"""Declarations by name; each has a field of the same name in Coefficients."""
