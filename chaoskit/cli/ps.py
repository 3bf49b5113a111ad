"""``chaoskit ps``: what chaoskit holds now: faults on containers, projects, processes."""

import datetime as dt

import click

from chaoskit.cli.errors import explained
from chaoskit.target import commands, journal, projects
from chaoskit.target.recover import held


@click.command("ps")
@explained
def command() -> None:
    """List the faults that are on containers now, and the compose projects and commands that runs keep.

    Also those of runs that have ended.

    Reads the journals of this user; no engine is needed.

    \b
    Example:
      chaoskit ps
    """
    rows = [
        (
            each.keeper.run,
            each.entry.injection,
            each.entry.fault,
            each.entry.before.name,
            _since(each.entry.time),
            "" if each.keeper.is_alive() else "the run has ended",
        )
        for each in held(journal.folder())
    ]
    rows += [
        (
            each.keeper.run,
            "",
            "",
            f"compose project {each.project}",
            _since(each.time),
            "" if each.keeper.is_alive() else "the run has ended",
        )
        for _, each in projects.kept()
    ]
    rows += [
        (
            each.run,
            "",
            "",
            f"process {', '.join(str(pid) for pid, _ in left)}: {' '.join(each.words)}",
            _since(each.time),
            "" if each.is_kept() else "the run has ended",
        )
        for _, each in commands.started()
        if (left := each.processes())
    ]
    if not rows:
        click.echo("chaoskit holds nothing")
        return
    table = [("run", "injection", "fault", "container", "since", ""), *rows]
    widths = [max(len(row[column]) for row in table) for column in range(6)]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
    if any(row[-1] for row in rows):
        click.echo("hint: `chaoskit recover` takes back what is left of runs that have ended", err=True)


def _since(time: str) -> str:
    return dt.datetime.fromisoformat(time).astimezone().strftime("%Y-%m-%d %H:%M:%S")
