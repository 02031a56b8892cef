"""The instance `everything` and its siblings use every family of the register, and are solved and audited."""

from pathlib import Path
from typing import get_args

import pytest

from planner import pipeline
from planner.inputs.policy import LimitKind
from planner.inputs.unsolved import SOLVED_LIMITS, SOLVED_TERMS
from planner.program.used import EXCLUSIVE
from scripts.docs.make_reference import REGISTER, ROOT, uses_told

INSTANCES = ROOT / "instances"
TOLD = uses_told((ROOT / REGISTER).read_text(encoding="utf-8"))
"""Instances by family; `test_shipped` proves what the page tells."""
SIBLINGS = sorted(path.name for path in INSTANCES.glob("everything_*"))


def test_everything_uses_every_family_that_nothing_excludes() -> None:
    exclusive = frozenset().union(*EXCLUSIVE)

    assert [family for family, names in TOLD.items() if family not in exclusive and "everything" not in names] == []


def test_of_families_that_exclude_each_other_everything_uses_one_and_siblings_the_others() -> None:
    for families in EXCLUSIVE:
        assert sum("everything" in TOLD[family] for family in families) == 1
        assert all({"everything", *SIBLINGS} & set(TOLD[family]) for family in families)


def test_everything_has_every_kind_of_limit_and_every_term() -> None:
    """What the register does not tell by family."""
    settings = pipeline.read(INSTANCES / "everything")[0].settings

    assert {limit.kind for limit in settings.limits} == SOLVED_LIMITS
    assert set(settings.supply.terms) == SOLVED_TERMS
    assert set(get_args(LimitKind)) >= SOLVED_LIMITS
    assert settings.deployment.nodes_per_replica_max > 1


@pytest.mark.slow
def test_everything_is_proved_to_two_percent(tmp_path: Path) -> None:
    """Gap 2 % within 600 s on two quiet cores."""
    settings = pipeline.SolveSettings(gap=0.02, time_limit_s=600.0, threads=2)
    outcome = pipeline.make_plan(INSTANCES / "everything", tmp_path / "plan", settings)

    assert outcome.plan.facts.status == "optimal"
    assert outcome.audit.passed


@pytest.mark.slow
@pytest.mark.parametrize("name", SIBLINGS)
def test_a_sibling_is_proved_to_two_percent(tmp_path: Path, name: str) -> None:
    """Gap 2 % of each goal within 120 s on two quiet cores, beyond the tolerance that an order gives."""
    settings = pipeline.SolveSettings(gap=0.02, time_limit_s=120.0, threads=2)
    outcome = pipeline.make_plan(INSTANCES / name, tmp_path / "plan", settings)

    assert outcome.plan.facts.status == "optimal"
    assert outcome.audit.passed
