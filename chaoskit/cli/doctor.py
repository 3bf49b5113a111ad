"""``chaoskit doctor``: say beforehand whose calls would not be captured, and what a run would lack."""

import sys
from pathlib import Path

import click

from chaoskit import spec
from chaoskit.cli import options
from chaoskit.cli.errors import explained
from chaoskit.report.doctor import render
from chaoskit.run.doctor import examine

IN_THE_WAY = 3


@click.command("doctor")
@click.argument("file", type=options.FILE)
@options.changes
@explained
def command(file: Path, changes: tuple[str, ...]) -> None:
    """Say which of the target's clients would ignore the proxy or its CA, and what to set. Nothing is run.

    The target's interpreter is asked what it has installed. Where the target is a compose project, or faults
    are about services, compose, the engine, the image and the services that are named are looked at.
    Exit code 3: something stands in the way.

    \b
    Example:
      chaoskit doctor experiments/stripe-blackhole.yaml
    """
    experiment, _ = spec.read(file, changes)
    diagnosis = examine(experiment, file)
    click.echo(render(diagnosis))
    if not diagnosis.is_clear:
        sys.exit(IN_THE_WAY)
