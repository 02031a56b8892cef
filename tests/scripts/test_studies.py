"""The ready studies as a reader runs them; long solves are made up, the edge site is planned for real."""

import runpy
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from planner import pipeline
from planner.inputs.instance import Instance
from planner.pipeline import SolveSettings
from planner.studies import carbon_frontier as carbon
from planner.studies import choices as study
from planner.studies import make_or_buy as buying
from planner.studies.choices import Choice
from planner.studies.make_or_buy import MakeOrBuy, Trial

STUDIES = Path(__file__).parents[2] / "scripts" / "studies"
NESTED = ["quantise_or_not", "autoscale_or_reserve", "lock_in", "smaller_or_larger"]


class Asked:
    """Stands for `choose`: keeps what it was asked and answers falling costs, 90 to 100, 80 to 90, ..."""

    def __init__(self) -> None:
        self.instances: list[Instance] = []
        self.settings: list[SolveSettings] = []

    def __call__(
        self, path: Path, alternatives: Mapping[str, Mapping[str, Any]], settings: SolveSettings, is_nested: bool = False
    ) -> tuple[Choice, ...]:
        self.settings.append(settings)
        first = len(self.instances)
        for overrides in alternatives.values():
            self.instances.append(pipeline.read(path, overrides)[0])
        return tuple(
            Choice(name, 90.0 - 10 * place, 100.0 - 10 * place, 50.0 - place, 7.0)
            for place, name in enumerate(alternatives, first)
        )


def run(name: str, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Runs a study with `choose` made up."""
    asked = Asked()
    monkeypatch.setattr(study, "choose", asked)
    monkeypatch.setattr(sys, "argv", [name])
    runpy.run_path(str(STUDIES / f"{name}.py"))
    return asked


@pytest.mark.parametrize("name", NESTED)
def test_each_study_asks_valid_instances_and_prints_intervals(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = run(name, monkeypatch)
    told = capsys.readouterr().out

    assert len(asked.instances) >= 2
    assert all(settings.gap <= 0.01 for settings in asked.settings)
    assert "90 to 100 usd" in told or "80 to 90 usd" in told
    assert "0 to 20 usd" in told


def test_quantising_adds_8_bit_and_takes_nothing_away(monkeypatch: pytest.MonkeyPatch) -> None:
    sixteen, eight = (one.settings.candidates for one in run("quantise_or_not", monkeypatch).instances)

    assert {p for one in sixteen for p in one.precisions} == {"bf16"}
    assert all(set(a.precisions) < set(b.precisions) for a, b in zip(sixteen, eight, strict=True))


def test_caps_of_a_study_loosen_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nested means from the narrowest to the widest: caps rise, and the last has none; floors fall."""
    caps = [one.settings.limits[0].value for one in run("lock_in", monkeypatch).instances if one.settings.limits]
    assert caps == sorted(caps)
    assert len(caps) >= 3
    floors = [one.settings.workloads[0].quality for one in run("smaller_or_larger", monkeypatch).instances]
    values = [one.floor for one in floors if one is not None]
    assert values == sorted(values, reverse=True)
    assert len(values) >= 3


def test_whose_share_is_limited_can_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked()
    monkeypatch.setattr(study, "choose", asked)
    monkeypatch.setattr(sys, "argv", ["lock_in", "vendor"])
    runpy.run_path(str(STUDIES / "lock_in.py"))

    assert asked.instances[0].settings.limits[0].kind == "vendor_share_max"


def test_carbon_prices_rise_and_each_saving_is_an_interval(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = Asked()
    monkeypatch.setattr(carbon, "choose", asked)
    runpy.run_path(str(STUDIES / "carbon_or_cost.py"))
    prices = [one.settings.money.carbon_usd_per_tonne for one in asked.instances]

    assert prices == sorted(prices)
    assert prices[0] == 0
    assert "what each further saving costs" in capsys.readouterr().out


def test_make_or_buy_asks_for_one_workload_and_one_seller_at_a_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Any] = []
    one = Trial(1.0, 10.0, 0.5, 1.0, 2.0, 0.5, 0.5, 1.0)
    monkeypatch.setattr(buying, "make_or_buy", lambda *given, **more: asked.append(given[0]) or MakeOrBuy((one,), 0.01))
    runpy.run_path(str(STUDIES / "make_or_buy.py"))
    told = capsys.readouterr().out

    assert [set(given.demand["workload"]) for given in asked] == [{"assistant-us"}, {"assistant-us"}]
    assert [len(set(given.calls["api_offer"])) for given in asked] == [1, 1]
    assert buying.api_usd(asked[0])[0] < buying.api_usd(asked[1])[0]
    assert "buy everything up to 1 x the traffic: machines could save 1.0% at most" in told


@pytest.mark.slow
def test_the_edge_site_is_a_valid_instance_in_which_latency_decides() -> None:
    """Planned for real: under 60 ms the edge is cheaper, at 400 ms the cloud."""
    settings = SolveSettings(gap=0.01, time_limit_s=60.0, threads=1)
    verdicts = []
    for ttft_ms in (60, 400):
        alternatives = {
            name: {"workloads.0.regions": {"allow": regions}, "workloads.0.slo.0.ms": ttft_ms}
            for name, regions in (("cloud", ["germany-frankfurt", "finland"]), ("edge", ["edge-plant"]))
        }
        verdicts.append(study.difference(*study.choose(STUDIES / "edge_site", alternatives, settings)).verdict)

    assert verdicts == ["cheaper", "dearer"]


@pytest.mark.parametrize(
    "name", [*NESTED, "carbon_or_cost", "make_or_buy", "edge_or_cloud", "h200_break_even", "tokyo_break_even"]
)
def test_every_study_fits_on_a_screen_and_says_how_to_run_it(name: str) -> None:
    text = (STUDIES / f"{name}.py").read_text(encoding="utf-8")

    assert len(text.splitlines()) < 60
    assert f"Run: python scripts/studies/{name}.py" in text
