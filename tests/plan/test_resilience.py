"""What a plan bears the loss of is told in the summary and on the report's page, and only where it was asked for."""

from planner.plan.resilience import resilience_lines
from planner.plan.summary import summary
from planner.reports.limits import limits
from tests.plan.worlds import coefficients, plan, tables
from tests.policy_worlds import limited

SPARE, LOSS = "spare_replicas", "region_loss_service_share"


def test_nothing_asked_is_nothing_told():
    none = limited(limited(coefficients(), SPARE, 0.0), LOSS, 0.0)

    assert resilience_lines(coefficients()) == resilience_lines(none) == []
    assert not any(line.startswith("bears") for line in summary(plan(), coefficients()).lines)
    assert limits(tables(), coefficients()) is None


def test_spares_and_lost_regions_are_told_in_words():
    world = limited(limited(coefficients(), SPARE, 2.0, scope="chat", period="q1"), LOSS, 0.75)

    assert resilience_lines(world) == [
        f"bears losses (limit {SPARE}-chat-q1): pool chat serves on without any 2 of its running replicas in q1",
        f"bears losses (limit {LOSS}--): without any one region, at least 75% of requests of every workload are answered",
    ]
    assert resilience_lines(limited(coefficients(), SPARE, 1.0))[0].endswith(
        "each pool serves on without any one of its running replicas"
    )
    assert resilience_lines(limited(coefficients(), LOSS, 1.0, scope="here"))[0].endswith(
        "without here, all requests of every workload are answered"
    )


def test_summary_and_report_have_the_lines():
    world = limited(coefficients(), SPARE, 1.0)
    [line] = resilience_lines(world)

    assert line in summary(plan(), world).lines
    told = limits(tables(), world)
    assert told is not None
    assert (told["losses"], told["rows"], told["chart"]) == ([line], [], "")
