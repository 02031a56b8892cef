"""Numbers as people read them."""

import math


def usd(value: float) -> str:
    """Returns an amount in full: `$462,068`, `$12.35`, `−$1,200`; a dash where there is none.

    >>> usd(462067.81), usd(-1200.0), usd(0.0314), usd(float("nan"))
    ('$462,068', '−$1,200', '$0.0314', '–')
    """
    if not math.isfinite(value):
        return "–"
    size, sign = abs(value), "−" if round(value, 6) < 0 else ""
    if size >= 100 or size < 5e-7:
        return f"{sign}${size:,.0f}"
    return f"{sign}${size:,.2f}" if size >= 1 else f"{sign}${size:.3g}"


def usd_short(value: float) -> str:
    """Returns an amount for a headline: `$12.3 million`, `$462,068`.

    >>> usd_short(12_345_678.0), usd_short(999_999.0)
    ('$12.35 million', '$999,999')
    """
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if abs(value) >= size:
            return f"{'−' if value < 0 else ''}${abs(value) / size:,.4g} {word}"
    return usd(value)


def change(value: float) -> str:
    """Returns an amount with its sign: `+$1,200`, `−$300`, `$0`."""
    return usd(value) if value < 0 or usd(value) == "$0" else f"+{usd(value)}"


def share(value: float, digits: int = 0) -> str:
    """Returns a share in per cent; what is not zero never reads as zero.

    >>> share(0.64), share(0.0004), share(0.0468, 2)
    ('64 %', '< 1 %', '4.68 %')
    """
    if not math.isfinite(value):
        return "–"
    shown = round(100 * value, digits)
    return f"< {10.0**-digits:g} %" if shown == 0 and value > 0 else f"{shown:.{digits}f} %"


def number(value: float, digits: int = 3) -> str:
    """Returns a number with so many significant digits, thousands apart; a dash where there is none.

    >>> number(1234.5), number(0.01234), number(62.28)
    ('1,234', '0.0123', '62.3')
    """
    if not math.isfinite(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 10**digits else f"{float(f'{value:.{digits}g}'):,.6g}"


def counted(count: int, noun: str) -> str:
    """Returns a count with its noun: `1 node`, `2 nodes`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def joined(parts: list[str]) -> str:
    """Returns a list in a sentence.

    >>> joined(["a", "b", "c"])
    'a, b and c'
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else "nothing"
