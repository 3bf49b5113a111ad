"""Options that several commands share."""

from pathlib import Path

import click

FILE = click.Path(path_type=Path)

changes = click.option(
    "--set",
    "changes",
    metavar="KEY=VALUE",
    multiple=True,
    help="Change one value of the file, for example `--set providers.stripe.hosts=[x.example]`.",
)
seed = click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    help="Chance repeats with the same seed; wins over the file's.",
)
