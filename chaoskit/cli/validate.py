"""``chaoskit validate``: say whether a file is right."""

import sys
from pathlib import Path

import click

from chaoskit import spec
from chaoskit.cli import options
from chaoskit.cli.errors import explained
from chaoskit.cli.warnings import warned
from chaoskit.core.diagnostic import SpecError
from chaoskit.slos.beforehand import warnings


@click.command("validate")
@click.argument("files", metavar="FILE...", type=options.FILE, nargs=-1, required=True)
@options.changes
@explained
def command(files: tuple[Path, ...], changes: tuple[str, ...]) -> None:
    """Say whether each FILE is a valid experiment, and show every problem at its place.

    \b
    Example:
      chaoskit validate experiments/*.yaml
    """
    problems = 0
    for file in files:
        try:
            experiment, _ = spec.read(file, changes)
        except SpecError as error:
            problems += len(error.diagnostics)
            click.echo(f"{error}\n", err=True)
        else:
            click.echo(f"{file}: valid: {experiment.name}")
            for warning in warnings(experiment):
                click.echo(warned(file, warning), err=True)
    if problems:
        click.echo(f"{problems} problem{'s' if problems > 1 else ''} found", err=True)
        sys.exit(2)
