"""``chaoskit recover``: take back what a run has left behind that was killed."""

import sys

import click

from chaoskit.cli.errors import WRONG, explained
from chaoskit.target import journal, recover
from chaoskit.target.engine import EngineError, connect

LEFT = 3


@click.command("recover")
@click.option("--force", is_flag=True, help="Also take back what runs hold that are alive.")
@click.option("--dry-run", is_flag=True, help="Say what would be taken back, and do nothing.")
@explained
def command(force: bool, dry_run: bool) -> None:
    """Take back what runs have left that have ended: faults on containers, projects, processes.

    Safe to do again.

    Exit code 3: something could not be taken back; it stays in the journal.

    \b
    Example:
      chaoskit recover --dry-run
      chaoskit recover
    """
    where = journal.folder()
    if dry_run:
        lines = recover.plan(where, force=force)
        click.echo("\n".join(lines) or "nothing is left behind")
        return
    done = failed = 0
    try:
        for each in recover.recover(where, force=force):
            done += 1
            failed += each.why is not None
            _tell(each)
    except EngineError as problem:
        click.echo(f"error: {problem}", err=True)
        click.echo(
            "hint: start the engine, then run `chaoskit recover` again; nothing is forgotten", err=True
        )
        sys.exit(WRONG)
    try:
        for each in recover.sweep(connect()):
            done += 1
            failed += each.why is not None
            _tell(each)
    except EngineError as problem:
        click.echo(f"helper containers were not looked for: {problem}", err=True)
    if not done:
        click.echo("nothing is left behind")
    if failed:
        click.echo(f"{failed} of {done} could not be taken back", err=True)
        sys.exit(LEFT)


def _tell(undone: recover.Undone) -> None:
    if undone.why is None:
        click.echo(f"taken back: {undone.what}")
    else:
        click.echo(f"still there: {undone.what}: {undone.why}", err=True)
