"""SVG elements as text: escaped, described for screen readers, with hatches that survive a greyscale printer."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

INK = "#1c2733"
GRID = "#d9dee4"
HATCHES: Mapping[str, str] = {
    "/": "M-1,7 L7,-1 M-1,1 L1,-1 M5,7 L7,5",
    "\\": "M-1,-1 L7,7 M5,-1 L7,1 M-1,5 L1,7",
    "x": "M-1,7 L7,-1 M-1,-1 L7,7",
    "-": "M0,1.5 L6,1.5 M0,4.5 L6,4.5",
    ".": "M1.5,1.5 h1.2 v1.2 h-1.2 z M4.5,4.5 h1.2 v1.2 h-1.2 z",
}
"""Strokes of each hatch in a tile of 6 x 6."""
TICKS = 4
"""Steps that an axis aims at."""
SHORT_SIGNS = ((1e9, "bn"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True)
class Fill:
    """A colour and, where `hatch` names one of HATCHES, strokes over it."""

    colour: str
    hatch: str = ""
    stroke: str = INK


def element(name: str, attributes: Mapping[str, object], *children: str) -> str:
    """Returns an element; attribute values are escaped, numbers rounded to a tenth, children are markup already."""
    given = "".join(f" {key}={quoteattr(_value(value))}" for key, value in attributes.items())
    return f"<{name}{given}>{''.join(children)}</{name}>" if children else f"<{name}{given}/>"


def label(x: float, y: float, content: str, **attributes: object) -> str:
    """Returns a text element with its content escaped; keyword names may use _ for -."""
    named = {key.replace("_", "-"): value for key, value in attributes.items()}
    return element("text", {"x": x, "y": y, **named}, escape(content))


def line(x1: float, y1: float, x2: float, y2: float, colour: str = GRID, width: float = 1.0) -> str:
    """Returns a straight line."""
    return element("line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "stroke": colour, "stroke-width": width})


def mark(key: str, x: float, y: float, width: float, height: float, fill: Fill, tip: str = "") -> str:
    """Returns a filled rectangle of chart `key` with a hairline; `tip` shows under the pointer."""
    place = {"x": x, "y": y, "width": max(width, 0.0), "height": max(height, 0.0)}
    paint = f"url(#{_hatch_id(key, fill)})" if fill.hatch else fill.colour
    told = [f"<title>{escape(tip)}</title>"] if tip else []
    return element("rect", {**place, "fill": paint, "stroke": INK, "stroke-width": 0.6}, *told)


def drawing(
    key: str, width: float, height: float, title: str, description: str, fills: Sequence[Fill], body: Sequence[str]
) -> str:
    """Returns the SVG of a chart: `key` makes its ids unique on a page, title and description are read aloud."""
    attributes = {
        "xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {width:g} {height:g}", "role": "img",
        "aria-labelledby": f"{key}-title {key}-desc", "font-size": 12, "fill": INK, "width": f"{width:g}",
    }  # fmt: skip
    hatched = dict.fromkeys(fill for fill in fills if fill.hatch)
    parts = [
        element("title", {"id": f"{key}-title"}, escape(title)),
        element("desc", {"id": f"{key}-desc"}, escape(description)),
        *([element("defs", {}, *(_pattern(key, fill) for fill in hatched))] if hatched else []),
    ]
    return element("svg", attributes, *parts, *body)


def ticks(highest: float, lowest: float = 0.0, step_min: float = 0.0) -> list[float]:
    """Returns round axis values from under `lowest` to over `highest`: about TICKS steps of 1, 2, 2.5 or 5 x 10^k.

    >>> ticks(7.3), ticks(1.0, step_min=1.0)
    ([0.0, 2.0, 4.0, 6.0, 8.0], [0.0, 1.0])
    """
    span = highest - lowest
    if not span > 0:
        return [0.0, 1.0]
    rough = max(span / TICKS, step_min)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if _fits(factor * power, rough, step_min))
    first, last = math.floor(lowest / step + 1e-9), math.ceil(highest / step - 1e-9)
    return [index * step for index in range(first, last + 1)]


def _fits(step: float, rough: float, step_min: float) -> bool:
    is_whole = step_min == 0 or abs(step / step_min - round(step / step_min)) < 1e-9
    return is_whole and step >= rough * 0.999


def short(value: float) -> str:
    """Returns a number for an axis: `12.5k`, `3M`, `0.25`.

    >>> short(12_500.0), short(0.0), short(-2e6)
    ('12.5k', '0', '-2M')
    """
    for size, sign in SHORT_SIGNS:
        if abs(value) >= size:
            return f"{value / size:.4g}{sign}"
    return f"{value:.3g}"


def text_width(text: str, size: float = 12.0) -> float:
    """Returns the width of a text in a sans-serif face, an upper estimate good enough for margins."""
    return 0.58 * size * len(text)


def fitted(text: str, room: float, size: float = 12.0) -> str:
    """Returns a text cut in the middle where it is wider than the room: both ends of a long name tell it apart.

    >>> fitted("assistant-us", 200.0), fitted("retrieval-augmented-assistant-us-east", 150.0)
    ('assistant-us', 'retrieval-…nt-us-east')
    """
    most = max(int(room / text_width("x", size)), 5)
    if len(text) <= most:
        return text
    kept = most - 1
    return f"{text[: (kept + 1) // 2]}…{text[len(text) - kept // 2 :]}"


def _value(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def _hatch_id(key: str, fill: Fill) -> str:
    return f"{key}-{fill.colour.lstrip('#')}-{list(HATCHES).index(fill.hatch)}"


def _pattern(key: str, fill: Fill) -> str:
    tile = {"id": _hatch_id(key, fill), "width": 6, "height": 6, "patternUnits": "userSpaceOnUse"}
    ground = element("rect", {"width": 6, "height": 6, "fill": fill.colour})
    strokes = {"d": HATCHES[fill.hatch], "stroke": fill.stroke, "stroke-width": "1.1", "fill": "none"}
    return element("pattern", tile, ground, element("path", strokes))
