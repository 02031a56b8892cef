"""A small plan solved once for the tests of unit costs: two workloads on one node type, one with a prefix cache."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from tests.plan.solved import solved_plan
from tests.small_instances import SMALL, second_workload

CHANGES = {"workloads.0.prefix_hit_share": 0.5, "workloads.1": second_workload("code", lengths={
    "input_tokens_mean": 3000, "output_tokens_mean": 50,
})}  # fmt: skip


@cache
def solved() -> Path:
    """The folder of the plan; not to be changed."""
    assert SMALL["workloads"]
    return solved_plan(Path(mkdtemp(prefix="unit-costs-")), CHANGES, requests_per_s=40.0)
