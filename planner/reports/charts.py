"""The kinds of chart a report uses: stacked columns with a limit over them, stacked rows, a waterfall."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from planner.reports.svg import GRID, INK, Fill, drawing, element, fitted, label, line, mark, short, text_width, ticks

LIMIT_COLOUR = "#a3210f"
LEGEND_HEIGHT = 20.0
ROW_HEIGHT = 26.0
BOLD = 13.2
"""Size by which bold text of 12 is measured: it runs a tenth wider."""


@dataclass(frozen=True)
class Series:
    """One kind of bar: a name for the legend, its fill, one value for each place on the axis."""

    name: str
    fill: Fill
    values: tuple[float, ...]


@dataclass(frozen=True)
class Axis:
    """Places along the axis in order: an inner label each, and the group it stands in."""

    groups: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Words:
    """What a chart says of itself: `key` is its id on the page, `unit` stands on the value axis, whole for counts."""

    key: str
    title: str
    description: str
    unit: str
    is_count: bool = False


@dataclass(frozen=True)
class Step:
    """One step of a waterfall; a total stands on zero. `low` and `high` are drawn as a whisker from where the step starts."""

    name: str
    value: float
    is_total: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class _Frame:
    """The plotting area and its value scale."""

    left: float
    top: float
    right: float
    bottom: float
    scale: tuple[float, ...]

    def y(self, value: float) -> float:
        low, high = self.scale[0], self.scale[-1]
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)

    def x(self, value: float) -> float:
        low, high = self.scale[0], self.scale[-1]
        return self.left + (value - low) / (high - low) * (self.right - self.left)


def columns(
    words: Words, axis: Axis, series: Sequence[Series], limit: Series | None = None,
    width: float = 1000.0, height: float = 260.0, has_legend: bool = True,
) -> str:  # fmt: skip
    """Returns stacked columns by group; `limit` is drawn as a step line over them. Negative values stack downwards."""
    stacks = list(zip(*(one.values for one in series), strict=True)) or [()]
    tops = [sum(v for v in stack if v > 0) for stack in stacks] + list(limit.values if limit else ())
    lows = [sum(v for v in stack if v < 0) for stack in stacks]
    scale = tuple(ticks(max([*tops, 0.0]), min([*lows, 0.0]), 1.0 if words.is_count else 0.0))
    shown = [*series, *([limit] if limit else [])] if has_legend else []
    legend_lines, legend = _legend(words.key, shown, width)
    margin = max(text_width(short(value), 11) for value in scale) + 12
    frame = _Frame(margin, 20 + legend_lines * LEGEND_HEIGHT, width - 6, height - 38, scale)
    height += _turned_room(axis, frame)
    slots = _slots(axis, frame)
    body = [*legend, *_value_lines(frame, words.unit), *_group_labels(axis, slots, frame, height)]
    for place, (x, bar) in enumerate(slots):
        above, below = 0.0, 0.0
        for one in series:
            value = one.values[place]
            start = above if value >= 0 else below
            tip = f"{axis.groups[place]} {axis.labels[place]}, {one.name}: {value:,.4g} {words.unit}"
            if value:
                high, low = frame.y(max(start, start + value)), frame.y(min(start, start + value))
                body.append(mark(words.key, x, high, bar, low - high, one.fill, tip))
            above, below = (above + value, below) if value >= 0 else (above, below + value)
    if limit is not None:
        body.append(_steps(limit.values, slots, frame))
    body.append(line(frame.left, frame.y(0.0), frame.right, frame.y(0.0), INK))
    return drawing(words.key, width, height, words.title, words.description, [one.fill for one in series], body)


def rows(words: Words, names: Sequence[str], series: Sequence[Series], ends: Sequence[str], width: float = 1000.0) -> str:
    """Returns stacked horizontal bars, one row a name; `ends` are written after them. Values are not negative."""
    totals = [sum(one.values[place] for one in series) for place in range(len(names))]
    scale = tuple(ticks(max([*totals, 0.0])))
    legend_lines, legend = _legend(words.key, series if len(series) > 1 else [], width)
    top = 6 + legend_lines * LEGEND_HEIGHT
    room = max([text_width(end, BOLD) for end in ends], default=0.0) + 10
    left = min(max([text_width(name) for name in names], default=0.0) + 10, width * 0.4)
    frame = _Frame(left, top, width - room, top + ROW_HEIGHT * len(names), scale)
    body = [*legend, *_value_columns(frame, words.unit)]
    for place, name in enumerate(names):
        y, at = frame.top + place * ROW_HEIGHT, 0.0
        body.append(label(left - 8, y + 17, fitted(name, left - 10), text_anchor="end"))
        for one in series:
            if one.values[place]:
                tip = f"{name}, {one.name}: {one.values[place]:,.4g} {words.unit}"
                x = frame.x(at)
                body.append(mark(words.key, x, y + 4, frame.x(at + one.values[place]) - x, ROW_HEIGHT - 8, one.fill, tip))
            at += one.values[place]
        body.append(label(frame.x(at) + 6, y + 17, ends[place], font_weight="600"))
    fills = [one.fill for one in series]
    return drawing(words.key, width, frame.bottom + 36, words.title, words.description, fills, body)


def waterfall(
    words: Words, steps: Sequence[Step], fills: tuple[Fill, Fill, Fill], ends: Sequence[str], width: float = 1000.0
) -> str:
    """Returns a horizontal waterfall: each step starts where the one before ended; fills are for more, less and totals."""
    spans, at = [], 0.0
    for step in steps:
        start = 0.0 if step.is_total else at
        spans.append((start, start + step.value))
        at = start + step.value
    reached = [value for span in spans for value in span]
    reached += [start + (step.high or 0.0) for step, (start, _) in zip(steps, spans, strict=True)]
    scale = tuple(ticks(max([*reached, 0.0]), min([*reached, 0.0])))
    left = min(max([text_width(step.name, BOLD) for step in steps], default=0.0) + 11, width * 0.4)
    room = max([text_width(end, BOLD) for end in ends], default=0.0) + 10
    frame = _Frame(left, 6, width - room, 6 + ROW_HEIGHT * len(steps), scale)
    body = _value_columns(frame, words.unit)
    for place, (step, (start, end)) in enumerate(zip(steps, spans, strict=True)):
        y, low, high = frame.top + place * ROW_HEIGHT, min(start, end), max(start, end)
        tip = f"{step.name}: {ends[place]}"
        fill = fills[2] if step.is_total else fills[0 if step.value >= 0 else 1]
        body += [
            label(
                left - 8,
                y + 17,
                fitted(step.name, left - 10, BOLD),
                text_anchor="end",
                font_weight="600" if step.is_total else "400",
            ),
            mark(words.key, frame.x(low), y + 4, frame.x(high) - frame.x(low), ROW_HEIGHT - 8, fill, tip),
            *_whisker(frame, y, start, step),
            label(frame.x(max(high, start + (step.high or 0.0))) + 8, y + 17, ends[place], font_weight="600"),
        ]
        if place:
            x = frame.x(spans[place - 1][1])
            body.append(line(x, y - 4, x, y + 4, INK, 0.8))
    body.append(line(frame.x(0.0), frame.top, frame.x(0.0), frame.bottom, INK))
    return drawing(words.key, width, frame.bottom + 36, words.title, words.description, fills, body)


def _whisker(frame: _Frame, y: float, start: float, step: Step) -> list[str]:
    """Returns the line from the least to the most that a step may be, with an end mark each."""
    if step.low is None or step.high is None:
        return []
    low, high, middle = frame.x(start + step.low), frame.x(start + step.high), y + ROW_HEIGHT / 2
    ends = [line(x, middle - 4, x, middle + 4, LIMIT_COLOUR, 1.6) for x in (low, high)]
    return [line(low, middle, high, middle, LIMIT_COLOUR, 1.6), *ends]


def legend(words: Words, series: Sequence[Series], width: float = 1000.0) -> str:
    """Returns a legend on its own, for charts that share it."""
    lines, marks = _legend(words.key, series, width)
    fills = [one.fill for one in series]
    return drawing(words.key, width, lines * LEGEND_HEIGHT, words.title, words.description, fills, marks)


def _legend(key: str, series: Sequence[Series], width: float) -> tuple[int, list[str]]:
    """Returns how many lines the legend takes and its marks; a series without a colour is the limit line."""
    x, lines, marks = 2.0, 0, []
    for one in series:
        needed = 22 + text_width(one.name) + 14
        if x + needed > width and x > 2:
            x, lines = 2.0, lines + 1
        y = 3 + lines * LEGEND_HEIGHT
        if one.fill.colour == LIMIT_COLOUR:
            marks.append(line(x, y + 6, x + 16, y + 6, LIMIT_COLOUR, 2.5))
        else:
            marks.append(mark(key, x, y, 16, 12, one.fill))
        marks.append(label(x + 22, y + 10.5, one.name))
        x += needed
    return (lines + 1 if series else 0), marks


def _slots(axis: Axis, frame: _Frame) -> list[tuple[float, float]]:
    """Returns (x, width) of every column: groups stand apart by most of a column."""
    breaks = sum(a != b for a, b in pairwise(axis.groups))
    pitch = (frame.right - frame.left) / (len(axis.groups) + 0.7 * breaks + 0.5)
    bar, x, slots = min(pitch * 0.82, 54.0), frame.left + pitch * 0.25, []
    for place, group in enumerate(axis.groups):
        x += pitch * 0.7 if place and group != axis.groups[place - 1] else 0.0
        slots.append((x + (pitch - bar) / 2, bar))
        x += pitch
    return slots


def _value_lines(frame: _Frame, unit: str) -> list[str]:
    marks = [label(2, frame.top - 8, unit, font_size=11)]
    for value in frame.scale:
        marks += [
            line(frame.left, frame.y(value), frame.right, frame.y(value)),
            label(frame.left - 6, frame.y(value) + 4, short(value), text_anchor="end", font_size=11),
        ]
    return marks


def _value_columns(frame: _Frame, unit: str) -> list[str]:
    marks = [label((frame.left + frame.right) / 2, frame.bottom + 31, unit, text_anchor="middle", font_size=11)]
    for value in frame.scale:
        marks += [
            line(frame.x(value), frame.top, frame.x(value), frame.bottom, GRID),
            label(frame.x(value), frame.bottom + 15, short(value), text_anchor="middle", font_size=11),
        ]
    return marks


def _group_labels(axis: Axis, slots: Sequence[tuple[float, float]], frame: _Frame, height: float) -> list[str]:
    """Returns the labels under the columns, turned where they would collide, and those under their groups."""
    pitch, turn = _pitch(slots, frame), _turned_room(axis, frame)
    marks = []
    for (x, bar), text in zip(slots, axis.labels, strict=True):
        middle, y = x + bar / 2, frame.bottom + 6
        if turn:
            turned = f"rotate(-90 {middle:.1f} {y:.1f})"
            marks.append(label(middle, y + 3, text, text_anchor="end", font_size=10, transform=turned))
        elif _widest(axis) <= pitch:
            marks.append(label(middle, frame.bottom + 14, text, text_anchor="middle", font_size=10))
    for first, last in _runs(axis.groups):
        left, right = slots[first][0], slots[last][0] + slots[last][1]
        room = right - left + pitch * 0.7
        shown = fitted(axis.groups[first], room, 11)
        marks.append(label((left + right) / 2, height - 8, shown, text_anchor="middle", font_size=11, font_weight="600"))
        marks.append(line(left, height - 21, right, height - 21, INK, 0.8))
    return marks


def _pitch(slots: Sequence[tuple[float, float]], frame: _Frame) -> float:
    return min((b[0] - a[0] for a, b in pairwise(slots)), default=frame.right - frame.left)


def _widest(axis: Axis) -> float:
    return max((text_width(text, 10) for text in axis.labels), default=0.0)


def _turned_room(axis: Axis, frame: _Frame) -> float:
    """Returns the height that column labels take when they must be turned; 0 where they fit, or not even turned."""
    pitch = _pitch(_slots(axis, frame), frame)
    return _widest(axis) - 2 if _widest(axis) > pitch >= 11 else 0.0


def _runs(groups: Sequence[str]) -> list[tuple[int, int]]:
    """Returns (first, last) of each run of equal groups."""
    starts = [i for i, group in enumerate(groups) if not i or group != groups[i - 1]]
    return [(start, end - 1) for start, end in pairwise([*starts, len(groups)])]


def _steps(values: Sequence[float], slots: Sequence[tuple[float, float]], frame: _Frame) -> str:
    """Returns one flat piece of the limit over each column."""
    pieces = [f"M{x - 2:.1f},{frame.y(v):.1f} H{x + bar + 2:.1f}" for v, (x, bar) in zip(values, slots, strict=True)]
    return element("path", {"d": " ".join(pieces), "stroke": LIMIT_COLOUR, "stroke-width": "2.5", "fill": "none"})
