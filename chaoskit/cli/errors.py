"""How a command ends when something is wrong: a text for people, and an exit code with a meaning."""

import sys
import tempfile
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path

import click

from chaoskit.core.diagnostic import NotKeptError, RecordError, SpecError

WRONG = 2
NOT_KEPT = 74
"""EX_IOERR of sysexits.h: something was run, and what came of it could not be written down."""
INTERNAL = 70
INTERRUPTED = 130


def explained[**P, R](command: Callable[P, R]) -> Callable[P, R]:
    """Turn what a command raises into its message and exit code; never a traceback for a user's mistake."""

    @wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (click.exceptions.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except SpecError as error:
            click.echo(str(error), err=True)
            sys.exit(WRONG)
        except NotKeptError as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(NOT_KEPT)
        except (OSError, RecordError) as error:
            click.echo(f"error: {describe(error)}", err=True)
            sys.exit(WRONG)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            sys.exit(INTERRUPTED)
        except Exception as error:  # noqa: BLE001 - the last resort: it is reported, with its traceback kept
            where = _keep(traceback.format_exc())
            click.echo(f"internal error: {type(error).__name__}: {error}", err=True)
            click.echo(f"hint: this is a bug in chaoskit; its traceback is in {where}", err=True)
            sys.exit(INTERNAL)

    return wrapper


def describe(error: Exception) -> str:
    """Return ``path: what is wrong`` for an error of the system, else its text."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _keep(text: str) -> Path:
    with tempfile.NamedTemporaryFile(
        "w", prefix="chaoskit-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(text)
    return Path(file.name)
