"""The ``chaoskit`` command: what its sub-commands are, and nothing else."""

import gc
import importlib

import click

from chaoskit import __version__

# Imported when used: `chaoskit validate` must not pay for rich and matplotlib, nor `--help` for any of it.
COMMANDS = {
    "run": "Run an experiment and judge it.",
    "validate": "Say whether files are valid experiments.",
    "plan": "Show what a run would do, and which SLOs it can decide.",
    "doctor": "Say whose calls would not be captured, and what to set.",
    "report": "Judge a run again from its record.",
    "faults": "List the faults, or explain one.",
    "providers": "List the providers that are known, or explain one.",
    "outages": "List the outages that can be replayed, or explain one.",
    "replay": "Replay a real outage against your service.",
    "ps": "List what chaoskit holds on containers now.",
    "recover": "Take back what a run has left that was killed.",
    "schema": "Print the JSON Schema of the experiment file.",
    "ca": "Print what clients need to trust the proxy.",
    "demo": "Take Stripe away from a small shop, twice.",
}


class Lazy(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        # What a module makes stays: to look for garbage in it takes a tenth of the time of `validate`.
        gc.disable()
        command = importlib.import_module(f"chaoskit.cli.{cmd_name}").command
        gc.freeze()
        gc.enable()
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="chaoskit")
def main() -> None:
    """Take an outside provider away on purpose, under load, and get a verdict with evidence.

    \b
    Example:
      chaoskit validate experiments/stripe-blackhole.yaml
      chaoskit run experiments/stripe-blackhole.yaml

    Exit codes: 0 pass, 1 an SLO failed, 2 the file or the command is wrong, 3 inconclusive,
    4 aborted by a guard, 70 internal error, 74 what came of a run could not be written down, 130 interrupted.
    """
