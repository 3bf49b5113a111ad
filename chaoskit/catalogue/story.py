"""An outage as text for a terminal: what happened, a chart of it, and where that is known from."""

import textwrap
from collections.abc import Iterable

from chaoskit.catalogue.outage import Outage, Part, span
from chaoskit.core.timeline import row

WIDTH = 96
_LEVELS = " .:-=+*#%@"
"""A tenth more of the calls with each letter."""


def listed(outages: Iterable[Outage]) -> str:
    """Return one line for each outage, the latest first."""
    every = sorted(outages, key=lambda each: each.started, reverse=True)
    width = max(len(each.name) for each in every)
    return "\n".join(f"{each.name:<{width}}  {span(each.lasted):>6}  {each.title}" for each in every)


def told(outage: Outage, width: int = WIDTH) -> str:
    """Return all that is known of an outage."""
    whose = outage.provider if outage.provider is not None else f"everything behind {outage.edge}"
    lines = [f"{outage.name}: {outage.title}", ""]
    lines += [f"whose: {whose}", f"began: {outage.started}, lasted {span(outage.lasted)}"]
    lines += _wrapped("reach: ", outage.scope) + _wrapped("end: ", outage.recovery)
    lines += [line for each in outage.saw for line in _wrapped("saw: ", each)]
    lines += ["", chart(outage, width), ""]
    lines += [line for each in outage.parts for line in _part(each)]
    lines += _wrapped("note: ", outage.note)
    lines += ["", f"confidence: {outage.confidence}", *(f"source: {each}" for each in outage.sources)]
    return "\n".join(lines)


def chart(outage: Outage, width: int = WIDTH) -> str:
    """Draw one row for each part: the denser, the more calls it struck."""
    margin = max(len(each.id) for each in outage.parts)
    columns = max(20, width - margin - 1)
    end = f"{span(outage.length)}"
    scale = f"{'':<{margin}} 0{end:>{columns - 1}}"
    return "\n".join(
        [scale, *(f"{each.id:<{margin}} {_row(outage, each, columns)}" for each in outage.parts)]
    )


def _row(outage: Outage, part: Part, columns: int) -> str:
    marks = row(part.start, part.stop, outage.length, columns)
    if "#" not in marks:  # too short for its column, and still there
        at = min(columns - 1, int(part.start / outage.length * columns))
        marks = "." * at + "#" + "." * (columns - at - 1)
    step = outage.length / columns
    cells = []
    for i, mark in enumerate(marks):
        share = part.share.at((i + 0.5) * step - part.start) if mark == "#" else 0.0
        cells.append(_LEVELS[max(1, min(9, round(share * 9)))] if mark == "#" else " ")
    return "".join(cells).rstrip()


def _part(part: Part) -> list[str]:
    first, last = part.share.points[0][1], part.share.points[-1][1]
    share = f"{first:.3g}" if first == last else f"{first:.3g} to {last:.3g}"
    unit = f" of {part.unit}" if part.unit else ""
    basis = {"source": "sourced", "derived": "derived", "estimate": "estimated"}[part.severity]
    times = {"source": "sourced", "derived": "derived", "mixed": "partly sourced", "estimate": "estimated"}
    line = (
        f"{part.id}: {part.fault_name}, {span(part.start)} to {span(part.stop)} ({times[part.times]}), "
        f"share {share}{unit} ({basis})"
    )
    return _wrapped("", line) + _wrapped("  note: ", part.note)


def _wrapped(head: str, text: str) -> list[str]:
    if not text:
        return []
    return textwrap.wrap(text, WIDTH, initial_indent=head, subsequent_indent=" " * (len(head) or 2))
