"""What a run looks like while it runs."""

from io import StringIO

from rich.console import Console

from chaoskit.cli.live import LiveView, PlainView, line, panel
from chaoskit.core.machine import State
from chaoskit.run.progress import Progress

NOW = Progress(
    state=State.RUNNING,
    t=12.25,
    length=28.0,
    phase="fault",
    active=("stripe-down",),
    arrivals=40.2,
    errors=0.034,
    p95=0.4121,
    hits={"stripe-down": 12, "slow": 0},
)
START = Progress(
    state=State.STARTING,
    t=-2.0,
    length=28.0,
    phase=None,
    active=(),
    arrivals=0.0,
    errors=None,
    p95=None,
    hits={},
)


def test_a_plain_line_says_it_all() -> None:
    assert line(NOW) == "  12.2s  fault         40.2/s  errors  3.4%  p95  412ms  hits stripe-down 12"
    assert line(START) == "  -2.0s  starting       0.0/s  errors     -  p95      -"


def test_plain_lines_come_every_five_seconds_and_events_at_once() -> None:
    out = StringIO()
    with PlainView(out) as view:
        view.event(None, "proxy is up")
        view.progress(START)
        for quarter in range(24):
            view.progress(Progress(**{**{f: getattr(NOW, f) for f in NOW.__slots__}, "t": quarter / 4}))
        view.event(6.0, "done")

    assert [each[:20].strip() for each in out.getvalue().splitlines()] == [
        "proxy is up",
        "0.0s  fault",
        "5.0s  fault",
        "6.0s  done",
    ]


def test_the_panel_shows_the_phase_the_bar_and_each_injection() -> None:
    console = Console(file=StringIO(), width=80, color_system=None)
    console.print(panel(NOW))
    text = console.file.getvalue()  # type: ignore[attr-defined]

    assert "fault" in text
    assert "12 of 28 s" in text
    assert "stripe-down  on   12 hits" in text
    assert "slow         off  0 hits" in text


def test_the_live_view_leaves_the_events_behind() -> None:
    out = StringIO()
    with LiveView(out, color=False) as view:
        view.event(1.5, "phase `fault` began")
        view.progress(NOW)

    assert "phase `fault` began" in out.getvalue()
