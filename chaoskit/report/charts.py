"""The run on one clock, drawn by matplotlib as an inline SVG that follows the page's colours.

Only ``html.py`` imports this, when a page is written: matplotlib takes half a second.
"""

import math
import re
import warnings
from collections.abc import Callable
from functools import partial
from html import escape
from io import StringIO
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator, PercentFormatter

from chaoskit.core.frozen import frozen
from chaoskit.report import words
from chaoskit.report.timeline import EndpointTrace, Limit, ProviderTrace, Timeline, Values

COLORS = {
    # Okabe and Ito's palette, which stays apart for colour-blind readers; patterns repeat what colours say
    "failed": "#d55e00",
    "degraded": "#e69f00",
    "first": "#0072b2",
    "second": "#cc79a7",
    "third": "#009e73",
    "ink": "#1b1f24",
    "muted": "#5b6470",
    "grid": "#d7dbe0",
    "band": "#eef1f4",
    "limit": "#8a1c1c",
    # opaque, because an opacity would fade the pattern with its ground
    "failed-tint": "#f6c3a0",
    "degraded-tint": "#fbe6b8",
    "first-tint": "#b3d4ea",
    "second-tint": "#ecc9dd",
    "third-tint": "#b6e0d2",
}
"""By the name of the page's CSS variable, which takes each one's place in the drawing."""

_Steps = tuple[list[float], list[float]]  # edges, and the height from each edge on
_mpl: Any = mpl  # its own types are half unknown
_HITS = (("first", "////"), ("second", "----"), ("third", "xxxx"))
_RC = {
    "svg.fonttype": "none",  # text stays text: smaller, selectable, in the page's font and colours
    "text.parse_math": False,  # a name may hold a dollar sign
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "axes.edgecolor": COLORS["muted"],
    "axes.labelcolor": COLORS["ink"],
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": COLORS["grid"],
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.7,
    "text.color": COLORS["ink"],
    "xtick.color": COLORS["muted"],
    "ytick.color": COLORS["muted"],
    "xtick.labelcolor": COLORS["ink"],
    "ytick.labelcolor": COLORS["ink"],
}


@frozen(kw_only=True)
class Shape:
    """Sizes in inches (72 units of the SVG each) and in points."""

    name: str
    width: float
    left: float
    right: float
    panel: float
    text: float
    label: int  # characters of a label beside the lanes
    legend_below: bool  # on its own line, where a title and a legend do not fit beside each other


WIDE = Shape(name="wide", width=10.6, left=0.78, right=0.1, panel=1.0, text=8.8, label=70, legend_below=False)
NARROW = Shape(
    name="narrow", width=4.5, left=0.68, right=0.08, panel=1.0, text=9.2, label=38, legend_below=True
)


@frozen
class _Panel:
    height: float
    draw: Callable[[Any], None]


def svg(timeline: Timeline, shape: Shape, *, title: str, description: str) -> str:
    """Return an ``<svg>`` element with its title and description; equal input gives equal text."""
    rc = {**_RC, "svg.hashsalt": shape.name, "font.size": shape.text}
    with _mpl.rc_context(rc), warnings.catch_warnings():
        # a name in a script that the measuring font lacks; the reader's browser has its own fonts
        warnings.filterwarnings("ignore", "Glyph ", UserWarning)
        text = StringIO()
        nothing: dict[str, Any] = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        drawing: Any = _figure(timeline, shape)
        drawing.savefig(text, format="svg", metadata=nothing)
    return _inline(text.getvalue(), shape.name, title, description)


def _figure(timeline: Timeline, shape: Shape) -> Figure:
    panels = _panels(timeline, shape)
    line = shape.text * 1.5 / 72
    head = line * (2.4 if shape.legend_below else 1.5)  # above each panel: its title, its legend
    lanes = line * 1.25 * (1 + len(timeline.injections))
    height = lanes + 0.08 + sum(head + each.height for each in panels) + line * 3
    figure: Any = Figure(figsize=(shape.width, height))
    figure.patch.set_alpha(0.0)
    inner = 1 - (shape.left + shape.right) / shape.width

    def place(top: float, size: float) -> Any:
        axes = figure.add_axes((shape.left / shape.width, 1 - (top + size) / height, inner, size / height))
        axes.patch.set_alpha(0.0)
        axes.set_xlim(0, max(timeline.length, 1e-9))
        return axes

    _lanes(place(0.04, lanes), timeline, shape)
    top = 0.04 + lanes
    for panel in panels:
        axes = place(top + head, panel.height)
        _backdrop(axes, timeline)
        panel.draw(axes)
        top += head + panel.height
        is_last = panel is panels[-1]
        axes.xaxis.set_major_locator(MaxNLocator(8 if shape is WIDE else 5, integer=True))
        axes.tick_params(labelbottom=is_last, length=2.5, width=0.6)
        if is_last:
            axes.set_xlabel("seconds since the first phase began")
    return figure


def _panels(timeline: Timeline, shape: Shape) -> list[_Panel]:
    panels: list[_Panel] = []
    for each in timeline.endpoints:
        panels += [
            _Panel(shape.panel * 0.75, partial(_answers, timeline=timeline, each=each, shape=shape)),
            _Panel(shape.panel, partial(_latency, timeline=timeline, each=each, shape=shape)),
        ]
    if timeline.arrivals:
        panels.append(_Panel(shape.panel * 0.55, partial(_arrivals, timeline=timeline, shape=shape)))
    panels += [
        _Panel(shape.panel * 0.75, partial(_provider, timeline=timeline, each=each, shape=shape))
        for each in timeline.providers
    ]
    return panels


def _lanes(axes: Any, timeline: Timeline, shape: Shape) -> None:
    """Draw the phases as labelled bands, and below them each injection as a labelled bar."""
    axes.set_ylim(len(timeline.injections) + 1, 0)
    axes.axis("off")
    for index, phase in enumerate(timeline.phases):
        face = COLORS["band"] if index % 2 == 0 else COLORS["grid"]
        axes.barh(0.5, phase.stop - phase.start, left=phase.start, height=0.86, color=face)
        room = int(shape.label * 1.6 * (phase.stop - phase.start) / timeline.length)
        name = words.clip(words.one_line(phase.label), max(room, 3))
        axes.text(
            (phase.start + phase.stop) / 2, 0.5, name, ha="center", va="center", weight="bold", clip_on=True
        )
    for row, each in enumerate(timeline.injections, start=1):
        # a run that was aborted has no time for the rest of a window
        start, stop = (min(edge, timeline.length) for edge in each.window)
        for low, high in each.when:
            left, right = min(low, timeline.length), min(high, timeline.length)
            axes.barh(
                row + 0.5,
                right - left,
                left=left,
                height=0.72,
                color=COLORS["failed"],
                alpha=0.25,
                linewidth=0,
            )
        axes.vlines((start, stop), row + 0.14, row + 0.86, color=COLORS["failed"], linewidth=1.2)
        label = words.clip(words.one_line(f"{each.id}: {each.fault} on {each.provider}"), shape.label)
        is_late = start > timeline.length * 0.55
        x, side, pad = (stop, "right", -4) if is_late else (start, "left", 4)
        axes.annotate(
            label, (x, row + 0.5), xytext=(pad, 0), textcoords="offset points", ha=side, va="center"
        )


def _backdrop(axes: Any, timeline: Timeline) -> None:
    axes.grid(axis="y")
    for each in timeline.injections:
        for window in each.when:
            axes.axvspan(*window, color=COLORS["failed"], alpha=0.07, linewidth=0)
    for phase in timeline.phases[1:]:
        axes.axvline(phase.start, color=COLORS["muted"], linewidth=0.7, linestyle=(0, (2, 2)))


def _answers(axes: Any, timeline: Timeline, each: EndpointTrace, shape: Shape) -> None:
    """Draw failed and degraded answers as shares of all, one on top of the other; the rest were good."""
    failed = _steps(each.failed, timeline.step)
    degraded = _steps(each.degraded, timeline.step)
    base = [value if math.isfinite(value) else 0.0 for value in failed[1]]
    # in order of time both have a value for the same steps; a shorter one was cut by a crash
    base = [*base, *[0.0] * len(degraded[1])][: len(degraded[1])]
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_yticks((0, 0.5, 1))
    if not any(each.failed) and not any(each.degraded):
        _nothing(axes, "none")
        _titled(axes, f"{each.label}: failed and degraded answers", [], shape)
        return
    handles = [_area(axes, failed, 0, color="failed", hatch="////", label="failed")]
    if any(each.degraded):
        top = [a + b for a, b in zip(base, degraded[1], strict=True)]
        handles.append(
            _area(axes, (degraded[0], top), base, color="degraded", hatch="----", label="degraded")
        )
    _titled(axes, f"{each.label}: failed and degraded answers", handles, shape)


def _latency(axes: Any, timeline: Timeline, each: EndpointTrace, shape: Shape) -> None:
    looks = (
        ("p50", each.p50, "third", (0, (1, 1))),
        ("p95", each.p95, "first", "solid"),
        ("p99", each.p99, "second", (0, (4, 1.5))),
    )
    handles: list[Any] = []
    for label, values, color, style in looks:
        x, y = _steps(values, timeline.step)
        handles += axes.step(
            x, y, where="post", color=COLORS[color], linestyle=style, linewidth=1.4, label=label
        )
    if each.limits:
        handles.append(_limits(axes, each.limits))
    _scale(axes, [v for _, values, _, _ in looks for v in values if v], each.limits)
    _titled(axes, f"{each.label}: latency", handles, shape)


def _limits(axes: Any, limits: tuple[Limit, ...]) -> Any:
    drawn: Any = None
    for limit in limits:
        drawn = axes.hlines(
            limit.seconds, limit.start, limit.stop, color=COLORS["limit"], linewidth=1.6, label="limit"
        )
        axes.annotate(
            words.one_line(limit.text),
            (limit.start, limit.seconds),
            xytext=(3, 2),
            textcoords="offset points",
            color=COLORS["limit"],
            size="small",
        )
    return drawn


def _scale(axes: Any, values: list[float], limits: tuple[Limit, ...]) -> None:
    """Choose a log scale where a linear one would press the ordinary latencies into its first twentieth."""
    top = max([*values, *(each.seconds for each in limits)], default=1.0)
    low = min(values, default=top)
    if top > 20 * low:
        axes.set_yscale("log")
        axes.set_ylim(low * 0.6, top * 2.2)
        axes.yaxis.set_major_locator(LogLocator(10))
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.set_ylim(0, top * 1.25)
        axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(_tick))


def _tick(value: float, _position: int | None) -> str:
    return words.seconds(value)


def _arrivals(axes: Any, timeline: Timeline, shape: Shape) -> None:
    x, y = _steps(timeline.arrivals, timeline.step)
    axes.step(x, y, where="post", color=COLORS["ink"], linewidth=1.2)
    _counted(axes, [value for value in timeline.arrivals if value is not None])
    _titled(axes, "requests that the load made, a second", [], shape)


def _provider(axes: Any, timeline: Timeline, each: ProviderTrace, shape: Shape) -> None:
    handles = _counts(axes, timeline, each)
    for (injection, values), (color, hatch) in zip(each.hits, _HITS * len(each.hits), strict=False):
        name = words.clip(words.one_line(injection), 24)
        steps = _steps(values, timeline.step)
        handles.append(_area(axes, steps, 0, color=color, hatch=hatch, label=f"hit by {name}"))
    series = [each.calls, each.turns, *(values for _, values in each.hits)]
    given = [value for values in series for value in values if value is not None]
    _counted(axes, given)
    if not any(given):
        _nothing(axes, "none")
    what = "connections" if each.are_connections else "calls"
    _titled(axes, f"{what} to {each.label} that the proxy saw, a second", handles, shape)


def _counts(axes: Any, timeline: Timeline, each: ProviderTrace) -> list[Any]:
    """Draw what is counted: calls, or new connections and about how many requests all of them carried."""
    handles: list[Any] = []
    if each.turns:
        x, y = _steps(each.turns, timeline.step)
        handles += axes.step(x, y, where="post", color=COLORS["ink"], linewidth=1.4, label="requests, about")
    x, y = _steps(each.calls, timeline.step)
    label, line = ("opened", "--") if each.are_connections else ("calls", "-")
    handles += axes.step(x, y, where="post", color=COLORS["ink"], linewidth=1.4, linestyle=line, label=label)
    return handles


def _counted(axes: Any, values: list[float]) -> None:
    axes.set_ylim(0, max(1.0, max(values, default=1.0) * 1.15))
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))


def _area(axes: Any, steps: _Steps, low: Any, *, color: str, hatch: str, label: str) -> Any:
    return axes.fill_between(
        steps[0],
        low,
        steps[1],
        step="post",
        facecolor=COLORS[f"{color}-tint"],
        edgecolor=COLORS[color],
        hatch=hatch,
        linewidth=0.8,
        label=label,
    )


def _titled(axes: Any, title: str, handles: list[Any], shape: Shape) -> None:
    text = words.clip(words.one_line(title), 90 if shape is WIDE else 52)
    above = shape.text * 1.5 if shape.legend_below and handles else 0
    axes.set_title(text, loc="left", fontsize=shape.text, weight="bold", pad=4 + above, x=0)
    if handles:
        anchor, place = ((0, 1.0), "lower left") if shape.legend_below else ((1, 1.0), "lower right")
        axes.legend(
            handles=handles,
            loc=place,
            bbox_to_anchor=anchor,
            ncols=len(handles),
            frameon=False,
            borderaxespad=0.1,
            borderpad=0.1,
            handlelength=1.8,
            columnspacing=1.2,
            handletextpad=0.5,
            fontsize=shape.text,
        )


def _nothing(axes: Any, text: str) -> None:
    axes.text(0.5, 0.4, text, transform=axes.transAxes, ha="center", va="center", color=COLORS["muted"])


def _steps(values: Values, step: int) -> _Steps:
    """Return edges and heights for a curve that keeps each value until the next, and the last one too."""
    heights = [math.nan if value is None else value for value in values]
    return [float(i * step) for i in range(len(values) + bool(values))], [*heights, *heights[-1:]]


def _inline(text: str, name: str, title: str, description: str) -> str:
    """Make matplotlib's document an element of a page: no prolog, its own ids, the page's colours."""
    body = text[text.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    # its style rule is about every element of the page that it is put into
    body = re.sub(r"<style[^>]*>.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", body)
    for variable, color in COLORS.items():
        body = re.sub(color, f"var(--{variable})", body, flags=re.IGNORECASE)
    opening = re.match(r"<svg[^>]*>", body)
    box = re.search(r'viewBox="[^"]*"', body)
    if opening is None or box is None:
        raise ValueError("matplotlib wrote an SVG without a viewBox")
    head = (
        f'<svg xmlns:xlink="http://www.w3.org/1999/xlink" class="chart {name}" {box[0]} role="img" '
        f'aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    )
    return head + body[opening.end() :]
