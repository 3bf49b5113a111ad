"""``chaoskit schema``: the JSON Schema of the experiment file, for editors."""

import json

import click

from chaoskit import spec
from chaoskit.cli.errors import explained
from chaoskit.report import result_json


@click.command("schema")
@click.option("--result", "of_result", is_flag=True, help="The schema of result.json instead.")
@explained
def command(of_result: bool) -> None:
    """Print the JSON Schema of the experiment file, for completion and checks in an editor.

    \b
    Example:
      chaoskit schema > experiment.schema.json
    """
    click.echo(json.dumps(result_json.schema() if of_result else spec.schema(), indent=2))
