"""``chaoskit ca``: what a client needs to trust the proxy."""

import shlex
from pathlib import Path

import click

from chaoskit.cli.errors import explained
from chaoskit.proxy import ca
from chaoskit.run.execute import CA


@click.command("ca")
@click.option("--proxy", default="http://127.0.0.1:8080", show_default=True, help="The proxy's URL.")
@click.option("--also", type=click.Path(path_type=Path), multiple=True, help="Another PEM file to trust.")
@explained
def command(proxy: str, also: tuple[Path, ...]) -> None:
    """Print the environment variables with which clients use the proxy and trust this project's CA.

    The CA is made on first use, in the private folder .chaoskit/ca, and is for this project alone.

    \b
    Example:
      eval "$(chaoskit ca --proxy http://127.0.0.1:8080)"
    """
    for name, value in ca.environment(proxy, CA.resolve(), [each.resolve() for each in also]).items():
        click.echo(f"export {name}={shlex.quote(value)}")
