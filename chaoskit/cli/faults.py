"""``chaoskit faults``: what can go wrong, and with which parameters."""

import sys

import click

from chaoskit import spec
from chaoskit.cli.errors import WRONG, explained


@click.command("faults")
@click.argument("name", required=False)
@explained
def command(name: str | None) -> None:
    """List the faults, or explain the one called NAME.

    \b
    Example:
      chaoskit faults
      chaoskit faults blackhole
    """
    known = spec.faults()
    if name is None:
        width = max(len(each) for each in known)
        for each, fault in known.items():
            first = (fault.__doc__ or "").strip().splitlines()[0]
            click.echo(f"{each:<{width}}  {first}")
    elif name in known:
        click.echo(spec.describe_fault(name))
    else:
        from difflib import get_close_matches  # noqa: PLC0415 - only for a mistake

        close = get_close_matches(name, known, 1)
        click.echo(f"error: unknown fault `{name}`", err=True)
        click.echo(
            f"hint: did you mean `{close[0]}`?" if close else f"hint: one of {', '.join(known)}", err=True
        )
        sys.exit(WRONG)
