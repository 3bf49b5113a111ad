"""The run while it runs: a live panel on a terminal, plain lines elsewhere. All of it is talk: stderr."""

from collections.abc import Mapping
from typing import Self, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from chaoskit.core.machine import State
from chaoskit.run.progress import Progress

PLAIN_EVERY = 5.0


class LiveView:
    """A panel that is redrawn four times a second; events scroll above it."""

    def __init__(self, stream: TextIO, *, color: bool) -> None:
        """Draw on ``stream``, a terminal."""
        self._console = Console(file=stream, no_color=not color, highlight=False, markup=False)
        self._live = Live(console=self._console, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def event(self, t: float | None, text: str) -> None:
        """Print what happened, above the panel."""
        self._console.print(Text(_event_line(t, text)))

    def progress(self, now: Progress) -> None:
        """Redraw the panel."""
        self._live.update(panel(now))


class PlainView:
    """One line for each event, and one every five seconds."""

    def __init__(self, stream: TextIO) -> None:
        """Write to ``stream``."""
        self._stream = stream
        self._next = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.flush()

    def event(self, t: float | None, text: str) -> None:
        """Write what happened."""
        print(_event_line(t, text), file=self._stream, flush=True)

    def progress(self, now: Progress) -> None:
        """Write a line when the last one is five seconds old."""
        if now.state is State.RUNNING and now.t >= self._next:
            self._next = now.t + PLAIN_EVERY
            print(line(now), file=self._stream, flush=True)


class QuietView:
    """Says nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def event(self, t: float | None, text: str) -> None: ...

    def progress(self, now: Progress) -> None: ...


def line(now: Progress) -> str:
    """Return the run now, as one line."""
    parts = [
        f"{now.t:6.1f}s",
        f"{now.phase or now.state.value:<10}",
        f"{now.arrivals:6.1f}/s",
        f"errors {_share(now.errors)}",
        f"p95 {_seconds(now.p95)}",
    ]
    if any(now.hits.values()):
        parts.append("hits " + _hits(now.hits))
    return "  ".join(parts)


def panel(now: Progress) -> RenderableType:
    """Return the run now: a bar, its figures, and what each injection has hit."""
    bar = Table.grid(padding=(0, 1))
    bar.add_row(
        Text(f"{now.phase or now.state.value:<10}", style="bold"),
        ProgressBar(total=now.length, completed=max(0.0, min(now.t, now.length)), width=40),
        Text(f"{max(0.0, now.t):.0f} of {now.length:.0f} s"),
    )
    figures = Table.grid(padding=(0, 2))
    figures.add_row(
        f"arrivals {now.arrivals:.0f}/s", f"errors {_share(now.errors)}", f"p95 {_seconds(now.p95)}"
    )
    injections = Table.grid(padding=(0, 2))
    for name, hits in now.hits.items():
        state = Text("on", style="bold red") if name in now.active else Text("off", style="dim")
        injections.add_row(name, state, f"{hits} hits")
    for name in now.active:
        if name not in now.hits:
            injections.add_row(name, Text("on", style="bold red"), "0 hits")
    return Group(bar, figures, injections)


def _event_line(t: float | None, text: str) -> str:
    return f"{'':>7}  {text}" if t is None else f"{t:6.1f}s  {text}"


def _hits(hits: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in hits.items() if count)


def _share(value: float | None) -> str:
    return "    -" if value is None else f"{value:5.1%}"


def _seconds(value: float | None) -> str:
    return "     -" if value is None else f"{value * 1e3:4.0f}ms"
