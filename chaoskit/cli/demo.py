"""``chaoskit demo``: a shop loses Stripe twice; one build survives, one does not."""

import importlib.util
import shutil
import sys
from pathlib import Path

import click

from chaoskit.cli.errors import explained
from chaoskit.cli.run import run_and_report
from chaoskit.run.execute import Order

STORY = "stripe-blackhole.yaml"
BUILDS = (
    ("resilient", 0, "It has a timeout, a circuit breaker and a second payment provider. It should survive."),
    ("naive", 1, "The same code without a timeout on the same call. It should not."),
)


@click.command("demo")
@click.option("--quiet", "-q", is_flag=True, help="Only the two verdicts.")
@explained
def command(quiet: bool) -> None:
    """Take Stripe away from a small shop, twice: a resilient build passes, a naive one fails.

    Everything runs on this machine; no real provider is contacted. It takes about two minutes.

    \b
    Example:
      chaoskit demo
    """
    file = experiments() / STORY
    as_told = True
    for build, expected, words in BUILDS:
        click.echo(f"\n--- The {build} shop. {words}\n", err=True)
        order = Order(file=file, changes=(f"target.environment.SHOP_BUILD={build}",))
        code = run_and_report(order, junit=None, json_to=None, quiet=quiet)
        as_told = as_told and code == expected
    if not as_told:
        click.echo("error: the demo did not go as it should: see the reports above", err=True)
        sys.exit(3)


def experiments() -> Path:
    """Return a folder with the story: the checkout's, or a copy of what is installed."""
    here = Path(__file__).resolve().parents[2] / "experiments"
    if (here / STORY).is_file():
        # Shown in every report, so as short as a person would type it.
        return here.relative_to(Path.cwd()) if here.is_relative_to(Path.cwd()) else here
    found = importlib.util.find_spec("chaoskit_shop")
    if found is None or found.origin is None:
        raise FileNotFoundError("the demo's shop (package chaoskit_shop) is not installed")
    # The shop writes beside its experiment, and where packages are installed is no place to write.
    copy = Path("chaoskit-demo")
    copy.mkdir(exist_ok=True)
    shutil.copyfile(Path(found.origin).parent / "experiments" / STORY, copy / STORY)
    return copy
