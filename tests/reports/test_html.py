"""The page: whole, escaped, offline."""

import json
import re
import shutil
from dataclasses import fields, replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from planner.errors import InputError
from planner.plan.audit import audit_plan
from planner.reports import figures
from planner.reports.facts import ReportFacts, report_facts
from planner.reports.html import breakable, promise_rows, render, write_report
from tests.plan.worlds import RE, write_world

HOSTILE = "<script>alert('x')</script>&\"<img src=http://evil.example/a.png>"
LOADING = {"src", "href", "srcset", "xlink:href", "action", "data", "poster", "background", "formaction"}


class Page(HTMLParser):
    """Collects every tag and attribute of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]


@pytest.fixture(scope="module")
def page(facts: ReportFacts) -> str:
    return render(facts)


def hostile(facts: ReportFacts) -> ReportFacts:
    """Returns the facts with a name in every frame and fact replaced by markup."""
    frames = {f.name: getattr(facts, f.name) for f in fields(facts) if isinstance(getattr(facts, f.name), pd.DataFrame)}
    bad = {name: frame.replace(["chat", "list", "8xH100", RE], HOSTILE) for name, frame in frames.items()}
    plan = replace(facts.plan, facts=replace(facts.plan.facts, name=HOSTILE, method=HOSTILE))
    return replace(facts, **bad, plan=plan, log_tail=HOSTILE)


def test_the_page_states_status_gap_audit_cost_and_estimates(page: str) -> None:
    assert "optimal: a gap of 0.50 % is proved, 1.00 % was asked for" in page
    assert "audit passed" in page
    assert "$1,782,807" in page
    assert '<span class="flag">estimate</span>' in page
    assert "held fixed" in page


def test_every_section_and_chart_is_there(page: str) -> None:
    found = Page(page)
    sections = [value for tag, name, value in found.attributes if tag == "section" and name == "id"]

    assert sections == ["decision", "sign", "fleet", "demand", "serve", "money", "rest", "proof"]
    assert found.tags.count("svg") == 1 + (1 + 3) + (1 + 2) + 1 + 1 + 1 + 1


def test_an_unproved_gap_and_a_missing_bound_are_said_plainly(facts: ReportFacts) -> None:
    plan = replace(facts.plan, facts=replace(facts.plan.facts, status="feasible", bound_usd=None, gap=None, limit="time"))
    shown = render(replace(facts, plan=plan))

    assert "feasible: the gap asked for is not proved" in shown
    assert "none proved" in shown
    assert "No lower bound is proved" in shown


def test_routes_and_ledger_rows_beyond_the_first_are_folded_away_not_dropped(facts: ReportFacts) -> None:
    small = pd.concat([facts.routes, facts.routes.head(1).assign(share=0.004, model="rare-model")], ignore_index=True)
    many = pd.concat([facts.ledger, *(facts.ledger[-1:].assign(item=f"w{i}") for i in range(15))], ignore_index=True)
    shown = render(replace(facts, routes=small, ledger=many))

    assert "1 more routes, each under 1 %" in shown
    assert "rare-model" in shown
    assert "6 more, in ledger.csv" in shown


def test_promises_stand_in_one_row_a_workload(facts: ReportFacts) -> None:
    kept = {name: [len(cell) for cell in cells] for name, cells in promise_rows(facts.promises)}

    assert kept == {"chat": [1, 1, 0, 0], "secret": [1, 0, 0, 1], "research": [0, 0, 1, 0]}


def test_nothing_is_loaded_from_anywhere(page: str, facts: ReportFacts) -> None:
    for text in (page, render(hostile(facts))):
        found = Page(text)
        loads = [(tag, name, value) for tag, name, value in found.attributes if name in LOADING]

        assert not {"script", "iframe", "img", "object", "embed", "base", "form"} & set(found.tags)
        assert all(value.startswith("#") or value == "data:," for _, _, value in loads)
        assert not any(name.startswith("on") for _, name, _ in found.attributes)
        assert re.search(r"url\((?!#)|@import", text) is None
        assert "default-src 'none'" in text


def test_hostile_names_stay_text(facts: ReportFacts) -> None:
    shown = render(hostile(facts))

    assert "<script" not in shown
    assert "<img" not in shown
    assert shown.count("&lt;script&gt;alert(") >= 10


def test_every_drawing_is_valid_xml_with_a_title_a_description_and_ids_of_its_own(page: str, facts: ReportFacts) -> None:
    for text in (page, render(hostile(facts))):
        drawings = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL)]
        ids = [node.attrib["id"] for root in drawings for node in root.iter() if "id" in node.attrib]

        assert all(root[0].tag.endswith("title") and root[1].tag.endswith("desc") for root in drawings)
        assert all(root[0].text and root[1].text for root in drawings)
        assert len(ids) == len(set(ids))


def test_a_plan_that_fails_its_audit_says_so_first(hand_made: Path, tmp_path: Path) -> None:
    shutil.copytree(hand_made, tmp_path / "plan")
    ledger = tmp_path / "plan" / "ledger.csv"
    ledger.write_text(ledger.read_text().replace("rent,owned/old,,q1,day,5400.0", "rent,owned/old,,q1,day,5.0"))
    shown = render(report_facts(tmp_path / "plan"))

    assert "AUDIT FAILED" in shown
    assert "Do not act on this plan" in shown
    assert "rent of owned/<wbr>old in q1/<wbr>day" in shown


def test_a_report_beside_its_plan_leaves_the_audit_passed(tmp_path: Path) -> None:
    folder = write_world(tmp_path)
    target = write_report(folder, folder / "report.html")

    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert audit_plan(folder).passed


@pytest.mark.parametrize("name", ["plan.json", "ledger.csv", "inputs"])
def test_a_report_never_replaces_a_file_of_the_plan(hand_made: Path, name: str) -> None:
    with pytest.raises(InputError, match="free for the report"):
        write_report(hand_made, hand_made / name)

    assert json.loads((hand_made / "plan.json").read_text())["name"] == "pair"


def test_names_break_after_slashes_and_are_escaped() -> None:
    assert breakable("aws/<b>") == "aws/<wbr>&lt;b&gt;"


def test_tokens_have_prices_and_accelerators_their_use(facts: ReportFacts) -> None:
    page = render(facts)
    secret = facts.tokens.by(["workload"]).set_index("workload").loc["secret"]

    assert "Per million output tokens" in page
    assert figures.usd(float(secret["usd_per_mtok_output"]) * facts.tokens.idle_factor) in page
    assert "Accelerator-hours paid for" in page
    assert "by stated weights of prefill and decode" in page
