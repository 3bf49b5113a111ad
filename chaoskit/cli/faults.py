"""``chaoskit faults``: what can go wrong, and with which parameters."""

import sys
from difflib import get_close_matches

import click

from chaoskit import spec
from chaoskit.cli.errors import WRONG, explained

ON_SERVICES = "service."


@click.command("faults")
@click.argument("name", required=False)
@explained
def command(name: str | None) -> None:
    """List the faults, or explain the one called NAME.

    Faults on services of one's own (`service:` in the file) are listed as `service.NAME`. A name that both
    kinds have explains both.

    \b
    Example:
      chaoskit faults
      chaoskit faults blackhole
      chaoskit faults service.pause
    """
    every = {
        **spec.faults(),
        **{f"{ON_SERVICES}{each}": kind for each, kind in spec.service_faults().items()},
    }
    if name is None:
        width = max(len(each) for each in every)
        for each, fault in every.items():
            first = (fault.__doc__ or "").strip().splitlines()[0]
            click.echo(f"{each:<{width}}  {first}")
        return
    found = [each for each in (name, f"{ON_SERVICES}{name}") if each in every]
    if not found:
        _unknown(name, list(every))
    if found == [name] and name in spec.faults():
        click.echo(spec.describe_fault(name))
    else:
        click.echo("\n\n\n".join(_explained(each) for each in found))


def _explained(name: str) -> str:
    """Return the explanation of a fault, with what it is put on."""
    if name.startswith(ON_SERVICES):
        text = spec.describe_service_fault(name.removeprefix(ON_SERVICES))
        return f"on a service of your own (`service: NAME`)\n\n{text}"
    return f"on calls to a provider (`provider: NAME`)\n\n{spec.describe_fault(name)}"


def _unknown(name: str, known: list[str]) -> None:
    short = [each.removeprefix(ON_SERVICES) for each in known]
    close = get_close_matches(name, [*known, *short], 1)
    click.echo(f"error: unknown fault `{name}`", err=True)
    click.echo(f"hint: did you mean `{close[0]}`?" if close else f"hint: one of {', '.join(known)}", err=True)
    sys.exit(WRONG)
