"""A plan says where it comes from."""

import datetime as dt
import json
from dataclasses import asdict

from planner.plan.provenance import provenance, version_of


def test_versions_machine_and_time_are_told() -> None:
    made = provenance({"gap": 0.01})

    assert {"numpy", "pandas", "pyomo"} <= set(made.packages)
    assert dt.datetime.fromisoformat(made.created_at).tzinfo == dt.UTC
    assert made.settings == {"gap": 0.01}
    assert json.loads(json.dumps(asdict(made)))["python"].startswith("3.")


def test_what_is_not_installed_has_no_version() -> None:
    assert version_of("no-such-distribution") == "none"
