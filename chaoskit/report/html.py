"""One HTML file for a reader without the tool: no script, no network, nothing beside it."""

from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from chaoskit.core.exposure import described
from chaoskit.core.frozen import frozen
from chaoskit.core.result import EndpointRow, Result
from chaoskit.core.verdict import Finding, Verdict
from chaoskit.report import words
from chaoskit.report.timeline import Timeline, timeline

_SIGNS = {"PASS": "\N{CHECK MARK}", "FAIL": "\N{MULTIPLICATION X}", "INCONCLUSIVE": "?"}
_TEMPLATE = "report.html.j2"


@frozen(kw_only=True)
class PhaseSum:
    """All endpoints in one phase: what a reader wants to see before any table."""

    phase: str
    start: float
    stop: float
    samples: int
    good: int
    degraded: int


def render(result: Result) -> str:
    """Return the whole page. Everything from the result is escaped; equal input gives equal text."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    filters: dict[str, Any] = {
        "line": words.one_line,
        "block": words.printable,
        "path": _path,
        "seconds": words.seconds,
        "share": words.share,
        "margin": words.margin,
        "met": words.met,
        "exposure": _exposure,
        "interval": words.interval,
    }
    environment.filters = {**environment.filters, **filters}  # pyright: ignore[reportUnknownMemberType]
    text = files("chaoskit.report").joinpath(_TEMPLATE).read_text(encoding="utf-8")
    shown = timeline(result)
    return environment.from_string(text).render(
        result=result,
        headline=words.headline(result),
        sign=_SIGNS.get(words.headline(result), "\N{BLACK SQUARE}"),
        tone=result.verdict.value if result.verdict is not None else "none",
        questions=words.open_questions(result),
        findings=words.by_gravity(result.findings),
        tally=words.tally(result.findings),
        passed=Verdict.PASS,
        phases=list(_phase_sums(result)),
        chart=_chart(shown) if shown.endpoints else "",
        timeline=shown,
        window=words.window,
        windows=words.windows,
        not_sent=words.not_sent,
        peak=words.peak,
        command=words.repeat_command(result),
    )


def describe(shown: Timeline) -> str:
    """Return in words what the chart shows, for a reader who cannot see it."""
    parts = [f"{each.label} from {words.window(each.start, each.stop)}" for each in shown.phases]
    parts += [
        f"injection {each.id} ({each.fault} on {each.provider}) from {words.windows(each.when)}, "
        f"{words.plural(each.hits, 'hit')}"
        for each in shown.injections
    ]
    for each in shown.endpoints:
        worst = max((share for share in each.failed if share is not None), default=None)
        slowest = max((value for value in each.p95 if value is not None), default=None)
        parts.append(
            f"{each.label}: at worst {words.share(worst)} of answers failed, p95 {words.seconds(slowest)}"
        )
    return words.one_line("; ".join(parts))


def _chart(shown: Timeline) -> Markup:
    # matplotlib takes half a second to import, and only a page needs it
    from chaoskit.report import charts  # noqa: PLC0415

    title, description = "The run on one clock", describe(shown)
    drawings = [
        charts.svg(shown, shape, title=title, description=description)
        for shape in (charts.WIDE, charts.NARROW)
    ]
    return Markup("\n".join(drawings))  # noqa: S704 - matplotlib and charts.py escape what they write


def _exposure(finding: Finding) -> str:
    """Return what a number of samples that met the fault leaves unsaid, for the small print below it."""
    exposure = finding.exposure
    return "" if exposure is None or not exposure.under else described(exposure)


def _path(text: str) -> Markup:
    """Return a check's id that may break after a slash or an underscore."""
    safe = str(escape(words.one_line(text)))
    return Markup(safe.replace("/", "/<wbr>").replace("_", "_<wbr>"))  # noqa: S704 - escaped above


def _phase_sums(result: Result) -> Iterable[PhaseSum]:
    for phase in result.phases:
        rows: list[EndpointRow] = [each for each in result.endpoints if each.phase == phase.label]
        yield PhaseSum(
            phase=phase.label,
            start=phase.start,
            stop=phase.stop,
            samples=sum(each.samples for each in rows),
            good=sum(each.good for each in rows),
            degraded=sum(each.degraded for each in rows),
        )
