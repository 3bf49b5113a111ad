"""``chaoskit outages``: what really happened, and can be replayed."""

import shutil
import sys

import click

from chaoskit import spec
from chaoskit.catalogue.story import listed, told
from chaoskit.cli.errors import WRONG, explained


@click.command("outages")
@click.argument("name", required=False)
@explained
def command(name: str | None) -> None:
    """List the outages of the library, or tell the one called NAME.

    \b
    Example:
      chaoskit outages
      chaoskit outages cloudflare-2025-11-18
    """
    if name is None:
        click.echo(listed(each for each in map(spec.outage, spec.outage_names()) if each is not None))
        return
    known = spec.outage(name)
    if known is None:
        click.echo(f"error: unknown outage `{name}`", err=True)
        click.echo(f"hint: {spec.unknown_outage(name)}", err=True)
        sys.exit(WRONG)
    click.echo(told(known, shutil.get_terminal_size().columns))
