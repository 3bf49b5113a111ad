"""``chaoskit run``: one experiment, from file to verdict."""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import click

from chaoskit import spec
from chaoskit.cli import options, plan
from chaoskit.cli.errors import describe, explained
from chaoskit.cli.live import LiveView, PlainView, QuietView
from chaoskit.core.diagnostic import NotKeptError
from chaoskit.core.result import Result
from chaoskit.report import markdown, text
from chaoskit.run.controller import Controller
from chaoskit.run.execute import Order, execute


@click.command("run")
@click.argument("file", type=options.FILE)
@options.changes
@options.seed
@click.option("--out", type=options.FILE, help="The run's folder, new or empty. Default: below `runs/`.")
@click.option("--junit", type=options.FILE, help="Also write JUnit XML here.")
@click.option("--json", "json_to", type=options.FILE, help="Also write result.json here.")
@click.option(
    "--quiet", "-q", is_flag=True, help="Say nothing while it runs, and only the verdict at the end."
)
@click.option("--dry-run", is_flag=True, help="Say what would be done and to whom, and start nothing.")
@explained
def command(
    file: Path,
    changes: tuple[str, ...],
    seed: int | None,
    out: Path | None,
    junit: Path | None,
    json_to: Path | None,
    quiet: bool,
    dry_run: bool,
) -> None:
    """Run the experiment in FILE and judge it.

    \b
    Example:
      chaoskit run experiments/stripe-blackhole.yaml --seed 7 --junit junit.xml
      chaoskit run experiments/stripe-blackhole.yaml --dry-run

    The report goes to standard output, talk to standard error. The exit code is the verdict:
    0 pass, 1 fail, 2 wrong file, 3 inconclusive, 4 aborted, 70 internal error, 74 what came of it could
    not be written down, 130 interrupted.
    """
    if dry_run:
        from chaoskit.run.preview import preview  # noqa: PLC0415 - an ordinary run needs no docker

        experiment, _ = spec.read(file, changes, seed)
        plan.show(experiment, file.parent)
        click.echo("\n" + "\n".join(preview(experiment, file)))
        return
    order = Order(file=file, changes=changes, seed=seed, out=out)
    sys.exit(run_and_report(order, junit=junit, json_to=json_to, quiet=quiet))


def run_and_report(order: Order, *, junit: Path | None, json_to: Path | None, quiet: bool) -> int:
    """Run, write all reports, print the one for the terminal; return the exit code."""
    for path in (junit, json_to):
        if path is not None:  # said now, not after minutes of load
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    with view(quiet=quiet) as watching:
        result, folder = execute(order, watching, _take_signals)
    from chaoskit.run import reports  # noqa: PLC0415 - see ``chaoskit.run.ahead``

    page, unkept = kept(lambda: reports.write(result, folder, junit_to=junit, json_to=json_to))
    try:
        _tell(result, page, quiet=quiet)
    except OSError as error:
        raise NotKeptError(f"the verdict could not be told: standard output: {describe(error)}") from error
    if unkept is not None:
        raise unkept
    return result.exit_code


def _tell(result: Result, page: str, *, quiet: bool) -> None:
    if quiet:
        click.echo(f"{(result.verdict or result.outcome).upper()}: {result.sentence}")
    else:
        color = has_color(sys.stdout.isatty())
        click.echo(
            text.render(result, color=color, width=shutil.get_terminal_size().columns), nl=False, color=color
        )
        click.echo(page)
    if os.environ.get("GITHUB_ACTIONS"):
        for line in markdown.annotations(result):
            click.echo(line, err=True)


def kept(write: Callable[[], Path]) -> tuple[str, NotKeptError | None]:
    """Write reports; return the line that says where they are, and the error to end with if they are not.

    The verdict was reached: whoever waits for it is told it first.
    """
    try:
        return f"\nReport: {write()}", None
    except OSError as error:
        return "", NotKeptError(f"the verdict could not be kept: {describe(error)}")


def view(*, quiet: bool) -> LiveView | PlainView | QuietView:
    """Return what fits: nothing, a panel on a terminal, or plain lines."""
    if quiet:
        return QuietView()
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI"):
        return LiveView(sys.stderr, color=has_color(is_terminal=True))
    return PlainView(sys.stderr)


def has_color(is_terminal: bool) -> bool:
    """Tell whether to use colour: on a terminal, unless NO_COLOR is set (no-color.org)."""
    return is_terminal and not os.environ.get("NO_COLOR")


def _take_signals(controller: Controller) -> None:
    def handle(number: int, _: FrameType | None) -> None:
        controller.interrupt("Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handle)
