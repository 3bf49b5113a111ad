"""``chaoskit report``: judge a run again from its record."""

import shutil
import sys
from pathlib import Path

import click

from chaoskit.cli import options
from chaoskit.cli.errors import explained
from chaoskit.cli.run import has_color, kept
from chaoskit.report import markdown, result_json, text
from chaoskit.run import reports
from chaoskit.run.judgement import judge


@click.command("report")
@click.argument("run_dir", type=options.FILE)
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="What to print.",
)
@explained
def command(run_dir: Path, style: str) -> None:
    """Judge the run in RUN_DIR again, from its raw record, and rewrite its reports. Nothing is run.

    \b
    Example:
      chaoskit report runs/2026-11-24T09-30-00-stripe-blackhole
    """
    result = judge(run_dir)
    page, unkept = kept(lambda: reports.write(result, run_dir))
    color = has_color(sys.stdout.isatty())
    match style:
        case "json":
            click.echo(result_json.render(result))
        case "markdown":
            click.echo(markdown.render(result))
        case _:
            width = shutil.get_terminal_size().columns
            click.echo(text.render(result, color=color, width=width), nl=False, color=color)
            click.echo(page)
    if unkept is not None:
        raise unkept
    sys.exit(result.exit_code)
