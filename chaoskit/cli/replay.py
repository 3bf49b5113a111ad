"""``chaoskit replay``: a real outage against one's own service, without writing a file."""

import sys
from pathlib import Path

import click

from chaoskit import spec
from chaoskit.cli import options
from chaoskit.cli.errors import WRONG, explained
from chaoskit.cli.run import run_and_report
from chaoskit.run.execute import Order

FOLDER = Path(".chaoskit") / "replays"


@click.command("replay")
@click.argument("name")
@click.option("--target", "url", required=True, help="The service's address; load goes there.")
@click.option("--load", "arrivals", default="20/s", show_default=True, help="Requests that arrive a second.")
@click.option(
    "--request", "requests", multiple=True, default=("GET /",), show_default=True, help="What they ask for."
)
@click.option("--within", help="How long the outage may take here, for example 60s.")
@click.option("--compress", help="Or how much shorter than it was, for example 20x. Default: within 60s.")
@click.option("--availability", default="95%", show_default=True, help="What must hold while it lasts.")
@click.option("--print", "only_print", is_flag=True, help="Show the experiment, and run nothing.")
@options.changes
@options.seed
@click.option("--out", type=options.FILE, help="The run's folder, new or empty. Default: below `runs/`.")
@explained
def command(
    name: str,
    url: str,
    arrivals: str,
    requests: tuple[str, ...],
    within: str | None,
    compress: str | None,
    availability: str,
    only_print: bool,
    changes: tuple[str, ...],
    seed: int | None,
    out: Path | None,
) -> None:
    """Replay the outage called NAME, in less time, against the service at --target.

    \b
    Example:
      chaoskit replay stripe-2019-07-10 --target http://127.0.0.1:8080 --compress 400x

    The service runs already and calls its providers through chaoskit's proxy: `chaoskit ca` prints how.
    `--set proxy.listen=127.0.0.1:8888` says where the proxy listens. Timers of the outage (a wait of
    30 s, a Retry-After) are never shortened; what could not be kept is said.
    """
    known = spec.outage(name)
    if known is None:
        click.echo(f"error: unknown outage `{name}`", err=True)
        click.echo(f"hint: {spec.unknown_outage(name)}", err=True)
        sys.exit(WRONG)
    if within is not None and compress is not None:
        raise click.UsageError("--within and --compress exclude each other")
    try:
        text = spec.replay_text(
            known,
            url=url,
            arrivals=arrivals,
            requests=requests,
            within=within,
            compress=compress,
            availability=availability,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if only_print:
        click.echo(text, nl=False)
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    click.echo(f"the experiment is {file}", err=True)
    order = Order(file=file, changes=changes, seed=seed, out=out)
    sys.exit(run_and_report(order, junit=None, json_to=None, quiet=False))
