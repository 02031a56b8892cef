import pytest

from planner.reports.figures import change, counted, joined, number, share, usd, usd_short


@pytest.mark.parametrize(
    ("value", "told"),
    [(462067.81, "$462,068"), (-1200.0, "−$1,200"), (12.345, "$12.35"), (0.03141, "$0.0314"), (0.0, "$0"), (float("nan"), "–")],
)
def test_money_keeps_its_digits(value: float, told: str) -> None:
    assert usd(value) == told


def test_headlines_are_short_and_changes_have_a_sign() -> None:
    assert [usd_short(value) for value in (12_345_678.0, 999_999.0, -2.5e9)] == ["$12.35 million", "$999,999", "−$2.5 billion"]
    assert [change(value) for value in (1200.0, -300.0, 0.0)] == ["+$1,200", "−$300", "$0"]


def test_a_share_that_is_not_zero_never_reads_as_zero() -> None:
    assert [share(0.0), share(0.0004), share(0.0468, 2), share(0.00001, 2)] == ["0 %", "< 1 %", "4.68 %", "< 0.01 %"]


def test_numbers_counts_and_lists() -> None:
    assert [number(1234.5), number(0.01234), number(62.28), number(float("inf"))] == ["1,234", "0.0123", "62.3", "–"]
    assert [counted(1, "node"), counted(1200, "node")] == ["1 node", "1,200 nodes"]
    assert [joined([]), joined(["a"]), joined(["a", "b", "c"])] == ["nothing", "a", "a, b and c"]
