"""Pictures of lines and points: one description, drawn as interactive HTML by plotly or as PNG or SVG by matplotlib.

A picture says what it shows, in which units and from which sources; both renderers draw the same. Series differ in dash
and marker as well as in colour, so that a print in greyscale can be read.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from planner.errors import InputError
from planner.tables import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Kind = Literal["line", "points", "step", "rule"]
"""Marked line, marks alone, stairs (flat, then up or down), line without marks."""
SUFFIXES = (".html", ".png", ".svg")
COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#8A5A00", "#7B3F99", "#56B4E9", "#C58B00", "#CC79A7", "#777777")
"""After Okabe and Ito (2008), dark ones first, so that ten stay apart for colour-blind readers too."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
MARKERS = ("circle", "square", "triangle-up", "diamond", "x", "cross", "triangle-down", "star")
_MPL_DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)), (0, (9, 3)))
_MPL_MARKERS = ("o", "s", "^", "D", "x", "P", "v", "*")
DOTS_PER_INCH = 150
LEGEND_MAX = 9
"""Names beyond which one legend stands beside the panels instead of one in each."""
PANEL_INCHES = (6.4, 4.6)


@dataclass(frozen=True)
class Scale:
    """One axis: what is measured, its unit ("" for a count or a share), and whether it runs by powers of ten."""

    label: str
    unit: str = ""
    is_log: bool = False
    limits: tuple[float, float] | None = None

    @property
    def text(self) -> str:
        """Label with its unit, as the axis shows it."""
        return f"{self.label} [{self.unit}]" if self.unit else self.label


@dataclass(frozen=True)
class Series:
    """Named points (x, y) in drawing order; a y that is not finite breaks the line.

    `notes` are read when a point is pointed at (HTML only); `labels` are printed beside their points (both, "" for none);
    `low` and `high` shade a range around a line; `is_ringed` draws points as large open marks around those of others.
    Series of the same `style` look alike, in other panels too.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    style: int
    kind: Kind = "line"
    notes: Sequence[str] = ()
    labels: Sequence[str] = ()
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    is_ringed: bool = False

    def __post_init__(self) -> None:
        for name in ("y", "notes", "labels", "low", "high"):
            count = len(getattr(self, name))
            if count != len(self.x) and (count or name == "y"):
                raise ValueError(f"series {self.name}: {count} values of {name} for {len(self.x)} of x")


@dataclass(frozen=True)
class Zone:
    """A shaded band (both ends of x, or both of y) or rectangle (all four ends)."""

    name: str
    x_low: float | None = None
    x_high: float | None = None
    y_low: float | None = None
    y_high: float | None = None
    style: int = 9

    def __post_init__(self) -> None:
        has_x, has_y = (self.x_low is not None, self.x_high is not None), (self.y_low is not None, self.y_high is not None)
        if len(set(has_x)) > 1 or len(set(has_y)) > 1 or not (has_x[0] or has_y[0]):
            raise ValueError(f"zone {self.name}: both ends of x, both of y, or all four")


@dataclass(frozen=True)
class Panel:
    """One pair of axes with its series and shaded zones."""

    x: Scale
    y: Scale
    series: Sequence[Series]
    zones: Sequence[Zone] = ()
    title: str = ""


@dataclass(frozen=True)
class Picture:
    """A titled row or grid of panels; `caption` names the sources of the numbers shown."""

    title: str
    panels: Sequence[Panel]
    caption: str
    columns: int = 2

    def __post_init__(self) -> None:
        if not self.panels or not self.caption.strip():
            raise ValueError("a picture has a panel and a caption that names its sources")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of panels."""
        columns = min(self.columns, len(self.panels))
        return math.ceil(len(self.panels) / columns), columns


def write_picture(picture: Picture, path: Path) -> Path:
    """Writes a picture as .html (interactive, opens offline), .png or .svg; the file is whole or untouched.

    Raises
    ------
    InputError
        Where the suffix is none of the three.
    """
    check_suffix(path)
    content = html(picture) if path.suffix.lower() == ".html" else image(picture, path.suffix.lower()[1:])
    write_atomically(path, content)
    return path


def check_suffix(path: Path) -> None:
    """Raises InputError where no picture can be written under this name; cheap, so ask before long work."""
    if path.suffix.lower() not in SUFFIXES:
        raise InputError.single(f"plot file {path}", f"a name that ends in {', '.join(SUFFIXES)}", f"the suffix {path.suffix!r}")


def html(picture: Picture) -> str:
    """Returns a self-contained page with the interactive picture: the plotly library is inside, no network is needed."""
    figure = plotly_figure(picture)
    return str(figure.to_html(include_plotlyjs=True, full_html=True, config={"displaylogo": False, "responsive": True}))


def image(picture: Picture, form: str = "png") -> bytes:
    """Returns the picture as bytes of `png` or `svg`; equal pictures give equal bytes on one machine."""
    from io import BytesIO

    from matplotlib import rc_context

    buffer = BytesIO()
    plain: Any = {"svg.hashsalt": "picture", "svg.fonttype": "none", "font.size": 9.0}
    stamp: dict[str, Any] = {"metadata": {"Date": None}} if form == "svg" else {}
    with rc_context(plain):
        matplotlib_figure(picture).savefig(buffer, format=form, dpi=DOTS_PER_INCH, **stamp)
    return buffer.getvalue()


def plotly_figure(picture: Picture) -> Any:
    """Returns the plotly figure."""
    from plotly.subplots import make_subplots

    rows, columns = picture.shape
    titles = [panel.title for panel in picture.panels]
    figure = make_subplots(rows=rows, cols=columns, subplot_titles=titles, vertical_spacing=0.16 / rows, horizontal_spacing=0.1)
    told: set[str] = set()
    for number, panel in enumerate(picture.panels):
        place = {"row": number // columns + 1, "col": number % columns + 1}
        for one in panel.series:
            figure.add_trace(_plotly_trace(one, one.name not in told), **place)
            told.add(one.name)
            if one.low and one.high:
                figure.add_trace(_plotly_range(one), **place)
        for zone in panel.zones:
            _plotly_zone(figure, zone, place)
        for name, scale in (("x", panel.x), ("y", panel.y)):
            getattr(figure, f"update_{name}axes")(**_plotly_axis(scale), **place)
    caption = "<br>".join(_wrapped(picture.caption, 150 if columns > 1 else 100))
    figure.update_layout(
        title={"text": picture.title, "x": 0.01}, template="plotly_white", height=480 * rows + 160,
        margin={"l": 70, "r": 30, "t": 80, "b": 130}, legend={"orientation": "v"},
    )  # fmt: skip
    foot = {"xref": "paper", "yref": "paper", "x": 0, "y": 0, "yshift": -55, "xanchor": "left", "yanchor": "top"}
    figure.add_annotation(text=caption, showarrow=False, align="left", font={"size": 11}, **foot)
    return figure


def _plotly_trace(one: Series, is_first: bool) -> Any:
    from plotly.graph_objects import Scatter

    colour, dash, marker = look(one.style)
    lines = {"line": "lines+markers", "points": "markers", "step": "lines+markers", "rule": "lines"}[one.kind]
    return Scatter(
        x=list(one.x), y=[value if math.isfinite(value) else None for value in one.y], name=one.name, legendgroup=one.name,
        showlegend=is_first, mode=lines + ("+text" if any(one.labels) else ""), text=list(one.labels) or None,
        textposition=_sides(one.x), hovertext=list(one.notes) or None,
        line={"color": colour, "dash": dash, "shape": "hv" if one.kind == "step" else "linear", "width": 1.8},
        marker={"color": colour, "symbol": f"{marker}-open" if one.is_ringed else marker, "size": 15 if one.is_ringed else 7},
    )  # fmt: skip


def _sides(x: Sequence[float]) -> list[str]:
    """Returns on which side of each point its label stands: to the left of those in the upper half of the span."""
    middle = math.sqrt(min(x) * max(x)) if len(x) and min(x) > 0 else sum(x) / max(len(x), 1)
    return ["top left" if value > middle else "top right" for value in x]


def _plotly_range(one: Series) -> Any:
    from plotly.graph_objects import Scatter

    return Scatter(
        x=[*one.x, *reversed(one.x)], y=[*one.high, *reversed(one.low)], fill="toself", mode="lines", line={"width": 0},
        fillcolor=look(one.style)[0], opacity=0.15, name=one.name, legendgroup=one.name, showlegend=False, hoverinfo="skip",
    )  # fmt: skip


def _plotly_zone(figure: Any, zone: Zone, place: dict[str, int]) -> None:
    label = {"text": zone.name, "textposition": "top left"}
    fill = {"fillcolor": look(zone.style)[0], "opacity": 0.14, "line_width": 0, "layer": "below", "label": label}
    if zone.y_low is None:
        figure.add_vrect(x0=zone.x_low, x1=zone.x_high, **fill, **place)
    elif zone.x_low is None:
        figure.add_hrect(y0=zone.y_low, y1=zone.y_high, **fill, **place)
    else:
        ends = {"x0": zone.x_low, "x1": zone.x_high, "y0": zone.y_low, "y1": zone.y_high}
        figure.add_shape(type="rect", **ends, **fill, **place)


def _plotly_axis(scale: Scale) -> dict[str, Any]:
    settings: dict[str, Any] = {"title_text": scale.text, "type": "log" if scale.is_log else "linear"}
    if scale.limits is not None:
        settings["range"] = [math.log10(end) if scale.is_log else end for end in scale.limits]
    return settings


def matplotlib_figure(picture: Picture) -> "Figure":
    """Returns the matplotlib figure; no window, no global state."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    rows, columns = picture.shape
    caption = _wrapped(picture.caption, 105 * columns)
    width, height = PANEL_INCHES[0] * columns, PANEL_INCHES[1] * rows
    foot_inches = 0.25 + 0.17 * len(caption)
    height += foot_inches + 0.4
    foot = foot_inches / height
    engine = ConstrainedLayoutEngine(rect=(0.0, foot, 1.0, 1.0 - foot))
    figure = Figure(figsize=(width, height), layout=engine)
    figure.suptitle(picture.title, x=0.01, ha="left", fontsize=12)
    is_crowded = len({one.name for panel in picture.panels for one in panel.series}) > LEGEND_MAX
    for number, panel in enumerate(picture.panels):
        _draw_panel(figure.add_subplot(rows, columns, number + 1), panel, not is_crowded)
    if is_crowded:
        entries = [axes.get_legend_handles_labels() for axes in figure.axes]
        told = {label: handle for handles, labels in entries for handle, label in zip(handles, labels, strict=True)}
        figure.legend(list(told.values()), list(told), loc="outside right upper", fontsize=7)
    figure.text(0.01, 0.012, "\n".join(caption), ha="left", va="bottom", fontsize=8)
    return figure


def _draw_panel(axes: "Axes", panel: Panel, has_legend: bool) -> None:
    for zone in panel.zones:
        _draw_zone(axes, zone)
    told: set[str] = set()
    for one in panel.series:
        _draw_series(axes, one, one.name if one.name not in told else "_nolegend_")
        told.add(one.name)
    axes.margins(0.07)
    for name, scale in (("x", panel.x), ("y", panel.y)):
        axes.set(**{f"{name}label": scale.text, f"{name}scale": "log" if scale.is_log else "linear"})
        if scale.is_log:
            _plain_ticks(axes.xaxis if name == "x" else axes.yaxis)
        if scale.limits is not None:
            axes.set(**{f"{name}lim": scale.limits})
    _draw_labels(axes, panel)
    if panel.title:
        axes.set_title(panel.title, fontsize=10, loc="left")
    axes.grid(visible=True, which="major", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    if has_legend:
        axes.legend(fontsize=7, framealpha=0.85)


def _plain_ticks(axis: Any) -> None:
    """Numbers a powers-of-ten axis at 1, 2 and 5 of each power as plain numbers, as people write them."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=30))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:.6g}"))
    axis.set_minor_formatter(NullFormatter())


def _draw_series(axes: "Axes", one: Series, label: str) -> None:
    colour = look(one.style)[0]
    dash, marker = _MPL_DASHES[one.style % len(_MPL_DASHES)], _MPL_MARKERS[one.style % len(_MPL_MARKERS)]
    ring: dict[str, Any] = {"markersize": 11, "markerfacecolor": "none", "zorder": 3} if one.is_ringed else {"markersize": 4.5}
    axes.plot(
        list(one.x), list(one.y), label=label, color=colour, marker="none" if one.kind == "rule" else marker, **ring,
        linestyle="none" if one.kind == "points" else dash, drawstyle="steps-post" if one.kind == "step" else "default",
        linewidth=1.4,
    )  # fmt: skip
    if one.low and one.high:
        axes.fill_between(list(one.x), list(one.low), list(one.high), color=colour, alpha=0.15, linewidth=0)


def _draw_labels(axes: "Axes", panel: Panel) -> None:
    """Prints the labels beside their points, towards the middle of the panel so that none is cut off."""
    for one in panel.series:
        for label, x, y in zip(one.labels, one.x, one.y, strict=False):
            if label and math.isfinite(y):
                is_right = axes.transAxes.inverted().transform(axes.transData.transform((x, y)))[0] > 0.6
                beside: Any = {"xytext": (-5, 5), "ha": "right"} if is_right else {"xytext": (5, 5), "ha": "left"}
                axes.annotate(label, (x, y), textcoords="offset points", fontsize=7, **beside)


def _draw_zone(axes: "Axes", zone: Zone) -> None:
    fill: dict[str, Any] = {"color": look(zone.style)[0], "alpha": 0.14, "linewidth": 0, "label": zone.name}
    if zone.y_low is None or zone.y_high is None:
        assert zone.x_low is not None
        assert zone.x_high is not None
        axes.axvspan(zone.x_low, zone.x_high, **fill)
    elif zone.x_low is None or zone.x_high is None:
        axes.axhspan(zone.y_low, zone.y_high, **fill)
    else:
        axes.fill_between([zone.x_low, zone.x_high], zone.y_low, zone.y_high, **fill)


def look(style: int) -> tuple[str, str, str]:
    """Returns colour, dash and marker of a style; the first forty all differ.

    >>> look(0)
    ('#000000', 'solid', 'circle')
    """
    return COLOURS[style % len(COLOURS)], DASHES[style % len(DASHES)], MARKERS[style % len(MARKERS)]


def _wrapped(text: str, width: int) -> list[str]:
    import textwrap

    return [line for part in text.splitlines() for line in textwrap.wrap(part, width) or [""]]
