"""``chaoskit providers``: who is known, and how each of them fails."""

import sys
from pathlib import Path

import click

from chaoskit import spec
from chaoskit.catalogue.describe import described, listed
from chaoskit.cli import options
from chaoskit.cli.errors import WRONG, explained


@click.command("providers")
@click.argument("name", required=False)
@click.option("--check", "file", type=options.FILE, help="Say whether FILE is a valid provider of your own.")
@explained
def command(name: str | None, file: Path | None) -> None:
    """List the providers of the catalogue, explain the one called NAME, or check a file of your own.

    \b
    Example:
      chaoskit providers
      chaoskit providers stripe
      chaoskit providers --check my-provider.yaml
    """
    if file is not None:
        found = spec.known_provider(str(file), spec.read_text(file))
        click.echo(f"{file}: valid: {found.name}, {len(found.errors)} errors")
        return
    if name is None:
        click.echo(listed(each for each in map(spec.provider, spec.provider_names()) if each is not None))
        return
    known = spec.provider(name)
    if known is None:
        click.echo(f"error: the catalogue has no provider `{name}`", err=True)
        click.echo(f"hint: {spec.unknown_provider(name)}", err=True)
        sys.exit(WRONG)
    click.echo(described(known))
