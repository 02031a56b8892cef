"""The curve of Erlang's wait, and lines that never pass it."""

import itertools
import math

import pytest

from planner.options.headroom import HEADROOM, REPLICAS, busy_max, headroom_table, wait_probability
from tests.small_instances import small_instance

MOST = (0.3, 0.7, 0.95)


def erlang_c(servers: int, busy: float) -> float:
    """Returns C(n, a) by the textbook sum."""
    terms = [busy**k / math.factorial(k) for k in range(servers)]
    last = busy**servers / math.factorial(servers) * servers / (servers - busy)
    return last / (sum(terms) + last)


def test_the_probability_of_waiting_is_erlangs():
    for servers in (1, 2, 5, 20):
        for share in (0.1, 0.5, 0.9, 0.99):
            assert wait_probability(servers, share * servers) == pytest.approx(erlang_c(servers, share * servers), rel=1e-12)
    assert wait_probability(3, 3.0) == 1.0


@pytest.mark.parametrize("most", MOST)
def test_the_wait_of_many_is_that_of_one_at_every_quantile(most):
    for n in (1, 2, 3, 10, 100):
        busy = busy_max(n, most)

        assert n - busy >= 1 - most - 1e-12
        for t in (0.0, 0.1, 1.0, 10.0):
            alone = most * math.exp(-(1 - most) * t)
            assert wait_probability(n, busy) * math.exp(-(n - busy) * t) <= alone * (1 + 1e-9)
        assert wait_probability(n, busy * (1 + 1e-6)) > most or n - busy * (1 + 1e-6) < 1 - most, "no more is allowed"


@pytest.mark.parametrize("most", MOST)
def test_lines_are_never_above_the_curve_and_little_under_it(tmp_path, most):
    """At utilisation_max 0.3 at most 0.5 % under, at 0.7 at most 0.12 %, at 0.95 at most 0.02 %."""
    table = headroom_table(small_instance(tmp_path, {"service.pooled_headroom": True, "service.utilisation_max": most}))
    assert table["replicas"].tolist() == list(REPLICAS)
    worst = 0.0
    for n in [*range(1, 70), *range(70, 601, 13)]:
        line = max([most * n, *(table["busy_per_replica"] * n - table["busy_less"])])
        curve = busy_max(n, most)
        assert line <= curve + 1e-9, n
        worst = max(worst, (curve - line) / curve)
    assert worst <= {0.3: 0.005, 0.7: 0.0012, 0.95: 0.0002}[most]


def test_the_curve_is_convex_in_whole_replicas():
    for most in MOST:
        curve = [busy_max(n, most) for n in range(1, 120)]
        steps = [b - a for a, b in itertools.pairwise(curve)]
        assert all(later >= earlier - 1e-12 for earlier, later in itertools.pairwise(steps))


def test_there_are_no_lines_unless_asked_for_or_where_replicas_may_be_full(tmp_path):
    assert headroom_table(small_instance(tmp_path / "a")).empty
    full = {"service.pooled_headroom": True, "service.utilisation_max": 1.0}
    assert headroom_table(small_instance(tmp_path / "b", full)).empty
    assert HEADROOM.key == ("replicas",)
