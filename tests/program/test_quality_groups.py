"""What mean quality floors sum over."""

from planner.program.groups import Groups
from tests.service_worlds import good_on_average, in_two_steps, plain


def test_margins_are_points_over_the_floor_times_hours():
    margins = Groups(good_on_average()).quality.margins["mean_quality_floor--", "q1", "expected"]

    assert {index[1]: points for _, index, points in margins} == {"s": -5.0 * 100.0, "b": 15.0 * 100.0}


def test_a_variant_without_a_score_counts_as_nothing():
    world = good_on_average()
    unscored = world.with_tables(scores=world.scores[world.scores["variant"] != "big@bf16"])
    margins = Groups(unscored).quality.margins["mean_quality_floor--", "q1", "expected"]

    assert {index[1]: points for _, index, points in margins}["b"] == -65.0 * 100.0


def test_first_answers_of_a_cascade_count_unless_escalated():
    world = good_on_average().with_tables(cascades=in_two_steps().cascades)
    margins = Groups(world).quality.margins["mean_quality_floor--", "q1", "expected"]

    assert {index[1]: points for _, index, points in margins}["s"] == 0.75 * -5.0 * 100.0


def test_no_limit_no_margins():
    assert Groups(plain()).quality.margins == {}
